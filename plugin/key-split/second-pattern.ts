import { comparedTexts } from '../patterns/cel/compared-texts.ts'
import type { PatternDefinition } from '../patterns/definition.ts'
import { type ByteSet, fullSet, members, sameSet, single, union } from '../patterns/perl-regexp/byte-set.ts'
import type { Node } from '../patterns/perl-regexp/ast.ts'
import { parsePattern } from '../patterns/perl-regexp/parser.ts'
import type { ConditionDefinition } from '../rules/definition.ts'
import { type LookupSurroundings, lookupOf } from './lookup.ts'
import { flatten } from './overlap.ts'
import { aroundKey, word } from './same-capture.ts'
import type { Shape, Value } from './shape.ts'
import { expand, type Lookup } from './template.ts'

/** The second condition of a Pair rule, whose pattern may hold match variables of the first. */
export interface SecondPattern {
  readonly lookup: Lookup | undefined
  /** Its pattern, with stand-ins for the match variables. */
  readonly pattern: PatternDefinition
  /** What makes a line that it matches for an operation one of the operation's key; `undefined`: nothing does. */
  readonly link: { readonly assumptions: readonly string[] } | undefined
}

/** Stand-ins: of a match variable of the first pattern that is the key, and of another. */
const KEY = '\x01'
const OTHER = '\x02'

/** Bytes that stand for what is known only when an operation starts. */
export const STAND_INS: readonly number[] = [1, 2]

const ASSUMED = 'each line that its second pattern matches is of the key of the first that stands in it'

export function secondPattern(
  condition: ConditionDefinition,
  first: Lookup | undefined,
  surroundings: LookupSurroundings
): SecondPattern {
  const { type } = condition.pattern
  const isTemplate = type === 'RegExp' || type === 'SubStr' || type === 'Record'
  const shape: Shape =
    isTemplate && first !== undefined
      ? expand(condition.pattern.source, { dollar: first })
      : [condition.pattern.source]
  const source = shape.map(part => (typeof part === 'string' ? part : standIn(part, type))).join('')
  const pattern = { ...condition.pattern, source }
  const own = lookupOf({ ...condition, pattern }, surroundings)
  const key = shape.flatMap(part => (typeof part === 'string' || part.key?.of !== 'key' ? [] : [part.key]))
  const assumptions = key.flatMap(each => each.assumptions)
  const keyBytes = union(
    ...shape.flatMap(part => (typeof part === 'string' || part.key?.of !== 'key' ? [] : [part.bytes]))
  )
  return {
    lookup: own && withoutStandIns(own),
    pattern,
    link: isLinked(pattern, keyBytes, surroundings)
      ? { assumptions: [...new Set([...assumptions, ASSUMED])] }
      : undefined
  }
}

function standIn({ key }: Value, type: PatternDefinition['type']): string {
  const character = key?.of === 'key' ? KEY : OTHER
  return type === 'SubStr' ? character : `\\x0${character.charCodeAt(0)}`
}

/**
 * Whether each match has the key of the first pattern in it, as a whole: what stands around it is in no key, so that it is not
 * the beginning or end of a longer one.
 */
function isLinked(
  { type, source, negated }: PatternDefinition,
  keyBytes: ByteSet,
  { key }: LookupSurroundings
): boolean {
  if (negated) return false
  if (type === 'Record') return comparedTexts(source).includes(KEY)
  const around = key.definition.type === 'regexp' ? aroundKey(key.definition) : NOTHING_AROUND
  if (type === 'SubStr') return isBounded(Array.from(source, byteNode), keyBytes, around)
  if (type !== 'RegExp') return false
  const { root, groupNames } = parsePattern(source)
  if (!isBounded(flatten(root), keyBytes, around)) return false
  // Where the pattern says itself which part is the key of its line, that is what counts.
  const own = key.variables.flatMap(name => groupNames.get(name) ?? [])
  const places = keyGroups(root, undefined)
  return own.every(group => places.includes(group))
}

function byteNode(character: string): Node {
  return { type: 'set', bytes: single(character.charCodeAt(0)) }
}

type Around = ReturnType<typeof aroundKey>

const NOTHING_AROUND: Around = { before: [], behind: [] }

function isBounded(nodes: readonly Node[], keyBytes: ByteSet, { before, behind }: Around): boolean {
  return nodes.some(
    (node, index) =>
      isKey(node) &&
      hasBound(nodes.slice(0, index).reverse(), keyBytes, STARTS, before) &&
      hasBound(nodes.slice(index + 1), keyBytes, ENDS, behind)
  )
}

const STARTS: readonly string[] = ['textStart', 'lineStart']
const ENDS: readonly string[] = ['textEnd', 'lastLineEnd', 'lineEnd']

/**
 * Whether what stands beside the key, with constant text in between, is in no key, or is what stands there in the router's
 * pattern.
 */
function hasBound(
  neighbours: readonly Node[],
  keyBytes: ByteSet,
  places: readonly string[],
  ofRouter: readonly string[]
): boolean {
  if (ofRouter.length > 0 && ofRouter.every((each, index) => isWord(neighbours[index], each))) return true
  for (const node of neighbours) {
    if (node.type === 'assertion') {
      const { at, word } = node
      return places.includes(at) || (at === 'boundary' && word !== undefined && isWithin(keyBytes, word))
    }
    const taken = node.type === 'quantifier' && node.min > 0 ? node.body : node
    if (taken.type !== 'set' || isKey(taken)) return false
    if (!keyBytes.some((is, byte) => is === 1 && taken.bytes[byte] === 1)) return true
    if (taken !== node || members(taken.bytes).length > 1) return false
  }
  return false
}

function isWord(node: Node | undefined, wanted: string): boolean {
  return node !== undefined && word(node) === wanted
}

function isWithin(bytes: ByteSet, others: ByteSet): boolean {
  return bytes.every((is, byte) => is === 0 || others[byte] === 1)
}

function isKey(node: Node): boolean {
  return node.type === 'set' && sameSet(node.bytes, single(1))
}

/** The groups that are nothing but the key, where each match comes by. */
function keyGroups(node: Node, group: number | undefined): number[] {
  switch (node.type) {
    case 'set':
      return isKey(node) && group !== undefined ? [group] : []
    case 'sequence':
      return node.items.flatMap(item => keyGroups(item, undefined))
    case 'capture':
      return keyGroups(node.body, node.group)
    default:
      return []
  }
}

/** Where a stand-in may be, anything may. */
function withoutStandIns(lookup: Lookup): Lookup {
  const widened = (shape: Shape): Shape =>
    shape.map(part =>
      typeof part === 'object' && (part.bytes[1] === 1 || part.bytes[2] === 1)
        ? { ...part, bytes: fullSet }
        : part
    )
  return {
    variable: name => widened(lookup.variable(name)),
    entry: (entry, name) => widened(lookup.entry(entry, name))
  }
}
