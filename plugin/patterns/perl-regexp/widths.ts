import { children, groupsIn, type Node } from './ast.ts'
import type { ParseState } from './parse-state.ts'

export interface Width {
  readonly min: number
  /** Infinity: no limit is known. */
  readonly max: number
}

const none: Width = { min: 0, max: 0 }
const unknown: Width = { min: 0, max: Number.POSITIVE_INFINITY }
const cache = new WeakMap<Node, Width>()

/** How many bytes a node can take. */
export function widthOf(node: Node): Width {
  const known = cache.get(node)
  if (known) return known
  const width = computeWidth(node)
  cache.set(node, width)
  return width
}

function computeWidth(node: Node): Width {
  switch (node.type) {
    case 'set':
      return { min: 1, max: 1 }
    case 'lineBreak':
      return { min: 1, max: 2 }
    case 'cluster':
      return { min: 1, max: Number.POSITIVE_INFINITY }
    case 'sequence': {
      const widths = node.items.map(widthOf)
      return { min: sum(widths.map(width => width.min)), max: sum(widths.map(width => width.max)) }
    }
    case 'alternation':
      return either(node.branches.map(widthOf))
    case 'capture':
    case 'atomic':
      return widthOf(node.body)
    case 'quantifier': {
      const { min, max } = widthOf(node.body)
      return { min: times(min, node.min), max: times(max, node.max) }
    }
    case 'backreference':
    case 'recursion':
    case 'verb':
      return unknown
    case 'conditional':
      return node.condition.type === 'define' ? none : either([widthOf(node.yes), widthOf(node.no)])
    case 'assertion':
    case 'look':
    case 'keep':
    case 'fail':
      return none
  }
}

function either(widths: readonly Width[]): Width {
  return {
    min: Math.min(...widths.map(width => width.min)),
    max: Math.max(...widths.map(width => width.max))
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

/** Zero times without limit is zero. */
function times(value: number, count: number): number {
  return value === 0 || count === 0 ? 0 : value * count
}

/** Perl's own notion, for its warnings: whether an atom takes text in any alternative. */
export function hasWidth(node: Node): boolean {
  switch (node.type) {
    case 'set':
    case 'cluster':
    case 'lineBreak':
    case 'backreference':
    case 'recursion':
      return true
    case 'sequence':
      return node.items.some(hasWidth)
    case 'alternation':
      return node.branches.some(hasWidth)
    case 'capture':
    case 'atomic':
      return hasWidth(node.body)
    case 'quantifier':
      return node.max > 0 && hasWidth(node.body)
    case 'conditional':
      return hasWidth(node.yes) || hasWidth(node.no)
    default:
      return false
  }
}

const maxLookbehind = 255

/** Refuses lookbehinds as Perl does, and warns of captures inside those of variable length. */
export function checkLookbehinds(node: Node, state: ParseState): void {
  for (const child of children(node)) checkLookbehinds(child, state)
  if (node.type !== 'look' || !node.behind) return
  const { min, max } = widthOf(node.body)
  if (max > maxLookbehind) {
    state.failUnmarked(`Lookbehind longer than ${maxLookbehind} not implemented`)
  }
  if (min !== max && groupsIn(node.body).size > 0) {
    const kind = node.negative ? 'negative' : 'positive'
    state.warn(`Variable length ${kind} lookbehind with capturing is experimental`, state.source.length)
  }
}
