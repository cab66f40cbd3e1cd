import { children, type Node, someNode } from '../patterns/perl-regexp/ast.ts'
import { toRanges } from '../patterns/perl-regexp/byte-set.ts'
import { parsePattern } from '../patterns/perl-regexp/parser.ts'
import { groupsNamed, type KeyDefinition } from '../record-key.ts'
import { flatten } from './overlap.ts'

export interface SameCapture {
  /** Number of the group of the rule's pattern. */
  readonly group: number
  /** Whether it holds the key in every line; if not, where the router's pattern matches nowhere before it. */
  readonly isProven: boolean
}

/**
 * Finds the router's pattern in a rule's pattern: its parts one after the other, and with them the group that holds the key.
 * `undefined`: it is not in it.
 *
 * Both patterns find the same where they are the same, and where both begin with the same parts at the start of the line,
 * of which each can take nothing else than it takes: then neither has a choice.
 */
export function sameCapture(
  { pattern, variable }: Extract<KeyDefinition, { readonly type: 'regexp' }>,
  ruleSource: string
): SameCapture | undefined {
  const router = parsePattern(pattern)
  const [keyGroup, ...others] = groupsNamed(variable, router)
  if (keyGroup === undefined || others.length > 0) return undefined
  if (pattern === ruleSource) return { group: keyGroup, isProven: true }
  const rule = parsePattern(ruleSource)
  const wanted = itemsOf(router.root)
  const words = wanted.map(word)
  for (const items of sequencesIn(rule.root)) {
    const given = items.map(word)
    for (let start = 0; start + words.length <= given.length; start++) {
      if (!words.every((each, index) => each === given[start + index])) continue
      const captures = capturesIn(wanted)
      const at = captures.indexOf(keyGroup)
      const group = capturesIn(items.slice(start, start + wanted.length))[at]
      if (at === -1 || group === undefined) continue
      const isAtStart = start === 0 && items[0] === itemsOf(rule.root)[0]
      return { group, isProven: isAtStart && leavesNoChoice(wanted, keyGroup) }
    }
  }
  return undefined
}

/** What stands before and behind the key in the router's pattern, nearest first; none where the key is not on its top. */
export function aroundKey({ pattern, variable }: Extract<KeyDefinition, { readonly type: 'regexp' }>): {
  readonly before: readonly string[]
  readonly behind: readonly string[]
} {
  const router = parsePattern(pattern)
  const groups = groupsNamed(variable, router)
  const items = itemsOf(router.root)
  const at = items.findIndex(item => item.type === 'capture' && groups.includes(item.group))
  if (at === -1 || groups.length !== 1) return { before: [], behind: [] }
  const words = items.map(word)
  return { before: words.slice(0, at).reverse(), behind: words.slice(at + 1) }
}

function itemsOf(root: Node): readonly Node[] {
  return root.type === 'sequence' ? root.items.flatMap(itemsOf) : [root]
}

/** Every sequence that takes part in each match: the pattern's own, and those of its captures. */
function sequencesIn(root: Node): (readonly Node[])[] {
  const items = itemsOf(root)
  const inner = items.flatMap(item => (item.type === 'capture' ? sequencesIn(item.body) : []))
  return [items, ...inner]
}

/** The same for parts that match the same, whatever the numbers of their groups. */
export function word(node: Node): string {
  // What refers to a group by its number does not mean the same in another pattern.
  if (
    someNode(node, ({ type }) => type === 'backreference' || type === 'recursion' || type === 'conditional')
  ) {
    return JSON.stringify(['refers', node])
  }
  return JSON.stringify(node, (key, value: unknown) => {
    if (key === 'group' || key === 'lastClosed') return 0
    return value instanceof Uint8Array ? toRanges(value) : value
  })
}

function capturesIn(nodes: readonly Node[]): number[] {
  return nodes.flatMap(node => [
    ...(node.type === 'capture' ? [node.group] : []),
    ...capturesIn(children(node))
  ])
}

/** Whether all parts up to the end of the key's group, and the one behind, can be matched in one way only. */
function leavesNoChoice(items: readonly Node[], keyGroup: number): boolean {
  const [first] = items
  if (first?.type !== 'assertion' || first.at !== 'textStart') return false
  const at = items.findIndex(item => item.type === 'capture' && item.group === keyGroup)
  if (at === -1) return false
  const parts = items.slice(1, at + 1).flatMap(flatten)
  const [behind] = items.slice(at + 1).flatMap(flatten)
  return parts.every((part, index) => {
    if (part.type === 'set') return true
    if (part.type !== 'quantifier' || part.body.type !== 'set') return false
    if (part.min === part.max) return true
    const { bytes } = part.body
    const next = index + 1 < parts.length ? parts[index + 1] : behind
    const first = next?.type === 'quantifier' && next.min > 0 ? next.body : next
    return first?.type === 'set' && !first.bytes.some((member, byte) => member === 1 && bytes[byte] === 1)
  })
}
