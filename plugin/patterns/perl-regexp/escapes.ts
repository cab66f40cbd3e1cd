import { isAlpha, isDigit, type ParseState } from './parse-state.ts'

const simple: Readonly<Record<string, number>> = { n: 0x0a, r: 0x0d, t: 0x09, f: 0x0c, e: 0x1b, a: 0x07 }

/**
 * Reads the escapes that stand for one code point, from the letter after the backslash: `\n \x.. \o{..} \c. \012`.
 * Returns undefined, and stays, at a letter that is none of them.
 */
export function parseCharacterEscape(state: ParseState): number | undefined {
  const letter = state.peek()
  const value = Object.hasOwn(simple, letter) ? simple[letter] : undefined
  if (value !== undefined) {
    state.position++
    return value
  }
  if (letter === 'x') return parseHex(state)
  if (letter === 'o') return parseBracedOctal(state)
  if (letter === 'c') return parseControl(state)
  if (letter >= '0' && letter <= '7') return parseOctal(state)
  return undefined
}

function parseHex(state: ParseState): number {
  state.position++
  if (state.peek() !== '{') {
    const digits = /^[0-9A-Fa-f]{0,2}/.exec(state.source.slice(state.position, state.position + 2))?.[0] ?? ''
    state.position += digits.length
    const found = state.peek()
    if (digits.length < 2 && found !== '') {
      warnEarlyEnd(state, 'hex', '\\x', `${digits.padStart(2, '0')}${found}`, found)
    }
    return digits === '' ? 0 : Number.parseInt(digits, 16)
  }
  const text = bracedText(state, '\\x{}', /[ \t]*[0-9A-Fa-f_]*/y)
  return bracedNumber(state, text, /^(?:[0-9A-Fa-f]_?)*/, 16, 'hex', '\\x', 2)
}

function parseBracedOctal(state: ParseState): number {
  state.position++
  if (state.peek() !== '{') state.fail('Missing braces on \\o{}')
  const text = bracedText(state, '\\o{}', /[ \t]*[0-7_]*/y)
  if (text === '') state.fail('Empty \\o{}')
  return bracedNumber(state, text, /^(?:[0-7]_?)*/, 8, 'octal', '\\o', 3)
}

/** The text between the braces without blanks around it; the position moves past the brace. */
function bracedText(state: ParseState, name: string, digits: RegExp): string {
  const end = state.source.indexOf('}', state.position)
  if (end < 0) {
    digits.lastIndex = state.position + 1
    digits.test(state.source)
    state.fail(`Missing right brace on ${name}`, digits.lastIndex)
  }
  const text = state.source.slice(state.position + 1, end).replace(/^[ \t]+|[ \t]+$/g, '')
  state.position = end + 1
  return text
}

function bracedNumber(
  state: ParseState,
  text: string,
  digitsPattern: RegExp,
  base: number,
  kind: string,
  escape: string,
  width: number
): number {
  const matched = digitsPattern.exec(text)?.[0] ?? ''
  const digits = matched.replaceAll('_', '')
  if (matched.length < text.length) {
    const resolved = `{${digits.padStart(width, '0')}}`
    warnEarlyEnd(state, kind, escape, resolved, text.charAt(matched.length))
  }
  const value = digits === '' ? 0 : Number.parseInt(digits, base)
  if (value >= 2 ** 63) state.fail('Use of code point too large is not allowed')
  return value
}

function warnEarlyEnd(
  state: ParseState,
  kind: string,
  escape: string,
  resolved: string,
  found: string
): void {
  const shown = found === '\n' ? '\\n' : `'${found === '\\' ? '\\\\' : found}'`
  state.warn(`Non-${kind} character ${shown} terminates ${escape} early.  Resolved as "${escape}${resolved}"`)
}

function parseOctal(state: ParseState): number {
  const digits = /^[0-7]{1,3}/.exec(state.source.slice(state.position, state.position + 3))?.[0] ?? '0'
  state.position += digits.length
  if (digits.length < 3 && isDigit(state.peek())) {
    const found = state.peek()
    const resolved = `\\${digits.padStart(3, '0')}${found}`
    state.warn(
      `Non-octal character '${found}' terminates \\0 early.  Resolved as "${resolved}"`,
      state.position + 1
    )
  }
  return Number.parseInt(digits, 8)
}

function parseControl(state: ParseState): number {
  const char = state.peek(1)
  const code = char.charCodeAt(0)
  // Perl reads the byte that ends its strings when the pattern stops here.
  if (char === '' || code < 0x20 || code > 0x7e) {
    state.fail('Character following "\\c" must be printable ASCII', state.position + (char === '' ? 1 : 2))
  }
  if (char === '{') state.fail('Use ";" instead of "\\c{"', state.position + 2)
  const value = char.toUpperCase().charCodeAt(0) ^ 64
  state.position += 2
  if (value >= 0x20 && value <= 0x7e) {
    const clearer = isAlpha(String.fromCharCode(value)) ? '' : '\\'
    const plain = `${clearer}${String.fromCharCode(value)}`
    state.warn(`"\\c${char}" is more clearly written simply as "${plain}"`)
  }
  return value
}

/**
 * Reads `{U+41}` or `{U+41.42}` after `\N`: code points. The position is at the brace.
 * A character name is refused.
 */
export function parseNamedCharacter(state: ParseState): number[] {
  const start = state.position
  const end = state.source.indexOf('}', start)
  if (end < 0) state.fail('Missing right brace on \\N{}', start + 1)
  const text = state.source.slice(start + 1, end).replace(/^[ \t]+|[ \t]+$/g, '')
  if (!text.startsWith('U+')) {
    if (text === '') state.fail("Unknown charname ''", start + 1)
    state.refuse('a character name \\N{NAME}')
    state.position = end + 1
    return [0]
  }
  if (!/^[0-9A-Fa-f](?:_?[0-9A-Fa-f])*(?:\.[0-9A-Fa-f](?:_?[0-9A-Fa-f])*)*$/.test(text.slice(2))) {
    state.fail('Invalid hexadecimal number in \\N{U+...}', end + 1)
  }
  state.position = end + 1
  state.needsUnicode = true
  return text
    .slice(2)
    .replaceAll('_', '')
    .split('.')
    .map(hex => Number.parseInt(hex, 16))
}

/** `{n} {n,} {,m} {n,m}`, blanks allowed inside, at the position; undefined where Perl sees a literal brace. */
export function readBraces(
  state: ParseState
): { min: string; max: string; comma: boolean; end: number } | undefined {
  const pattern = /\{[ \t]*(\d*)[ \t]*(?:(,)[ \t]*(\d*)[ \t]*)?\}/y
  pattern.lastIndex = state.position
  const match = pattern.exec(state.source)
  if (!match) return undefined
  const [, min = '', comma, max = ''] = match
  if (min === '' && max === '') return undefined
  return { min, max, comma: comma !== undefined, end: pattern.lastIndex }
}

export function atQuantifier(state: ParseState): boolean {
  const char = state.peek()
  return char === '*' || char === '+' || char === '?' || (char === '{' && readBraces(state) !== undefined)
}
