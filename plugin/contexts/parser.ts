import { splitWords, trimSpace, trimSpaceStart } from '../ascii-space.ts'
import {
  GROUP,
  maskParentheses,
  restoreParentheses,
  takeGroups,
  unmaskParentheses,
  unwrapParentheses
} from '../actions/parentheses.ts'
import { NO_PERL, type PerlLoader } from '../perl/source.ts'
import { splitCall } from './call.ts'
import type { ContextExpressionDefinition, ContextNode } from './definition.ts'

/** What the parser of a context expression says, in SEC's words. */
export interface ContextReport {
  error(message: string): void
  /** An error that SEC reports without file and line. */
  plainError(message: string): void
  readonly perl: PerlLoader
}

/** Parses the value of a `context` field. `undefined`: it is faulty, and the report was told why. */
export function parseContextExpression(
  text: string,
  report: ContextReport
): ContextExpressionDefinition | undefined {
  const inner = /^\[([^]*)\]$/.exec(text)?.[1]
  const expression = inner ?? text
  const root = parseLevel(maskParentheses(expression), 0, report)
  if (root === undefined) {
    report.error(
      `Invalid context expression ' ${expression} '; expected context names, joined by !, && and || and in balanced parentheses`
    )
    return undefined
  }
  return { beforePattern: inner !== undefined, root }
}

// Deeper parentheses are refused, so that no rule file can exhaust the stack; SEC has no limit.
const DEEPEST = 500

/** A level's operands in order, each still a text in which GROUP stands for a parenthesised part. */
type Shape =
  | { readonly type: 'operand'; readonly text: string }
  | { readonly type: 'not'; readonly operand: Shape }
  | { readonly type: 'and' | 'or'; readonly left: Shape; readonly right: Shape }

/**
 * One level of parentheses. Its shape is checked as a whole before its operands are; these take the level's groups in
 * order, and a group that none of them has taken is a fault.
 */
function parseLevel(text: string, depth: number, report: ContextReport): ContextNode | undefined {
  const level = depth > DEEPEST ? undefined : takeGroups(text)
  const shape = level && parseOr(level.outer)
  if (level === undefined || shape === undefined) return undefined
  const groups = [...level.groups]
  const node = resolve(shape, groups, depth, report)
  if (node === undefined) return undefined
  for (const group of groups) {
    report.plainError(
      `Unexpected subexpression '${unmaskParentheses(group)}' in '${unmaskParentheses(text)}'`
    )
  }
  return groups.length === 0 ? node : undefined
}

function parseOr(text: string): Shape | undefined {
  return joinOperands(splitAtLast(text, '||').map(parseAnd), 'or')
}

function parseAnd(text: string): Shape | undefined {
  return joinOperands(splitAtLast(text, '&&').map(parseNot), 'and')
}

/** From the end: of `a|||b` the first operand is `a|`. */
function splitAtLast(text: string, operator: '||' | '&&'): string[] {
  const operands: string[] = []
  let end = text.length
  for (let at = lastIndex(text, operator, end); at !== -1; at = lastIndex(text, operator, end)) {
    operands.push(text.slice(at + operator.length, end))
    end = at
  }
  operands.push(text.slice(0, end))
  return operands.reverse()
}

function lastIndex(text: string, operator: string, end: number): number {
  return end < operator.length ? -1 : text.lastIndexOf(operator, end - operator.length)
}

/** As a balanced tree: operands are evaluated in their order anyway, and a long chain makes no deep tree. */
function joinOperands(operands: readonly (Shape | undefined)[], type: 'and' | 'or'): Shape | undefined {
  if (operands.length === 1) return operands[0]
  const middle = Math.ceil(operands.length / 2)
  const left = joinOperands(operands.slice(0, middle), type)
  const right = left && joinOperands(operands.slice(middle), type)
  return left && right && { type, left, right }
}

function parseNot(text: string): Shape | undefined {
  let operand = trimSpace(text)
  let negations = 0
  while (operand.startsWith('!')) {
    operand = trimSpaceStart(operand.slice(1))
    negations++
  }
  if (!isOperand(operand)) return undefined
  const shape: Shape = { type: 'operand', text: operand }
  if (negations % 2 === 1) return { type: 'not', operand: shape }
  // Before a group, two negations are not the same as none: see compileContextExpression.
  const isDouble = negations > 0 && operand === GROUP
  return isDouble ? { type: 'not', operand: { type: 'not', operand: shape } } : shape
}

const PERL = /^=[ \t\n\r\f\v]*([^]+)$/
const VARSET = /^varset[ \t\n\r\f\v]+([^ \t\n\r\f\v]+)$/
const NAME = /^[^ \t\n\r\f\v]+$/

function isOperand(text: string): boolean {
  return NAME.test(text) || PERL.test(text) || VARSET.test(text) || splitCall(text) !== undefined
}

function resolve(
  shape: Shape,
  groups: string[],
  depth: number,
  report: ContextReport
): ContextNode | undefined {
  if (shape.type === 'operand') return parseOperand(shape.text, groups, depth, report)
  if (shape.type === 'not') {
    const operand = resolve(shape.operand, groups, depth, report)
    return operand && { type: 'not', operand }
  }
  const left = resolve(shape.left, groups, depth, report)
  const right = left && resolve(shape.right, groups, depth, report)
  return left && right && { type: shape.type, left, right }
}

/** `groups`: those of the level that no operand has taken yet. */
function parseOperand(
  text: string,
  groups: string[],
  depth: number,
  report: ContextReport
): ContextNode | undefined {
  if (text === GROUP) {
    const operand = parseLevel(groups.shift() ?? '', depth + 1, report)
    return operand && { type: 'group', operand }
  }

  const call = splitCall(text)
  if (call !== undefined) {
    const list = takeOperand(call.parameters, groups)
    const perl = takeOperand(call.code, groups)
    const code = restoreParentheses(unwrapParentheses(perl))
    if (perl.includes(GROUP) || /^[ \t\n\r\f\v]*$/.test(perl)) {
      const shown = unmaskParentheses(perl.replaceAll(GROUP, '(...)'))
      report.plainError(`Eval '${shown}' didn't return a code reference; expected ( sub { ... } )`)
      return undefined
    }
    const loaded = report.perl.load(code)
    if (!loaded.ok) {
      report.plainError(`Eval '${code}' didn't return a code reference: ${loaded.error}`)
      return undefined
    }
    return {
      type: 'call',
      operator: call.operator,
      parameters: splitWords(restoreParentheses(list)),
      code: loaded.value
    }
  }

  const perl = PERL.exec(text)?.[1]
  if (perl !== undefined) {
    if (report.perl.isOff) {
      report.plainError(`Can't evaluate a context expression: ${NO_PERL}`)
      return undefined
    }
    return { type: 'perl', code: restoreParentheses(takeOperand(perl, groups)) }
  }

  const entry = VARSET.exec(text)?.[1]
  if (entry !== undefined) return { type: 'varset', entry: restoreParentheses(takeOperand(entry, groups)) }
  return { type: 'context', name: restoreParentheses(text) }
}

/** A group, if the text is nothing else; a group beside other characters is left to be reported. */
function takeOperand(text: string, groups: string[]): string {
  return text === GROUP ? (groups.shift() ?? '') : text
}
