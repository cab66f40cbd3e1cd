import { makeActionList } from './actions.ts'
import { makeCalendarTime } from './calendar.ts'
import { makeContextExpression } from './conditions.ts'
import { type GeneratedPattern, makePattern } from './patterns.ts'
import { perlGroupPattern } from './perl.ts'
import { makeScript } from './programs.ts'
import type { Scope } from './texts.ts'
import { OPERATION_NAMES, type World } from './world.ts'

export type Field = readonly [key: string, value: string]

/** Where a rule stands, for what refers to other places. */
export interface Place {
  /** Sets of files that come later: a jump never leads back. */
  readonly sets: readonly string[]
  /** Labels that come later in the file. */
  readonly labels: readonly string[]
}

const RULE_TYPES = {
  Single: 7,
  SingleWithSuppress: 3,
  Pair: 4,
  PairWithWindow: 4,
  SingleWithThreshold: 4,
  SingleWith2Thresholds: 3.5,
  EventGroup: 7,
  Suppress: 0.7,
  Calendar: 2.2,
  Jump: 0.8
}

export function makeRule(world: World, place: Place): Field[] {
  const { random } = world
  const type = random.weighted({
    ...RULE_TYPES,
    Jump: place.sets.length > 0 ? 5 : RULE_TYPES.Jump,
    SingleWithScript: world.programs ? 4 : 0
  })
  const rest = (): Field[] => {
    switch (type) {
      case 'Single':
        return single(world, place)
      case 'SingleWithScript':
        return singleWithScript(world, place)
      case 'SingleWithSuppress':
        return [...single(world, place), ['window', span(world)]]
      case 'Pair':
      case 'PairWithWindow':
        return pair(world, place, type)
      case 'SingleWithThreshold':
        return threshold(world, place)
      case 'SingleWith2Thresholds':
        return twoThresholds(world, place)
      case 'EventGroup':
        return eventGroup(world, place)
      case 'Suppress':
        return suppress(world)
      case 'Calendar':
        return calendar(world)
      case 'Jump':
        return jump(world, place)
    }
  }
  const fields = rest()
  // EventGroup gives its type itself: it holds the number of members.
  if (type !== 'EventGroup') fields.unshift(['type', random.chance(0.05) ? type.toLowerCase() : type])
  if (random.chance(0.06))
    fields.splice(1 + random.below(fields.length), 0, ['rem', 'a remark with $1 and %u'])
  return fields
}

interface Condition {
  readonly fields: Field[]
  readonly scope: Scope
}

/** `continue`, `ptype`, `pattern`, `varmap`, `context` with a number. */
function condition(world: World, place: Place, suffix: string, first?: GeneratedPattern): Condition {
  const { random } = world
  const strict = random.chance(0.6)
  const pattern = makePattern(world, first === undefined ? { strict } : { strict, first })
  const fields: Field[] = pattern.fields.map(([key, value]) => [key + suffix, value])
  if (random.chance(0.6)) fields.unshift([`continue${suffix}`, makeContinue(world, place)])
  if (random.chance(0.3)) fields.push([`context${suffix}`, makeContextExpression(world, pattern.groups > 0)])
  return { fields, scope: { pattern, strict } }
}

function makeContinue(world: World, { labels }: Place): string {
  const { random } = world
  if (labels.length > 0 && random.chance(0.35)) return `GoTo ${random.pick(labels)}`
  return random.pick(['TakeNext', 'TakeNext', 'TakeNext', 'TakeNext', 'takenext', 'DontCont', 'EndMatch'])
}

function description(world: World): string {
  const { random } = world
  if (random.chance(0.55)) return random.pick(['op', 'job'])
  return random.chance(0.6)
    ? random.pick(OPERATION_NAMES)
    : random.pick(['$0', 'x', 'x', 'at $2 $1', '$$1 $1 %u', '$+{n}'])
}

/** Mostly a window that no other rule has: what ends in one second has no order in SEC. */
function span(world: World): string {
  return String(world.random.chance(0.25) ? world.random.pick(world.spans) : world.nextWindow())
}

function single(world: World, place: Place): Field[] {
  const { fields, scope } = condition(world, place, '')
  return [...fields, ['desc', description(world)], ['action', makeActionList(world, scope)]]
}

function singleWithScript(world: World, place: Place): Field[] {
  const { random } = world
  const pattern = makePattern(world, { strict: true })
  const scope: Scope = { pattern, strict: true }
  const [script, shell] = makeScript(world)
  const fields: Field[] = [...pattern.fields, ['script', script], ['desc', description(world)]]
  if (random.chance(0.6)) fields.unshift(['continue', makeContinue(world, place)])
  if (shell !== '') fields.push(['shell', shell])
  fields.push(['action', makeActionList(world, scope)])
  if (random.chance(0.7)) fields.push(['action2', makeActionList(world, scope)])
  return fields
}

