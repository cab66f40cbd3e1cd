import { groupsIn, type LookNode, type Node, type QuantifierNode, someNode } from './ast.ts'
import { loopKind, unguardedGroups } from './loop-kinds.ts'
import { widthOf } from './widths.ts'

type Groups = ReadonlySet<number>

/**
 * Why a native expression would not give Perl's result for this tree; empty when it would. Each reason names a
 * construct.
 */
export function inexactReasons(root: Node): readonly string[] {
  const analysis = new Analysis()
  analysis.visit(root, new Set())
  return [...analysis.reasons]
}

/**
 * Names a construct that Perl 5.36 itself gets wrong, so that there is nothing to be exact about: what a pattern starts
 * with tells it where to look, and it takes the text of an optional lookahead for required.
 */
export function misreadByPerl(root: Node): string | undefined {
  if (root.type === 'capture' || root.type === 'atomic') return misreadByPerl(root.body)
  for (const item of root.type === 'sequence' ? root.items : [root]) {
    if (item.type === 'capture' || item.type === 'atomic') return misreadByPerl(item.body)
    if (item.type === 'sequence') return misreadByPerl(item)
    if (item.type === 'quantifier' && item.min > 0) return misreadByPerl(item.body)
    if (item.type === 'keep') continue
    if (item.type !== 'look') return undefined
    if (!item.negative && !item.behind && mayBeEmpty(item.body)) {
      return 'a lookahead for what may be empty, at the start'
    }
  }
  return undefined
}

/** Assertions alone do no harm. */
function mayBeEmpty(body: Node): boolean {
  const { min, max } = widthOf(body)
  return min === 0 && (max > 0 || someNode(body, node => node.type === 'look'))
}

class Analysis {
  readonly reasons = new Set<string>()
  /** A loop over single bytes has been passed: Perl goes back over it without forgetting captures. */
  #seenByteLoop = false

  /** Returns the groups that are certainly set after `node`, given those before it. */
  visit(node: Node, before: Groups): Groups {
    switch (node.type) {
      case 'sequence': {
        let set = before
        for (const item of node.items) set = this.visit(item, set)
        return set
      }
      case 'alternation':
        return intersection(node.branches.map(branch => this.visit(branch, before)))
      case 'capture':
        return new Set([...this.visit(node.body, before), node.group])
      case 'quantifier':
        return this.#visitQuantifier(node, before)
      case 'look':
        return this.#visitLook(node, before)
      case 'atomic':
        this.#checkLeftovers(node.body)
        return this.visit(node.body, before)
      case 'backreference': {
        const [first] = node.groups
        if (node.fold) this.reasons.add('a backreference that ignores case')
        if (first === undefined || !before.has(first))
          this.reasons.add('a backreference to a group that may be unset')
        return before
      }
      case 'conditional':
        this.reasons.add('a conditional')
        return before
      case 'recursion':
        this.reasons.add('recursion')
        return before
      case 'verb':
        this.reasons.add('a backtracking verb')
        return before
      default:
        return before
    }
  }

  #visitQuantifier(node: QuantifierNode, before: Groups): Groups {
    const after = this.visit(node.body, before)
    const { body, min, max, lazy } = node
    if (loopKind(node).type === 'byte' && min !== max) this.#seenByteLoop = true
    if (body.type === 'lineBreak' && min !== max) this.reasons.add('a repeated \\R')
    const captures = groupsIn(body).size > 0
    if (unguardedGroups(node).size > 0) this.reasons.add('captures inside a loop over text of one length')
    if (max > 1) {
      if (captures && !isSubset(groupsIn(body), settledGroups(body))) {
        this.reasons.add('captures kept from an earlier iteration of a loop')
      }
      if (widthOf(body).min === 0 && min !== max) {
        if (captures) this.reasons.add('captures in a loop over what can be empty')
        else if (!lazy && !prefersText(body)) this.reasons.add('a loop over what prefers to be empty')
      }
    }
    return min > 0 ? after : before
  }

  /** What is matched once keeps its captures when it turns out to have been in vain. */
  #checkLeftovers(body: Node): void {
    if (this.#seenByteLoop && !isSubset(groupsIn(body), settledGroups(body))) {
      this.reasons.add('captures that may be unset in an atomic group or lookahead')
    }
  }

  #visitLook(node: LookNode, before: Groups): Groups {
    const after = this.visit(node.body, before)
    const captures = groupsIn(node.body).size > 0
    if (!node.negative) this.#checkLeftovers(node.body)
    if (node.behind && someNode(node.body, isOrderDependent)) {
      this.reasons.add('captures, references or atomic groups in a lookbehind')
    }
    if (node.negative && captures && (this.#seenByteLoop || !capturesLast(node.body, true))) {
      this.reasons.add('captures in a negative lookaround')
    }
    return node.negative ? before : after
  }
}

function isOrderDependent(node: Node): boolean {
  return node.type === 'capture' || node.type === 'backreference' || node.type === 'atomic'
}

/** Whether nothing can fail after a capture has ended, so that none survives a failed lookaround. */
function capturesLast(node: Node, last: boolean): boolean {
  if (groupsIn(node).size === 0) return true
  switch (node.type) {
    case 'sequence':
      return node.items.every((item, index) => capturesLast(item, last && index === node.items.length - 1))
    case 'alternation':
      return node.branches.every(branch => capturesLast(branch, last))
    case 'capture':
      return last && capturesLast(node.body, last)
    case 'atomic':
      return capturesLast(node.body, last)
    default:
      return false
  }
}

/** Groups that every way through `node` sets or, where Perl does, unsets. */
function settledGroups(node: Node): Groups {
  switch (node.type) {
    case 'sequence':
      return new Set(node.items.flatMap(item => [...settledGroups(item)]))
    case 'alternation':
      return intersection(node.branches.map(settledGroups))
    case 'capture':
      return new Set([...settledGroups(node.body), node.group])
    case 'atomic':
      return settledGroups(node.body)
    case 'look':
      return node.negative ? new Set() : settledGroups(node.body)
    case 'quantifier':
      return node.min > 0 ? settledGroups(node.body) : unsetWithoutRounds(node)
    default:
      return new Set()
  }
}

function unsetWithoutRounds(node: QuantifierNode): Groups {
  const kind = loopKind(node)
  return kind.type !== 'variable' && kind.group > 0 ? new Set([kind.group]) : new Set()
}

/** Whether `node` tries every way to take text before it takes none. */
function prefersText(node: Node): boolean {
  if (widthOf(node).min > 0) return true
  switch (node.type) {
    case 'sequence':
      return node.items.every(prefersText)
    case 'alternation': {
      const first = node.branches.findIndex(branch => widthOf(branch).min === 0)
      return node.branches.every((branch, index) => {
        if (index < first) return true
        return index === first ? prefersText(branch) : widthOf(branch).max === 0
      })
    }
    case 'capture':
      return prefersText(node.body)
    case 'quantifier':
      return node.lazy ? widthOf(node).max === 0 : prefersText(node.body)
    case 'conditional':
      return false
    default:
      return true
  }
}

function intersection(sets: readonly Groups[]): Groups {
  const [first = new Set<number>(), ...rest] = sets
  return new Set([...first].filter(group => rest.every(set => set.has(group))))
}

function isSubset(part: Groups, whole: Groups): boolean {
  return [...part].every(group => whole.has(group))
}
