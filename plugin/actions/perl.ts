import {
  type ActionSyntax,
  action,
  NO_MATCH,
  notYet,
  optionalWords,
  type Parameter,
  removeOuterParentheses,
  requiredText,
  restoreParentheses,
  splitWords,
  variable
} from './syntax.ts'

const REASON = 'runs Perl'

const parameterWords: Parameter<readonly string[]> = source => {
  const words = optionalWords(source)
  return typeof words === 'object' ? words : []
}

const lcallSyntax: ActionSyntax<'lcall'> = {
  name: 'lcall',
  parse(source) {
    const name = variable(source)
    const match = /^([^]*?)(->|:>)[ \t\n\r\f\v]*([^]+)$/.exec(source.rest)
    if (name === NO_MATCH || match === null) return undefined
    const [, parameters = '', operator, code = ''] = match
    return {
      type: 'lcall',
      variable: name,
      parameters: splitWords(restoreParentheses(removeOuterParentheses(parameters.trimEnd()))),
      operator: operator === '->' ? '->' : ':>',
      code: restoreParentheses(removeOuterParentheses(code))
    }
  }
}

export const evalPerl = notYet(action('eval', { variable, code: requiredText }), REASON)
export const call = notYet(
  action('call', { variable, reference: variable, parameters: parameterWords }),
  REASON
)
export const lcall = notYet(lcallSyntax, REASON)
