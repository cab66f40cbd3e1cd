import { restoreParentheses, unwrapParentheses } from './parentheses.ts'
import {
  type ActionSyntax,
  action,
  NO_MATCH,
  nothing,
  notYet,
  optionalWords,
  type Parameter,
  splitWords,
  text,
  variable
} from './syntax.ts'

const REASON = 'runs Perl'

const parameterWords: Parameter<readonly string[]> = {
  form: name => `[<${name}>]`,
  read(source) {
    const words = optionalWords.read(source)
    return words === undefined || words === NO_MATCH ? [] : words
  }
}

const lcallSyntax: ActionSyntax<'lcall'> = {
  name: 'lcall',
  usage: 'lcall %<variable> [<parameters>] -> <code>, or :> in place of ->',
  parse(source) {
    const name = variable.read(source)
    const match = /^([^]*?)(->|:>)[ \t\n\r\f\v]*([^]+)$/.exec(source.rest)
    if (name === NO_MATCH || match === null) return undefined
    const [, parameters = '', operator, code = ''] = match
    return {
      type: 'lcall',
      variable: name,
      parameters: splitWords(restoreParentheses(unwrapParentheses(parameters.trimEnd()))),
      operator: operator === '->' ? '->' : ':>',
      code: restoreParentheses(unwrapParentheses(code))
    }
  }
}

export const evalPerl = notYet(action('eval', { variable, code: text }, nothing), REASON)
export const call = notYet(
  action('call', { variable, reference: variable, parameters: parameterWords }, nothing),
  REASON
)
export const lcall = notYet(lcallSyntax, REASON)
