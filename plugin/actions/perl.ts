import { splitWords } from '../ascii-space.ts'
import { splitCall } from '../contexts/call.ts'
import { debug } from '../core.ts'
import type { PerlAssignment, PerlCall } from '../perl/host.ts'
import { NO_PERL } from '../perl/source.ts'
import { code, optionalWords, readVariable, valueOf, variable } from './parameters.ts'
import type { ActionScope } from './scope.ts'
import { type ActionType, action, NO_MATCH, type Parameter, type ParameterSource } from './syntax.ts'

const parameterWords: Parameter<readonly string[]> = {
  ...optionalWords,
  read: (text, source) => (hasPerl(source) ? splitWords(valueOf(text)) : NO_MATCH)
}

const miniprogram: Parameter<string> = {
  ...code,
  read: (text, source) => (hasPerl(source) ? code.read(text, source) : NO_MATCH)
}

function hasPerl(source: ParameterSource): boolean {
  if (source.perl.isOff) source.fault(`Can't run the action ${source.action}: ${NO_PERL}`)
  return !source.perl.isOff
}

export const evalPerl = action(
  'eval',
  { variable, code: miniprogram },
  ({ variable: name, code: template }, scope) => {
    const { perl, host } = scope.core
    const text = scope.text(template)
    debug(scope.core, () => `Evaluating code '${text}' and setting variable '%${name}'`)
    const outcome = perl?.evaluate(text)
    if (outcome?.ok === true) assign(name, outcome.value, scope)
    else host.log(2, `Error evaluating code '${text}': ${outcome?.error ?? NO_PERL}`)
  }
)

export const call = action(
  'call',
  { variable, reference: variable, parameters: parameterWords },
  ({ variable: name, reference, parameters }, scope) => {
    const { core } = scope
    debug(core, () => `Calling code '%${reference}->()' and setting variable '%${name}'`)
    const called = core.variables.get(reference)
    if (called === undefined || typeof called === 'string' || !called.text.includes('CODE(')) {
      core.host.log(2, `Variable '%${reference}' is not a code reference`)
      return
    }
    const outcome = core.perl?.assign(called, { arguments: parameters.map(each => scope.text(each)) })
    if (outcome?.ok === true) assign(name, outcome.value, scope)
    else core.host.log(2, `Code '%${reference}->()' runtime error: ${outcome?.error ?? NO_PERL}`)
  }
)

export const lcall: ActionType<'lcall'> = {
  name: 'lcall',
  usage: 'lcall %<variable> [<parameters>] -> <code>, or :> in place of ->',
  parse(source) {
    const [, variableText, rest] = /^([^ \t\n\r\f\v]+)[ \t\n\r\f\v]+([^]+)$/.exec(source.rest) ?? []
    const parts = rest === undefined ? undefined : splitCall(rest)
    if (variableText === undefined || parts === undefined) return undefined
    const name = readVariable(variableText, source)
    if (name === NO_MATCH) return undefined
    const text = valueOf(parts.code)
    const loaded = source.perl.load(text)
    if (!loaded.ok) {
      source.fault(`Eval '${text}' didn't return a code reference: ${loaded.error}`)
      return undefined
    }
    return {
      type: 'lcall',
      variable: name,
      parameters: splitWords(valueOf(parts.parameters)),
      operator: parts.operator,
      code: loaded.value
    }
  },
  run({ variable: name, parameters, operator, code: { text, which } }, scope) {
    const { core } = scope
    const { perl, perlEntries } = core
    const compiled = perl?.compile(text, which)
    if (perl === undefined || perlEntries === undefined || compiled?.ok !== true) {
      // Faulty code was refused when it was loaded; what a context has kept may be from before.
      core.host.log(2, `Code '${text}' runtime error: ${compiled?.ok === false ? compiled.error : NO_PERL}`)
      return undefined
    }
    debug(core, () => `Calling code '${compiled.value.text}' and setting variable '%${name}'`)
    const given = parameters.map(each => scope.text(each))
    const call: PerlCall = operator === '->' ? { arguments: given } : perlEntries.call(given, core)
    const outcome = perl.assign(compiled.value, call)
    if (outcome.ok) assign(name, outcome.value, scope)
    else core.host.log(2, `Code '${compiled.value.text}' runtime error: ${outcome.error}`)
    return undefined
  }
}

function assign(name: string, assignment: PerlAssignment, { core }: ActionScope): void {
  if (!assignment.isSet) {
    core.variables.set(name, undefined)
    debug(core, () => `No value received for variable '%${name}', set to undef`)
    return
  }
  const { value } = assignment
  core.variables.set(name, value)
  debug(core, () => `Variable '%${name}' set to '${typeof value === 'object' ? value.text : (value ?? '')}'`)
}
