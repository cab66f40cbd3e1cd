// A parenthesis masked with a backslash neither nests nor encloses: while a text is taken apart it is a character that
// no byte string has.
const MASKED_OPENING = '\uE000'
const MASKED_CLOSING = '\uE001'

/** Hides `\(` and `\)`. A backslash before the backslash makes no difference, as in SEC. */
export function maskParentheses(text: string): string {
  return text.replaceAll('\\(', MASKED_OPENING).replaceAll('\\)', MASKED_CLOSING)
}

/** The parentheses that were hidden, without their backslashes. */
export function restoreParentheses(text: string): string {
  return text.replaceAll(MASKED_OPENING, '(').replaceAll(MASKED_CLOSING, ')')
}

/** Without a first and a last parenthesis and the whitespace inside them, matching or not: `(a) (b)` becomes `a) (b`. */
export function unwrapParentheses(text: string): string {
  return /^\([ \t\n\r\f\v]*([^]*?)[ \t\n\r\f\v]*\)$/.exec(text)?.[1] ?? text
}