function pair(world: World, place: Place, type: 'Pair' | 'PairWithWindow'): Field[] {
  const { random } = world
  const one = condition(world, place, '')
  const first = one.scope.pattern
  const two = condition(world, place, '2', first !== undefined && first.groups > 0 ? first : undefined)
  const shadowing = two.scope.pattern !== undefined && two.scope.pattern.groups >= 0
  const scope2: Scope =
    first !== undefined && first.groups >= 0 && shadowing ? { ...two.scope, shadowed: first } : two.scope
  const fields: Field[] = [
    ...one.fields,
    ['desc', description(world)],
    ['action', makeActionList(world, one.scope)],
    ...two.fields,
    [
      'desc2',
      shadowing ? random.pick(['%1 $1', 'op', '%0 $0', 'back %+{n}']) : random.pick(['op', 'back $1'])
    ],
    ['action2', makeActionList(world, scope2)]
  ]
  const open = type === 'Pair' && random.chance(0.3)
  return open ? fields : [...fields, ['window', random.chance(0.05) && type === 'Pair' ? '0' : span(world)]]
}

function threshold(world: World, place: Place): Field[] {
  const { random } = world
  const { fields, scope } = condition(world, place, '')
  fields.push(['desc', description(world)], ['action', makeActionList(world, scope)])
  if (random.chance(0.5)) fields.push(['action2', makeActionList(world, scope)])
  fields.push(['window', span(world)], ['thresh', String(1 + random.below(3))])
  return fields
}

function twoThresholds(world: World, place: Place): Field[] {
  const { random } = world
  const { fields, scope } = condition(world, place, '')
  return [
    ...fields,
    ['desc', description(world)],
    ['action', makeActionList(world, scope)],
    ['window', span(world)],
    ['thresh', String(1 + random.below(3))],
    ['desc2', random.pick(['low $1', 'op', '$0'])],
    ['action2', makeActionList(world, scope)],
    ['window2', span(world)],
    ['thresh2', String(random.below(3))]
  ]
}

function eventGroup(world: World, place: Place): Field[] {
  const { random } = world
  const members = random.weighted({ 1: 3, 2: 4, 3: 3 })
  const fields: Field[] = [['type', `EventGroup${members === '1' && random.chance(0.8) ? '' : members}`]]
  const scopes: Scope[] = []
  const grouped = random.chance(0.4)
  for (let member = 1; member <= Number(members); member++) {
    const suffix = member === 1 ? '' : String(member)
    const one = condition(world, place, suffix)
    scopes.push(one.scope)
    fields.push(...one.fields)
    if (random.chance(0.4)) fields.push([`count${suffix}`, makeActionList(world, one.scope)])
    if (random.chance(0.4)) fields.push([`thresh${suffix}`, String(1 + random.below(3))])
    if (grouped && random.chance(0.6))
      fields.push([`egtoken${suffix}`, random.pick(['x', '$1', 't$2', `m${member}`])])
  }
  // Variables of these lists come from whichever member's pattern started the operation.
  const scope: Scope = { pattern: scopes[0]?.pattern, strict: scopes.every(({ strict }) => strict) }
  fields.push(
    ['desc', random.chance(0.5) ? 'op' : description(world)],
    ['action', makeActionList(world, scope)]
  )
  if (random.chance(0.35)) fields.push(['init', makeActionList(world, scope)])
  if (random.chance(0.35)) fields.push(['end', makeActionList(world, scope)])
  if (random.chance(0.35)) fields.push(['slide', makeActionList(world, scope)])
  if (random.chance(0.45)) fields.push(['multact', random.pick(['Yes', 'yes', 'No'])])
  if (grouped) fields.push(...groupPattern(world, members))
  fields.push(['window', span(world)])
  return fields
}

function groupPattern(world: World, members: string): Field[] {
  const { random } = world
  if (world.perl && random.chance(0.5)) return perlGroupPattern(world, members)
  const type = random.pick(['RegExp', 'RegExp', 'SubStr', 'NSubStr', 'NRegExp'])
  const expression = random.pick([`${members}$`, '^\\S+( \\S+)+$', '(\\w+) \\1$', 'x', 'm\\d'])
  return [
    ['egptype', type],
    ['egpattern', type.endsWith('RegExp') ? expression : random.pick(['1', 'x', '1 1', 'm2', members])]
  ]
}

function suppress(world: World): Field[] {
  const { random } = world
  const pattern = makePattern(world, { strict: random.chance(0.9) })
  const fields: Field[] = [...pattern.fields]
  if (random.chance(0.7)) fields.push(['context', makeContextExpression(world, pattern.groups > 0)])
  if (random.chance(0.5)) fields.push(['desc', 'suppressed'])
  return fields
}

function calendar(world: World): Field[] {
  const { random } = world
  const fields: Field[] = [['time', makeCalendarTime(world)]]
  if (random.chance(0.4)) fields.push(['context', makeContextExpression(world, false)])
  return [
    ...fields,
    ['desc', 'clock'],
    ['action', makeActionList(world, { pattern: undefined, strict: true })]
  ]
}

function jump(world: World, place: Place): Field[] {
  const { random } = world
  const { fields } = condition(world, place, '')
  if (place.sets.length > 0 && random.chance(0.9)) {
    const constant = random.pick(['', 'Yes', 'No', 'No'])
    const sets = random.shuffled(place.sets).slice(0, 1 + random.below(2))
    fields.push(['cfset', constant === 'No' && random.chance(0.5) ? 'S$2' : sets.join(' ')])
    if (constant !== '') fields.push(['constset', constant])
  }
  if (random.chance(0.4)) fields.push(['desc', 'jump'])
  return fields
}
