import type { ContextExpressionDefinition, ContextNode } from './definition.ts'

/** A context expression, ready to be evaluated in SEC's order. */
export interface ContextExpression {
  /** Written in square brackets: evaluated before the pattern. */
  readonly beforePattern: boolean
  readonly root: ContextTest
}

type ContextOperand = Extract<ContextNode, { readonly type: 'context' | 'varset' | 'perl' | 'call' }>

export type ContextTest =
  | ContextOperand
  | { readonly type: 'not'; readonly operand: ContextTest }
  | { readonly type: 'and' | 'or'; readonly operands: readonly ContextTest[] }
  | ContextPostfix

/** A level of parentheses whose operators SEC mixes up, in reverse Polish order. It ends with an operator. */
export interface ContextPostfix {
  readonly type: 'postfix'
  readonly items: readonly PostfixItem[]
}

export interface PostfixItem {
  /** `undefined`: the item is an operator. */
  readonly operand: ContextTest | undefined
  /** The first operator at or after this item. */
  readonly operator: 'and' | 'or'
  readonly operatorIndex: number
}

/**
 * Compiles a context expression into what SEC makes of it, which is not what is written where `&&` follows `||` on one
 * level of parentheses: `A || B && C` means `A && B`, and C is never looked at.
 *
 * What SEC does is as if each level were held in reverse Polish order (`A B C && ||`) and read from the left with one
 * value and no stack:
 *
 * - The operator that an operand's value goes into is taken to be the nearest one to the right. If the value decides
 *   it (false `&&`, true `||`), all up to and including that operator is skipped, and the value meets the next one.
 * - If not, the value is dropped, for the next operand's takes its place; then all up to and including the operator
 *   nearest to that operand is skipped. This is right where the operator follows its second operand at once. Where
 *   it doesn't, what is in between is lost, and an operator is left over.
 * - A left-over operator that the value decides is skipped in the same way. One that it doesn't decide has no second
 *   operand to wait for: there is no value then, and the next operand is read as if it were the first.
 * - A level that ends without a value is false, also for `!`. But in parentheses, without `!`, it counts as no operand
 *   at all for the level around it, which goes on with the next item in the state that it was in.
 *
 * Found by running SEC 2.9.4; test/plugin/contexts/mixed-operators.json has recorded examples. A level that does not
 * need this is compiled into plain operations.
 */
export function compileContextExpression(definition: ContextExpressionDefinition): ContextExpression {
  return { beforePattern: definition.beforePattern, root: compileNode(definition.root) }
}

/** Whether its value may change while contexts and match cache stay: it calls Perl code. */
export function asksOutside(test: ContextTest): boolean {
  switch (test.type) {
    case 'context':
    case 'varset':
      return false
    case 'perl':
    case 'call':
      return true
    case 'not':
      return asksOutside(test.operand)
    case 'and':
    case 'or':
      return test.operands.some(asksOutside)
    case 'postfix':
      return test.items.some(({ operand }) => operand !== undefined && asksOutside(operand))
  }
}

function compileNode(node: ContextNode): ContextTest {
  switch (node.type) {
    case 'and':
    case 'or':
      return compileLevel(operandsOf(node, 'or').map(part => operandsOf(part, 'and').map(compileNode)))
    case 'not':
      return { type: 'not', operand: compileNode(node.operand) }
    case 'group':
      return compileNode(node.operand)
    default:
      return node
  }
}

function operandsOf(node: ContextNode, type: 'and' | 'or', found: ContextNode[] = []): ContextNode[] {
  if (node.type === type) {
    operandsOf(node.left, type, found)
    operandsOf(node.right, type, found)
  } else {
    found.push(node)
  }
  return found
}

/** `parts` are joined by `||`, the operands of each by `&&`. */
function compileLevel(parts: readonly (readonly ContextTest[])[]): ContextTest {
  const isMixed = parts.some(
    (part, index) => (index > 0 && part.length > 1) || part.some(({ type }) => type === 'postfix')
  )
  return isMixed
    ? compilePostfix(parts)
    : join(
        'or',
        parts.map(part => join('and', part))
      )
}

function join(type: 'and' | 'or', operands: readonly ContextTest[]): ContextTest {
  const [first] = operands
  return first !== undefined && operands.length === 1 ? first : { type, operands }
}

function compilePostfix(parts: readonly (readonly ContextTest[])[]): ContextPostfix {
  const order: (ContextTest | 'and' | 'or')[] = []
  for (const [partIndex, part] of parts.entries()) {
    for (const [index, operand] of part.entries()) {
      order.push(operand)
      if (index > 0) order.push('and')
    }
    if (partIndex > 0) order.push('or')
  }
  const items: PostfixItem[] = []
  let operator: 'and' | 'or' = 'or'
  let operatorIndex = order.length
  for (const [index, item] of [...order.entries()].reverse()) {
    const isOperator = item === 'and' || item === 'or'
    if (isOperator) [operator, operatorIndex] = [item, index]
    items.push({ operand: isOperator ? undefined : item, operator, operatorIndex })
  }
  return { type: 'postfix', items: items.reverse() }
}
