import { splitWords } from '../ascii-space.ts'
import { splitCall } from '../contexts/call.ts'
import { code, optionalWords, readVariable, valueOf, variable } from './parameters.ts'
import { type ActionSyntax, action, NO_MATCH, nothing, notYet, type Parameter } from './syntax.ts'

const REASON = 'runs Perl'

const parameterWords: Parameter<readonly string[]> = {
  ...optionalWords,
  read: text => splitWords(valueOf(text))
}

const lcallSyntax: ActionSyntax<'lcall'> = {
  name: 'lcall',
  usage: 'lcall %<variable> [<parameters>] -> <code>, or :> in place of ->',
  parse(source) {
    const [, variableText, rest] = /^([^ \t\n\r\f\v]+)[ \t\n\r\f\v]+([^]+)$/.exec(source.rest) ?? []
    const call = rest === undefined ? undefined : splitCall(rest)
    if (variableText === undefined || call === undefined) return undefined
    const name = readVariable(variableText, source)
    if (name === NO_MATCH) return undefined
    const perl = valueOf(call.code)
    if (perl === '') {
      source.fault("Eval '' didn't return a code reference; expected ( sub { ... } )")
      return undefined
    }
    return {
      type: 'lcall',
      variable: name,
      parameters: splitWords(valueOf(call.parameters)),
      operator: call.operator,
      code: perl
    }
  }
}

export const evalPerl = notYet(action('eval', { variable, code }, nothing), REASON)
export const call = notYet(
  action('call', { variable, reference: variable, parameters: parameterWords }, nothing),
  REASON
)
export const lcall = notYet(lcallSyntax, REASON)
