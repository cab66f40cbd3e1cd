import { maskParentheses, restoreParentheses, unwrapParentheses } from '../actions/parentheses.ts'
import { splitWords } from '../actions/syntax.ts'
import type { ContextExpressionDefinition, ContextNode } from './definition.ts'

/** What the parser of a context expression says, in SEC's words. */
export interface ContextReport {
  error(message: string): void
  notYet(message: string): void
}

/** Parses the value of a `context` field. `undefined`: it is faulty, and the report was told why. */
export function parseContextExpression(
  text: string,
  report: ContextReport
): ContextExpressionDefinition | undefined {
  const inner = /^\[([^]*)\]$/.exec(text)?.[1]
  const expression = inner ?? text
  const root = parseLevel(maskParentheses(expression), report)
  if (root === undefined) {
    report.error(`Invalid context expression ' ${expression} '`)
    return undefined
  }
  return { beforePattern: inner !== undefined, root }
}

/** What stands between two parentheses of the level that is being parsed. */
const GROUP = '\uE002'

/** A level's operands in order, each still a text in which GROUP stands for a parenthesised part. */
type Shape =
  | { readonly type: 'operand'; readonly text: string }
  | { readonly type: 'not'; readonly operand: Shape }
  | { readonly type: 'and' | 'or'; readonly left: Shape; readonly right: Shape }

/** One level of parentheses. Its shape is checked as a whole before its operands and groups are. */
function parseLevel(text: string, report: ContextReport): ContextNode | undefined {
  const level = takeGroups(text)
  const shape = level && parseOr(level.outer)
  if (level === undefined || shape === undefined) return undefined
  const groups = [...level.groups]
  return resolve(shape)

  function resolve(node: Shape): ContextNode | undefined {
    if (node.type === 'operand') return parseOperand(node.text, groups, text, report)
    if (node.type === 'not') {
      const operand = resolve(node.operand)
      return operand && { type: 'not', operand }
    }
    const left = resolve(node.left)
    const right = left && resolve(node.right)
    return left && right && { type: node.type, left, right }
  }
}

function takeGroups(text: string): { outer: string; groups: string[] } | undefined {
  const groups: string[] = []
  let outer = ''
  let depth = 0
  let start = 0
  for (let index = 0; index < text.length; index++) {
    const character = text[index]
    if (character === '(' && depth++ === 0) {
      outer += text.slice(start, index) + GROUP
      start = index + 1
    } else if (character === ')' && --depth === 0) {
      groups.push(text.slice(start, index))
      start = index + 1
    }
    if (depth < 0) return undefined
  }
  return depth === 0 ? { outer: outer + text.slice(start), groups } : undefined
}

function parseOr(text: string): Shape | undefined {
  return joinAll(text.split('||').map(parseAnd), 'or')
}

function parseAnd(text: string): Shape | undefined {
  return joinAll(text.split('&&').map(parseNot), 'and')
}

function joinAll(parts: readonly (Shape | undefined)[], type: 'and' | 'or'): Shape | undefined {
  return parts.reduce((left, right) => left && right && { type, left, right })
}

function parseNot(text: string): Shape | undefined {
  const operand = text.replace(/^[ \t\n\r\f\v]+|[ \t\n\r\f\v]+$/g, '')
  if (operand.startsWith('!')) {
    const negated = parseNot(operand.slice(1))
    return negated && { type: 'not', operand: negated }
  }
  return isOperand(operand) ? { type: 'operand', text: operand } : undefined
}

const CALL = /^([^]*?)(->|:>)[ \t\n\r\f\v]*([^]+)$/
const PERL = /^=[ \t\n\r\f\v]*([^]+)$/
const VARSET = /^varset[ \t\n\r\f\v]+([^ \t\n\r\f\v]+)$/
const NAME = /^[^ \t\n\r\f\v]+$/

function isOperand(text: string): boolean {
  return [CALL, PERL, VARSET, NAME].some(form => form.test(text))
}

/** `groups`: those of the level that no operand has taken yet; an operand takes them from the front. */
function parseOperand(
  text: string,
  groups: string[],
  level: string,
  report: ContextReport
): ContextNode | undefined {
  if (text === GROUP) return parseLevel(groups.shift() ?? '', report)

  const [, parameters = '', operator, code = ''] = CALL.exec(text) ?? []
  if (operator !== undefined) {
    const list = parameters.replace(/[ \t\n\r\f\v]+$/, '')
    const listText = list === GROUP ? (groups.shift() ?? '') : list
    const codeText = code === GROUP ? (groups.shift() ?? '') : code
    if (codeText.includes(GROUP) || /^[ \t\n\r\f\v]*$/.test(codeText)) {
      const shown = restoreParentheses(codeText.replaceAll(GROUP, '(...)'))
      report.error(`Eval '${shown}' didn't return a code reference; expected ( sub { ... } )`)
      return undefined
    }
    report.notYet(`context expression operator "${operator}" runs Perl`)
    return {
      type: 'call',
      operator: operator === '->' ? '->' : ':>',
      parameters: splitWords(restoreParentheses(listText)),
      code: restoreParentheses(unwrapParentheses(codeText))
    }
  }

  const perl = PERL.exec(text)?.[1]
  if (perl !== undefined) {
    const source = wholeText(perl, groups, level, report)
    if (source === undefined) return undefined
    report.notYet('context expression operator "=" runs Perl')
    return { type: 'perl', code: source }
  }

  const entry = VARSET.exec(text)?.[1]
  const name = wholeText(entry ?? text, groups, level, report)
  if (name === undefined) return undefined
  return entry === undefined ? { type: 'context', name } : { type: 'varset', entry: name }
}

/** An operand that is one group or has none; a group beside other characters has no meaning. */
function wholeText(text: string, groups: string[], level: string, report: ContextReport): string | undefined {
  if (text === GROUP) return restoreParentheses(groups.shift() ?? '')
  const strays = groups.slice(0, text.split(GROUP).length - 1)
  for (const stray of strays) {
    report.error(`Unexpected subexpression '${restoreParentheses(stray)}' in '${restoreParentheses(level)}'`)
  }
  return strays.length > 0 ? undefined : restoreParentheses(text)
}
