import { splitWords } from '../ascii-space.ts'
import type { ActionListDefinition } from './definition.ts'
import { restoreParentheses, unmaskParentheses, unwrapParentheses } from './parentheses.ts'
import { NO_MATCH, type Parameter, type ParameterSource } from './syntax.ts'

/** A template without whitespace. `what` is SEC's name for it. */
export function word(what: string): Parameter<string> {
  return {
    form: () => `<${what}>`,
    take: takeWord,
    read(text, source) {
      const value = valueOf(text)
      if (value !== '') return value
      source.fault(`Empty ${what} given for ${source.action} action`)
      return NO_MATCH
    }
  }
}

export const contextName = word('context name')
export const fileName = word('filename')
export const timestamp = word('timestamp')
export const timeOffset = word('time offset')

/** A word; `fallback` if it is left out or empty. */
export function wordOr<Fallback extends string | undefined>(
  fallback: Fallback
): Parameter<string | Fallback> {
  return {
    form: name => `[<${name}>]`,
    take: source => (source.rest === '' ? undefined : takeWord(source)),
    read: text => valueOf(text) || fallback
  }
}

/** `%name` of an action list variable, without its `%`. */
export const variable: Parameter<string> = {
  form: () => '%<variable>',
  take: takeWord,
  read: (text, source) => readVariable(text ?? '', source)
}

export const optionalVariable: Parameter<string | undefined> = {
  form: () => '[%<variable>]',
  take: source => (source.rest === '' ? undefined : takeWord(source)),
  read: (text, source) => (text === undefined ? undefined : readVariable(text, source))
}

/** Everything that is left; `%s` if nothing is. */
export const textOrDescription: Parameter<string> = {
  form: name => `[<${name}>]`,
  take: takeRest,
  read: text => valueOf(text) || '%s'
}

/** Everything that is left, `undefined` if nothing is. */
export const optionalText: Parameter<string | undefined> = {
  form: name => `[<${name}>]`,
  take: takeRest,
  read: text => valueOf(text) || undefined
}

/** Everything that is left; something must be, if only empty parentheses. */
export const code: Parameter<string> = {
  form: () => '<code>',
  take: takeSomething,
  read: valueOf
}

export const commandLine: Parameter<string> = {
  form: () => '<commandline>',
  take: takeSomething,
  read: (text, source) => valueOf(text) || emptyCommandLine(source)
}

/** A command line split at whitespace before anything is substituted. */
export const commandWords: Parameter<readonly string[]> = {
  form: () => '<commandline>',
  take: takeSomething,
  read(text, source) {
    const words = splitWords(valueOf(text))
    return words.length === 0 ? emptyCommandLine(source) : words
  }
}

/** Everything that is left, split at whitespace; `undefined` if nothing is. */
export const optionalWords: Parameter<readonly string[] | undefined> = {
  form: name => `[<${name}>]`,
  take: takeRest,
  read(text) {
    const words = splitWords(valueOf(text))
    return words.length === 0 ? undefined : words
  }
}

/** The rest as an action list. An empty one counts as none. */
export const optionalList: Parameter<ActionListDefinition | undefined> = {
  form: () => '[<action list>]',
  take: takeRest,
  read(text, source) {
    const list = source.list(unwrapParentheses(text ?? ''))
    if (list === undefined) return NO_MATCH
    return list.length === 0 ? undefined : list
  }
}

export function readVariable(text: string, source: ParameterSource): string | typeof NO_MATCH {
  const name = /^%([A-Za-z][A-Za-z0-9_]*)$/.exec(text)?.[1]
  if (name !== undefined) return name
  source.fault(
    `Variable ${unmaskParentheses(text)} does not have the form %<letter>[<letter>|<digit>|<underscore>]...`
  )
  return NO_MATCH
}

/** What a parameter's text stands for: outer and masked parentheses resolved. */
export function valueOf(text = ''): string {
  return restoreParentheses(unwrapParentheses(text))
}

function takeWord(source: ParameterSource): string | typeof NO_MATCH {
  return takeMatch(source, /^([^ \t\n\r\f\v]+)[ \t\n\r\f\v]*/) ?? NO_MATCH
}

/** Takes what `form` matches at the start; gives its first group. */
export function takeMatch(source: ParameterSource, form: RegExp): string | undefined {
  const match = form.exec(source.rest)
  if (match === null) return undefined
  source.rest = source.rest.slice(match[0].length)
  return match[1]
}

function takeRest(source: ParameterSource): string {
  const taken = source.rest
  source.rest = ''
  return taken
}

function takeSomething(source: ParameterSource): string | typeof NO_MATCH {
  return takeRest(source) || NO_MATCH
}

function emptyCommandLine(source: ParameterSource): typeof NO_MATCH {
  source.fault(`Empty commandline given for ${source.action} action`)
  return NO_MATCH
}
