import { type ByteSet, fullSet, single, union } from '../patterns/perl-regexp/byte-set.ts'
import type { Node } from '../patterns/perl-regexp/ast.ts'
import type { Shape } from './shape.ts'

/** A byte of a set, or with `any` any number of them. */
export interface Item {
  readonly bytes: ByteSet
  readonly any: boolean
}

const ANY: Item = { bytes: fullSet, any: true }

export function itemsOfShape(shape: Shape): Item[] {
  return shape.flatMap(part =>
    typeof part === 'string'
      ? Array.from(part, (character): Item => ({ bytes: single(character.charCodeAt(0)), any: false }))
      : [{ bytes: part.bytes, any: true }]
  )
}

/** Texts that contain another. */
export function itemsAround(text: string): Item[] {
  return [ANY, ...itemsOfShape([text]), ANY]
}

/** All texts that a regular expression matches, and perhaps some more. */
export function itemsOfRegExp(root: Node): Item[] {
  const nodes = flatten(root)
  const isAnchored = isAssertion(nodes[0], ['textStart'])
  const endsAtEnd = isAssertion(nodes.at(-1), ['textEnd', 'lastLineEnd'])
  return [...(isAnchored ? [] : [ANY]), ...nodes.flatMap(itemsOfNode), ...(endsAtEnd ? [] : [ANY])]
}

/** The parts of a sequence, those of captures and inner sequences among them. */
export function flatten(node: Node): Node[] {
  if (node.type === 'sequence') return node.items.flatMap(flatten)
  return node.type === 'capture' ? flatten(node.body) : [node]
}

function isAssertion(node: Node | undefined, places: readonly string[]): boolean {
  return node?.type === 'assertion' && places.includes(node.at)
}

function itemsOfNode(node: Node): Item[] {
  switch (node.type) {
    case 'set':
      return [{ bytes: node.bytes, any: false }]
    case 'assertion':
    case 'look':
    case 'keep':
      return []
    case 'quantifier': {
      const bytes = bytesOfNode(node.body)
      const once = node.min > 0 && node.body.type === 'set' ? [{ bytes, any: false }] : []
      return [...once, { bytes, any: true }]
    }
    default:
      return [{ bytes: bytesOfNode(node), any: true }]
  }
}

/** The bytes that what a node takes may hold. */
export function bytesOfNode(node: Node): ByteSet {
  switch (node.type) {
    case 'set':
      return node.bytes
    case 'sequence':
      return union(...node.items.map(bytesOfNode))
    case 'alternation':
      return union(...node.branches.map(bytesOfNode))
    case 'capture':
    case 'quantifier':
    case 'atomic':
      return bytesOfNode(node.body)
    case 'conditional':
      return union(bytesOfNode(node.yes), bytesOfNode(node.no))
    case 'assertion':
    case 'look':
    case 'keep':
    case 'fail':
      return union()
    case 'backreference':
    case 'recursion':
    case 'lineBreak':
    case 'cluster':
    case 'verb':
      return fullSet
  }
}

/** Whether there is a text that both describe. */
export function overlap(one: readonly Item[], other: readonly Item[]): boolean {
  const seen = new Set<number>()
  const waiting: [number, number][] = [[0, 0]]
  const visit = (i: number, j: number): void => {
    const state = i * (other.length + 1) + j
    if (seen.has(state)) return
    seen.add(state)
    waiting.push([i, j])
  }
  for (let state = waiting.pop(); state !== undefined; state = waiting.pop()) {
    const [i, j] = state
    const a = one[i]
    const b = other[j]
    if (a === undefined && b === undefined) return true
    if (a?.any === true) visit(i + 1, j)
    if (b?.any === true) visit(i, j + 1)
    if (
      a !== undefined &&
      b !== undefined &&
      a.bytes.some((member, byte) => member === 1 && b.bytes[byte] === 1)
    ) {
      visit(a.any ? i : i + 1, b.any ? j : j + 1)
    }
  }
  return false
}
