import type { ActionDefinition, ActionListDefinition } from '../actions/definition.ts'
import { CHARACTERS } from '../action-variables.ts'
import { ANYTHING, eitherShape, type Shape } from './shape.ts'
import { type Bindings, expand } from './template.ts'

/** A name of a context that a rule has to do with. */
export interface ContextTouch {
  readonly name: Shape
  /** As the rule has it, for messages. */
  readonly template: string
  /** Whether the rule does otherwise if the context is otherwise. */
  readonly reads: boolean
  readonly writes: boolean
  /** In a context expression: the rule matches by it. */
  readonly inCondition: boolean
}

/** An operation of another rule, or of its own, that an action reaches for. */
export interface OperationTouch {
  readonly action: 'reset' | 'getwpos' | 'setwpos'
  readonly offset: string | undefined
  readonly description: Shape
  readonly template: string
}

/** What action lists have to do with what is not theirs alone. */
export interface ActionFacts {
  readonly contexts: ContextTouch[]
  readonly operations: OperationTouch[]
  /** Texts of synthetic events. */
  readonly events: Shape[]
  /** Why the rule can't be split, whatever the key. */
  readonly faults: Set<string>
  rewrites: boolean
}

export interface ListSurroundings {
  readonly facts: ActionFacts
  /** `%s` */
  readonly description: Shape
  readonly bindings: Pick<Bindings, 'dollar' | 'percent'>
  /** Of an action list variable that the list itself has not set; `undefined`: other lines may have set it. */
  readonly sharedVariable: (name: string) => Shape | undefined
  /** Templates of contexts that are there when the list runs; it forgets them when they may end. */
  readonly existing: Set<string>
  /** `_THIS`, in actions that a context runs when it expires. */
  readonly self?: { readonly name: Shape; readonly template: string } | undefined
  readonly runsPrograms: boolean
}

/** Variables of which it is known that this run of the list has set them. */
type Known = Map<string, Shape>

/** Collects what a list does. */
export function collectActions(list: ActionListDefinition, surroundings: ListSurroundings): void {
  walk(list, new Map(), surroundings)
}

function walk(list: ActionListDefinition, known: Known, surroundings: ListSurroundings): void {
  for (const action of list) walkAction(action, known, surroundings)
}

/** Keys of actions that are no templates. */
const CONSTANT: ReadonlySet<string> = new Set([
  'type',
  'variable',
  'reference',
  'offset',
  'severity',
  'operator',
  'code'
])

/** Of those that fill a variable. */
const CHANGING: ReadonlySet<string> = new Set(['pop', 'shift', 'empty', 'trim'])

