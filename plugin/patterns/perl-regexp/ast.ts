import type { ByteSet } from './byte-set.ts'
import type { CharacterRules } from './character-tables.ts'

/** A Perl regular expression as a tree. Flags are resolved: a node means the same wherever it stands. */
export type Node =
  | { readonly type: 'set'; readonly bytes: ByteSet }
  | { readonly type: 'sequence'; readonly items: readonly Node[] }
  | { readonly type: 'alternation'; readonly branches: readonly Node[] }
  | { readonly type: 'capture'; readonly group: number; readonly body: Node }
  | QuantifierNode
  | AssertionNode
  | LookNode
  | { readonly type: 'atomic'; readonly body: Node }
  | BackreferenceNode
  | ConditionalNode
  /** `(?1)`; group 0 is the whole pattern. A name may stand for several: the first counts. */
  | { readonly type: 'recursion'; readonly groups: readonly number[] }
  /** `\R`: CR LF, which is never given back in part, or one vertical space. */
  | { readonly type: 'lineBreak' }
  /** `\X` on bytes: CR LF or any byte. Perl gives it no upper width. */
  | { readonly type: 'cluster' }
  /** `(*ACCEPT)`, `(*COMMIT)` and their like. */
  | { readonly type: 'verb'; readonly name: string }
  /** `\K`: the extent of a match is never visible, so it does nothing. */
  | { readonly type: 'keep' }
  | { readonly type: 'fail' }

export interface QuantifierNode {
  readonly type: 'quantifier'
  readonly min: number
  /** Infinity for no limit. Below `min` the quantifier never matches. */
  readonly max: number
  readonly lazy: boolean
  readonly body: Node
  /** The group that ended last before it in the pattern; Perl restores only those above when a round fails. */
  readonly lastClosed: number
}

export interface AssertionNode {
  readonly type: 'assertion'
  /**
   * textStart `^ \A \G`, textEnd `\z`, lastLineEnd `$ \Z` (before a final newline too), lineStart and lineEnd `(?m)^ $`,
   * boundary `\b`, notBoundary `\B`.
   */
  readonly at: 'textStart' | 'textEnd' | 'lastLineEnd' | 'lineStart' | 'lineEnd' | 'boundary' | 'notBoundary'
  /** What a word is, for the boundaries. */
  readonly word?: ByteSet
}

export interface LookNode {
  readonly type: 'look'
  readonly behind: boolean
  readonly negative: boolean
  readonly body: Node
}

export interface BackreferenceNode {
  readonly type: 'backreference'
  /** Perl group numbers; the first that is set counts (more than one for a duplicate name). */
  readonly groups: readonly number[]
  /** Undefined: compare exactly. */
  readonly fold: CharacterRules | undefined
}

export interface ConditionalNode {
  readonly type: 'conditional'
  readonly condition:
    | { readonly type: 'set'; readonly groups: readonly number[] }
    /** Inside a recursion into the first of `groups`; undefined: into any. */
    | { readonly type: 'recursing'; readonly groups: readonly number[] | undefined }
    | { readonly type: 'define' }
    | LookNode
  readonly yes: Node
  readonly no: Node
}

/** What the parser hands on. */
export interface ParsedPattern {
  readonly source: string
  readonly root: Node
  readonly groupCount: number
  readonly groupNames: ReadonlyMap<string, readonly number[]>
  readonly warnings: readonly string[]
}

export const emptyNode: Node = { type: 'sequence', items: [] }
export const failNode: Node = { type: 'fail' }

/** The nodes one level below. */
export function children(node: Node): readonly Node[] {
  switch (node.type) {
    case 'sequence':
      return node.items
    case 'alternation':
      return node.branches
    case 'capture':
    case 'quantifier':
    case 'look':
    case 'atomic':
      return [node.body]
    case 'conditional':
      return node.condition.type === 'look' ? [node.condition, node.yes, node.no] : [node.yes, node.no]
    default:
      return []
  }
}

/** Whether `test` holds for the node or any below it. */
export function someNode(node: Node, test: (node: Node) => boolean): boolean {
  return test(node) || children(node).some(child => someNode(child, test))
}

/** The Perl groups that capture inside the node, each once. */
export function groupsIn(node: Node, found: Set<number> = new Set()): Set<number> {
  if (node.type === 'capture') found.add(node.group)
  for (const child of children(node)) groupsIn(child, found)
  return found
}
