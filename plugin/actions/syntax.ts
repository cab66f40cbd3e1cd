import type { ActionListDefinition, ActionName, ActionOf } from './definition.ts'

/** How one action is written. `parse` takes what follows the keyword. */
export interface ActionSyntax<Name extends ActionName = ActionName> {
  readonly name: Name
  /** `undefined`: not this action's form; the fault, if any, was reported to `source`. */
  parse(source: ParameterSource): ActionOf<Name> | undefined
  /** What it does that is not built yet, for a message: `action "eval" runs Perl, not yet`. */
  readonly notYet?: string
}

/** An action's parameters as they are read: `rest` is what is left, without surrounding whitespace. */
export interface ParameterSource {
  rest: string
  /** Parses an action list inside an action; `undefined` if it is faulty, which is reported then. */
  list(text: string): ActionListDefinition | undefined
  /** Reports why the action is refused, in place of SEC's general message. */
  fault(message: string): void
}

/** Reads one parameter off the source; `NO_MATCH` if it isn't there. */
export type Parameter<T> = (source: ParameterSource) => T | typeof NO_MATCH

export const NO_MATCH = Symbol('no match')

type ParametersOf<Name extends ActionName> = {
  readonly [Key in Exclude<keyof ActionOf<Name>, 'type'>]-?: Parameter<ActionOf<Name>[Key]>
}

/**
 * The syntax of an action whose parameters stand one after the other, in the order of `parameters`' keys.
 * A parameter that yields `undefined` is left out of the definition.
 */
export function action<const Name extends ActionName>(
  name: Name,
  parameters: ParametersOf<Name>
): ActionSyntax<Name> {
  const readers: [string, Parameter<unknown>][] = Object.entries(parameters)
  return {
    name,
    parse(source) {
      const definition: Record<string, unknown> = { type: name }
      for (const [key, read] of readers) {
        const value = read(source)
        if (value === NO_MATCH) return undefined
        if (value !== undefined) definition[key] = value
      }
      // Every key that ActionOf<Name> has was read by a reader of that key's type.
      return source.rest === '' ? (definition as unknown as ActionOf<Name>) : undefined
    }
  }
}

/** Marks an action that parses but can't run yet. */
export function notYet<Name extends ActionName>(
  syntax: ActionSyntax<Name>,
  reason: string
): ActionSyntax<Name> {
  return { ...syntax, notYet: reason }
}

const SPACE = '[ \\t\\n\\r\\f\\v]'
const FIRST_WORD = new RegExp(`^([^ \\t\\n\\r\\f\\v]+)${SPACE}*`)
const OUTER_PARENTHESES = new RegExp(`^\\(${SPACE}*([^]*?)${SPACE}*\\)$`)
const VARIABLE = /^%([A-Za-z][A-Za-z0-9_]*)$/

/** Without the outermost parentheses and the whitespace inside them. `(a) (b)` becomes `a) (b`, as in SEC. */
export function removeOuterParentheses(text: string): string {
  return OUTER_PARENTHESES.exec(text)?.[1] ?? text
}

/** What stands up to the next whitespace, as it is. */
export function takeWord(source: ParameterSource): string | typeof NO_MATCH {
  const match = FIRST_WORD.exec(source.rest)
  if (match === null) return NO_MATCH
  source.rest = source.rest.slice(match[0].length)
  return match[1] ?? NO_MATCH
}

/** A template without whitespace. */
export const word: Parameter<string> = source => {
  const text = takeWord(source)
  return text === NO_MATCH ? NO_MATCH : restoreParentheses(removeOuterParentheses(text))
}

export const optionalWord: Parameter<string | undefined> = source =>
  source.rest === '' ? undefined : word(source)

/** A word or, where the action ends before it, `fallback`. */
export const wordOr =
  <T>(fallback: T): Parameter<string | T> =>
  source =>
    source.rest === '' ? fallback : word(source)

/** `%name` of an action list variable, without its `%`. */
export const variable: Parameter<string> = source => {
  const text = takeWord(source)
  if (text === NO_MATCH) return NO_MATCH
  const name = VARIABLE.exec(text)?.[1]
  if (name !== undefined) return name
  source.fault(
    `Variable ${restoreParentheses(text)} does not have the form %<letter>[<letter>|<digit>|<underscore>]...`
  )
  return NO_MATCH
}

export const optionalVariable: Parameter<string | undefined> = source =>
  source.rest === '' ? undefined : variable(source)

/** Everything that is left, `undefined` if nothing is. */
export const optionalText: Parameter<string | undefined> = source => {
  const text = restoreParentheses(removeOuterParentheses(source.rest))
  source.rest = ''
  return text === '' ? undefined : text
}

/** Everything that is left, `%s` if nothing is. */
export const textOrDescription: Parameter<string> = source => {
  const text = optionalText(source)
  return typeof text === 'string' ? text : '%s'
}

/** Everything that is left; something must be. */
export const requiredText: Parameter<string> = source => {
  const text = optionalText(source)
  return typeof text === 'string' ? text : NO_MATCH
}

/** Everything that is left, split into words. */
export const optionalWords: Parameter<readonly string[] | undefined> = source => {
  const text = optionalText(source)
  return typeof text === 'string' ? splitWords(text) : undefined
}

export const requiredWords: Parameter<readonly string[]> = source => {
  const words = optionalWords(source)
  return words === undefined || words === NO_MATCH || words.length === 0 ? NO_MATCH : words
}

/** The rest as an action list; nothing or empty parentheses: `undefined`. */
export const optionalList: Parameter<ActionListDefinition | undefined> = source => {
  const text = removeOuterParentheses(source.rest)
  source.rest = ''
  return text === '' ? undefined : (source.list(text) ?? NO_MATCH)
}

export function splitWords(text: string): readonly string[] {
  return text.split(/[ \t\n\r\f\v]+/).filter(part => part !== '')
}

// Parentheses masked with a backslash neither nest nor enclose: they travel as characters that no byte string has.
const MASKED_OPENING = '\uE000'
const MASKED_CLOSING = '\uE001'

export function maskParentheses(text: string): string {
  return text.replaceAll('\\(', MASKED_OPENING).replaceAll('\\)', MASKED_CLOSING)
}

/** The parentheses that `maskParentheses` hid, without their backslashes. */
export function restoreParentheses(text: string): string {
  return text.replaceAll(MASKED_OPENING, '(').replaceAll(MASKED_CLOSING, ')')
}
