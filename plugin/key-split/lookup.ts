import type { ConditionDefinition } from '../rules/definition.ts'
import type { PatternDefinition, VariableMapDefinition } from '../patterns/definition.ts'
import { type ByteSet, union } from '../patterns/perl-regexp/byte-set.ts'
import { children, type Node } from '../patterns/perl-regexp/ast.ts'
import { parsePattern } from '../patterns/perl-regexp/parser.ts'
import { isKeyField, type SplitKey } from './key.ts'
import { bytesOfNode } from './overlap.ts'
import { sameCapture } from './same-capture.ts'
import { ANYTHING, eitherShape, type KeyValue, type Shape } from './shape.ts'
import type { Lookup } from './template.ts'

export interface LookupSurroundings {
  readonly key: SplitKey
  /** Whether a synthetic event, which has no record, may match. */
  readonly maySeeSynthetic: boolean
  /** Whether rules change the line before others see it. */
  readonly isRewritten: boolean
  /** The conditions whose matches go into the cache under a name. */
  readonly storersOf: (entry: string) => readonly Lookup[]
}

/** What the match variables of a condition may come out as. `undefined`: its pattern sets none. */
export function lookupOf(
  { pattern, variableMap }: ConditionDefinition,
  surroundings: LookupSurroundings
): Lookup | undefined {
  const { storersOf } = surroundings
  const entry = (name: string, variable: string): Shape =>
    eitherShape(storersOf(name).map(lookup => lookup.variable(variable)))
  switch (pattern.type) {
    case 'SubStr':
    case 'TValue':
      return undefined
    case 'Cached':
      return pattern.negated
        ? undefined
        : {
            entry,
            variable: name => eitherShape(storersOf(pattern.source).map(lookup => lookup.variable(name)))
          }
    case 'PerlFunc':
      return { entry, variable: () => [ANYTHING] }
    case 'Record':
      return {
        entry,
        variable: name => commonVariable(name, pattern, surroundings) ?? recordVariable(name, surroundings)
      }
    case 'RegExp': {
      const own = pattern.negated ? () => [] : groupVariables(pattern, variableMap, surroundings)
      return { entry, variable: name => commonVariable(name, pattern, surroundings) ?? own(name) }
    }
  }
}

/** The variables that every match has. */
function commonVariable(
  name: string,
  { lines }: PatternDefinition,
  { key, maySeeSynthetic, isRewritten }: LookupSurroundings
): Shape | undefined {
  if (name === '0') {
    const isLine = key.definition.type === 'regexp' && lines === 1 && !isRewritten && !maySeeSynthetic
    return [isLine ? { ...ANYTHING, key: { of: 'line', assumptions: [], isPresent: false } } : ANYTHING]
  }
  if (!name.startsWith('_')) return undefined
  // A synthetic event has no fields, whatever line it comes from.
  if (!isKeyField(name, key) || maySeeSynthetic) return [ANYTHING]
  return [{ ...ANYTHING, key: { of: 'key', assumptions: [], isPresent: false } }]
}

function recordVariable(name: string, { key, maySeeSynthetic }: LookupSurroundings): Shape {
  return [{ ...ANYTHING, key: key.variables.includes(name) ? byName(name, maySeeSynthetic) : undefined }]
}

function byName(name: string, maySeeSynthetic: boolean): KeyValue {
  const synthetic = maySeeSynthetic ? ', and in a synthetic event that of the line that led to it' : ''
  const assumption = `${shown(name)} is in each line that it matches what the router takes for the key${synthetic}`
  return { of: 'key', assumptions: [assumption], isPresent: true }
}

function shown(name: string): string {
  return /^[0-9]+$/.test(name) ? `$${name}` : `$+{${name}}`
}

function groupVariables(
  { source, lines }: PatternDefinition,
  map: VariableMapDefinition | undefined,
  { key, maySeeSynthetic, isRewritten }: LookupSurroundings
): (name: string) => Shape {
  const parsed = parsePattern(source)
  const { definition } = key
  const same =
    definition.type === 'regexp' && lines === 1 && !isRewritten ? sameCapture(definition, source) : undefined
  const groupsOf = (name: string): readonly number[] => {
    const mapped = map?.variables.find(each => each.name === name)?.number
    if (mapped !== undefined) return [mapped]
    return /^[0-9]+$/.test(name) ? [Number(name)] : (parsed.groupNames.get(name) ?? [])
  }
  return name => {
    const groups = groupsOf(name)
    // As Perl's match in list context has it.
    if (parsed.groupCount === 0 && groups[0] === 1) return ['1']
    const bodies = groups.flatMap(group => captureBodies(parsed.root, group))
    if (bodies.length === 0) return []
    const bytes: ByteSet = union(...bodies.map(bytesOfNode))
    // By its number too.
    const keyName = key.variables.find(each => each === name || isSame(groupsOf(each), groups))
    if (keyName !== undefined) {
      // What a match may leave unset is the key of some lines only.
      const isSet = isAlwaysSet(parsed.root, groups)
      return [{ bytes, key: isSet ? byName(keyName, maySeeSynthetic) : undefined }]
    }
    if (same === undefined || groups.length !== 1 || groups[0] !== same.group) return [{ bytes }]
    const assumptions =
      same.isProven && !maySeeSynthetic
        ? []
        : [
            `the router's pattern matches in no line that it matches before ${shown(name)}${maySeeSynthetic ? ', and synthetic events have the key of the line that led to them there' : ''}`
          ]
    return [{ bytes, key: { of: 'key', assumptions, isPresent: true } }]
  }
}

/** Whether each match sets one of the groups. */
function isAlwaysSet(node: Node, groups: readonly number[]): boolean {
  switch (node.type) {
    case 'capture':
      return groups.includes(node.group) || isAlwaysSet(node.body, groups)
    case 'sequence':
      return node.items.some(item => isAlwaysSet(item, groups))
    case 'alternation':
      return node.branches.every(branch => isAlwaysSet(branch, groups))
    case 'quantifier':
      return node.min > 0 && isAlwaysSet(node.body, groups)
    case 'atomic':
      return isAlwaysSet(node.body, groups)
    case 'look':
      return !node.negative && isAlwaysSet(node.body, groups)
    default:
      return false
  }
}

function isSame(one: readonly number[], other: readonly number[]): boolean {
  return one.length === other.length && one.every((group, index) => group === other[index])
}

/** What a group captures: several times where alternatives number their groups alike. */
function captureBodies(node: Node, group: number): Node[] {
  if (node.type === 'capture' && node.group === group) return [node.body]
  return children(node).flatMap(child => captureBodies(child, group))
}
