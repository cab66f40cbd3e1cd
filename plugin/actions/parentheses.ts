import { trimSpaceEnd } from '../ascii-space.ts'

// A parenthesis masked with a backslash neither nests nor encloses: while a text is taken apart it is a character that
// no byte string has.
const MASKED_OPENING = '\uE000'
const MASKED_CLOSING = '\uE001'

/** Hides `\(` and `\)`. A backslash before the backslash makes no difference, as in SEC. */
export function maskParentheses(text: string): string {
  return text.replaceAll('\\(', MASKED_OPENING).replaceAll('\\)', MASKED_CLOSING)
}

/** What the text stands for: hidden parentheses without their backslashes. */
export function restoreParentheses(text: string): string {
  return text.replaceAll(MASKED_OPENING, '(').replaceAll(MASKED_CLOSING, ')')
}

/** The text as it was written, for messages. */
export function unmaskParentheses(text: string): string {
  return text.replaceAll(MASKED_OPENING, '\\(').replaceAll(MASKED_CLOSING, '\\)')
}

/**
 * Without a first and a last parenthesis and the whitespace inside them, matching or not: `(a) (b)` becomes `a) (b`.
 * A masked last one counts too, as in SEC: `(a) b\)` becomes `a) b\`.
 */
export function unwrapParentheses(text: string): string {
  const [, inner, last] = WRAPPED.exec(text) ?? []
  if (inner === undefined) return text
  return last === MASKED_CLOSING ? `${inner}\\` : trimSpaceEnd(inner)
}

const WRAPPED = new RegExp(`^\\([ \\t\\n\\r\\f\\v]*([^]*)(\\)|${MASKED_CLOSING})$`)

/** What stands for a parenthesised part in `TextWithGroups.outer`. */
export const GROUP = '\uE002'

export interface TextWithGroups {
  readonly outer: string
  /** What the parts hold, in order, without their own parentheses. */
  readonly groups: readonly string[]
}

/** Takes the outermost parenthesised parts out of a text; `undefined` if its parentheses are not balanced. */
export function takeGroups(text: string): TextWithGroups | undefined {
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
