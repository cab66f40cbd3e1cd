import type { ActionListDefinition, ActionName, ActionOf } from './definition.ts'
import { restoreParentheses, unwrapParentheses } from './parentheses.ts'
import type { ActionScope, Flow } from './scope.ts'

/** How one action is written. */
export interface ActionSyntax<Name extends ActionName = ActionName> {
  readonly name: Name
  /** For messages: `write <path> [<text>]`. */
  readonly usage: string
  /** Takes what follows the keyword. `undefined`: not this form; a fault that is more exact went to the source. */
  parse(source: ParameterSource): ActionOf<Name> | undefined
}

/** One action: how it is written and what it does. */
export interface ActionType<Name extends ActionName = ActionName> extends ActionSyntax<Name> {
  run(definition: ActionOf<Name>, scope: ActionScope): Flow | undefined
  /** What it does that is not built yet, for a message: `action "eval" runs Perl, not yet`. */
  readonly notYet?: string
}

/** An action's parameters as they are read. */
export interface ParameterSource {
  /** What is left, without whitespace around it and with masked parentheses hidden (`parentheses.ts`). */
  rest: string
  /** Parses an action list inside an action; `undefined` if it is faulty, which is reported then. */
  list(text: string): ActionListDefinition | undefined
  /** Reports why the action is refused, in place of SEC's general message. */
  fault(message: string): void
}

/** Reads one parameter. */
export interface Parameter<T> {
  /** How `usage` shows a parameter of this name. */
  form(name: string): string
  /** Takes it off the source; `NO_MATCH` if it isn't there. */
  read(source: ParameterSource): T | typeof NO_MATCH
}

export const NO_MATCH = Symbol('no match')

type ParametersOf<Name extends ActionName> = {
  readonly [Key in Exclude<keyof ActionOf<Name>, 'type'>]-?: Parameter<ActionOf<Name>[Key]>
}

/**
 * An action whose parameters stand one after the other, in the order of `parameters`' keys.
 * A parameter that yields `undefined` is left out of the definition.
 */
export function action<const Name extends ActionName>(
  name: Name,
  parameters: ParametersOf<Name>,
  run: (definition: ActionOf<Name>, scope: ActionScope) => void
): ActionType<Name> {
  const readers: [string, Parameter<unknown>][] = Object.entries(parameters)
  return {
    name,
    usage: [name, ...readers.map(([key, parameter]) => parameter.form(key))].join(' '),
    parse(source) {
      const definition: Record<string, unknown> = { type: name }
      for (const [key, parameter] of readers) {
        const value = parameter.read(source)
        if (value === NO_MATCH) return undefined
        if (value !== undefined) definition[key] = value
      }
      // Every key that ActionOf<Name> has was read by a reader of that key's type.
      return source.rest === '' ? (definition as unknown as ActionOf<Name>) : undefined
    },
    run(definition, scope) {
      run(definition, scope)
      return undefined
    }
  }
}

export function nothing(): void {}

/** An action that parses but can't run yet: when it is reached it logs an error. */
export function notYet<Name extends ActionName>(
  { name, usage, parse }: ActionSyntax<Name>,
  reason: string
): ActionType<Name> {
  return {
    name,
    usage,
    parse,
    notYet: reason,
    run(_definition, scope) {
      scope.core.host.log(2, `action "${name}" ${reason}, not yet`)
      return undefined
    }
  }
}

const required = (name: string): string => `<${name}>`
const optional = (name: string): string => `[<${name}>]`

/** A template without whitespace. */
export const word: Parameter<string> = {
  form: required,
  read(source) {
    const text = takeWord(source)
    return text === NO_MATCH ? NO_MATCH : restoreParentheses(unwrapParentheses(text))
  }
}

export const optionalWord: Parameter<string | undefined> = {
  form: optional,
  read: source => (source.rest === '' ? undefined : word.read(source))
}

/** A word or, where the action ends before it, `fallback`. */
export function wordOr(fallback: string): Parameter<string> {
  return { form: optional, read: source => (source.rest === '' ? fallback : word.read(source)) }
}

/** `%name` of an action list variable, without its `%`. */
export const variable: Parameter<string> = {
  form: () => '%<variable>',
  read(source) {
    const text = takeWord(source)
    if (text === NO_MATCH) return NO_MATCH
    const name = /^%([A-Za-z][A-Za-z0-9_]*)$/.exec(text)?.[1]
    if (name !== undefined) return name
    source.fault(
      `Variable ${restoreParentheses(text)} does not have the form %<letter>[<letter>|<digit>|<underscore>]...`
    )
    return NO_MATCH
  }
}

export const optionalVariable: Parameter<string | undefined> = {
  form: () => '[%<variable>]',
  read: source => (source.rest === '' ? undefined : variable.read(source))
}

/** Everything that is left, `%s` if nothing is. */
export const textOrDescription: Parameter<string> = {
  form: optional,
  read: source => takeText(source) || '%s'
}

/** Everything that is left; something must be. */
export const text: Parameter<string> = {
  form: required,
  read: source => takeText(source) || NO_MATCH
}

/** Everything that is left, `undefined` if nothing is. */
export const optionalText: Parameter<string | undefined> = {
  form: optional,
  read: source => takeText(source) || undefined
}

/** Everything that is left, split into words; at least one. */
export const words: Parameter<readonly string[]> = {
  form: required,
  read(source) {
    const list = splitWords(takeText(source))
    return list.length === 0 ? NO_MATCH : list
  }
}

/** Everything that is left, split into words; `undefined` if nothing is. */
export const optionalWords: Parameter<readonly string[] | undefined> = {
  form: optional,
  read(source) {
    const list = splitWords(takeText(source))
    return list.length === 0 ? undefined : list
  }
}

/** The rest as an action list; nothing or empty parentheses: `undefined`. */
export const optionalList: Parameter<ActionListDefinition | undefined> = {
  form: optional,
  read(source) {
    const list = unwrapParentheses(source.rest)
    source.rest = ''
    return list === '' ? undefined : (source.list(list) ?? NO_MATCH)
  }
}

export function splitWords(list: string): readonly string[] {
  return list.split(/[ \t\n\r\f\v]+/).filter(part => part !== '')
}

function takeWord(source: ParameterSource): string | typeof NO_MATCH {
  const match = /^([^ \t\n\r\f\v]+)[ \t\n\r\f\v]*/.exec(source.rest)
  if (match === null) return NO_MATCH
  source.rest = source.rest.slice(match[0].length)
  return match[1] ?? NO_MATCH
}

function takeText(source: ParameterSource): string {
  const taken = restoreParentheses(unwrapParentheses(source.rest))
  source.rest = ''
  return taken
}
