import { groupsIn, type Node, type QuantifierNode, someNode } from './ast.ts'
import { widthOf } from './widths.ts'

/**
 * How Perl runs a loop, which shows in captures:
 *
 * - `byte`: one byte, or line break, a round. Captures are left alone on the way back.
 * - `fixed`: rounds of one width, each tried in one way. Captures inside a failed round stay.
 * - `variable`: everything else. A failed round leaves no captures.
 *
 * The first two may be a capture as a whole (`group`, else 0): with no rounds they unset it.
 */
export type LoopKind =
  | { readonly type: 'byte' | 'fixed'; readonly group: number; readonly body: Node }
  | { readonly type: 'variable' }

const variable: LoopKind = { type: 'variable' }

export function loopKind({ body }: QuantifierNode): LoopKind {
  if (body.type === 'set' || body.type === 'lineBreak') return { type: 'byte', group: 0, body }
  if (body.type === 'capture' && body.body.type === 'set')
    return { type: 'byte', group: body.group, body: body.body }
  const { min, max } = widthOf(body)
  if (min !== max || min === 0 || someNode(body, child => child.type === 'recursion')) return variable
  const captures = countedCaptures(body)
  if (captures === 'several') return variable
  if (captures === 'whole' && body.type === 'capture')
    return { type: 'fixed', group: body.group, body: body.body }
  return { type: 'fixed', group: 0, body }
}

/** Groups that stay as they are when a round of the loop fails or doesn't take place. */
export function unguardedGroups(node: QuantifierNode): ReadonlySet<number> {
  const kind = loopKind(node)
  return kind.type === 'fixed' ? groupsIn(kind.body) : new Set()
}

type Captures = 'none' | 'whole' | 'several'
type Element = Node | { readonly type: 'open' | 'close'; readonly group: number }

/**
 * The captures that Perl sees in the body of a loop when it chooses a kind. It takes a loop over a single capture for
 * no capture, if no other loop follows.
 */
function countedCaptures(body: Node): Captures {
  const elements = flatten(body)
  let whole = body.type === 'capture' ? body.group : 0
  let count = 0
  let fromLoop: Captures = 'none'
  elements.forEach((element, index) => {
    switch (element.type) {
      default:
        break
      case 'open':
        count++
        break
      case 'close':
        if (element.group === whole && index < elements.length - 1) whole = 0
        break
      case 'quantifier':
        if (fromLoop !== 'none') count++
        fromLoop = element.max === 0 ? 'none' : countedCaptures(element.body)
        break
      case 'look':
        if (countedCaptures(element.body) !== 'none') count++
        break
      case 'alternation':
        count += element.branches.filter(branch => countedCaptures(branch) !== 'none').length
        break
      case 'conditional':
        count += groupsIn(element).size
        break
    }
  })
  if (whole > 0 && count === 1) return 'whole'
  return count > 0 ? 'several' : fromLoop
}

function flatten(node: Node): Element[] {
  switch (node.type) {
    case 'sequence':
      return node.items.flatMap(flatten)
    case 'atomic':
      return flatten(node.body)
    case 'capture':
      return [
        { type: 'open', group: node.group },
        ...flatten(node.body),
        { type: 'close', group: node.group }
      ]
    default:
      return [node]
  }
}