function walkAction(action: ActionDefinition, known: Known, surroundings: ListSurroundings): void {
  const { facts } = surroundings
  const text = (template: string): Shape =>
    expand(template, { ...surroundings.bindings, action: name => actionVariable(name, known, surroundings) })
  const nameOf = (written: string): { readonly name: Shape; readonly template: string } =>
    written === '_THIS' && surroundings.self !== undefined
      ? surroundings.self
      : { name: text(written), template: written }
  const touch = (template: string, how: 'reads' | 'writes' | 'both'): void => {
    const reads = how !== 'writes'
    const writes = how !== 'reads'
    facts.contexts.push({ ...nameOf(template), reads, writes, inCondition: false })
  }
  for (const [key, value] of Object.entries(action)) {
    if (CONSTANT.has(key)) continue
    for (const each of [value as unknown].flat()) if (typeof each === 'string') text(each)
  }
  switch (action.type) {
    case 'create':
    case 'set':
      touch(action.name, action.actions === undefined ? 'writes' : 'both')
      walk(action.actions ?? [], new Map(), {
        ...surroundings,
        self: nameOf(action.name),
        existing: new Set()
      })
      break
    case 'delete':
      touch(action.name, 'writes')
      surroundings.existing.clear()
      break
    case 'add':
    case 'prepend':
    case 'fill':
    case 'setctime':
      touch(action.name, 'writes')
      break
    case 'obsolete':
    case 'setltime':
      touch(action.name, 'writes')
      surroundings.existing.clear()
      // The actions of a context that ends now may set any variable.
      known.clear()
      break
    case 'alias':
      touch(action.name, 'writes')
      touch(action.alias, 'writes')
      break
    case 'unalias':
      touch(action.alias, 'writes')
      surroundings.existing.clear()
      break
    case 'report':
    case 'reportexec':
      touch(action.name, 'reads')
      break
    case 'exists':
    case 'getsize':
      touch(action.name, 'reads')
      known.set(action.variable, [ANYTHING])
      break
    case 'getaliases':
    case 'getltime':
    case 'getctime':
    case 'copy':
    case 'pop':
    case 'shift':
    case 'empty':
    case 'trim': {
      touch(action.name, CHANGING.has(action.type) ? 'both' : 'reads')
      const isThere = surroundings.existing.has(action.name) || action.name === '_THIS'
      if (action.variable !== undefined) setIf(isThere, action.variable, known)
      break
    }
    case 'event':
    case 'tevent':
    case 'cevent':
      facts.events.push(text(action.text))
      break
    case 'spawn':
    case 'cspawn':
    case 'spawnexec':
    case 'cspawnexec':
      if (surroundings.runsPrograms) facts.events.push([ANYTHING])
      break
    case 'reset':
    case 'getwpos':
    case 'setwpos': {
      const { type, offset, text: template } = action
      facts.operations.push({ action: type, offset, description: text(template), template })
      if (type === 'getwpos') setIf(false, action.variable, known)
      // The operation may end, with actions that may set any variable.
      if (type === 'setwpos') known.clear()
      break
    }
    case 'assign':
      known.set(action.variable, text(action.text))
      break
    case 'assignsq':
      text(action.text)
      known.set(action.variable, [ANYTHING])
      break
    case 'varset':
      known.set(action.variable, [ANYTHING])
      break
    case 'free':
      known.set(action.variable, [])
      break
    case 'if': {
      actionVariable(action.variable, known, surroundings)
      const yes = new Map(known)
      const no = new Map(known)
      walk(action.actions, yes, surroundings)
      walk(action.otherwise ?? [], no, surroundings)
      meet(known, yes, no)
      break
    }
    case 'while': {
      // Of what a round sets, the next one may find what either has set.
      const round = new Map(known)
      walk(action.actions, round, { ...surroundings, facts: emptyFacts(), sharedVariable: () => [ANYTHING] })
      meet(known, new Map(known), round)
      actionVariable(action.variable, known, surroundings)
      walk(action.actions, new Map(known), surroundings)
      break
    }
    case 'eval':
    case 'call':
    case 'lcall':
      facts.faults.add('runs Perl code, which remembers what it likes for all keys')
      break
    case 'addinput':
    case 'dropinput':
      facts.faults.add(`opens and closes inputs (${action.type}), which no key leads to`)
      break
    case 'sigemul':
      facts.faults.add('acts on the whole process (sigemul)')
      break
    case 'rewrite':
      facts.rewrites = true
      break
    case 'none':
    case 'break':
    case 'continue':
    case 'logonly':
    case 'alert':
    case 'write':
    case 'writen':
    case 'owritecl':
    case 'closef':
    case 'udgram':
    case 'ustream':
    case 'closeudgr':
    case 'closeustr':
    case 'udpsock':
    case 'tcpsock':
    case 'closeudp':
    case 'closetcp':
    case 'shellcmd':
    case 'cmdexec':
    case 'pipe':
    case 'pipeexec':
  }
}

export function emptyFacts(): ActionFacts {
  return { contexts: [], operations: [], events: [], faults: new Set(), rewrites: false }
}

/** What a variable comes out as. One that is not of this run of the list is a fault. */
function actionVariable(
  name: string,
  known: Known,
  { description, sharedVariable, facts }: ListSurroundings
): Shape {
  if (name === 's') return description
  if (name.startsWith('.') || name === 't' || name === 'u') {
    const character = CHARACTERS.get(name)
    return character === undefined ? [ANYTHING] : [character]
  }
  const shape = known.get(name) ?? sharedVariable(name)
  if (shape !== undefined) return shape
  facts.faults.add(`reads the action list variable %${name}, which is one for all keys`)
  return [ANYTHING]
}

/** Sets a variable if something is there; else it stays what it was. */
function setIf(isThere: boolean, name: string, known: Known): void {
  if (isThere || known.has(name)) known.set(name, [ANYTHING])
}

/** After one of two ways. */
function meet(known: Known, one: Known, other: Known): void {
  known.clear()
  for (const [name, shape] of one) {
    const second = other.get(name)
    if (second !== undefined) known.set(name, shape === second ? shape : eitherShape([shape, second]))
  }
}
