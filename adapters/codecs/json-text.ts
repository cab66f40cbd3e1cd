import type { RecordMap, RecordValue } from '../../plugin/record.ts'
import { encodeUtf8 } from '../../plugin/utf8.ts'

/** What a JSON text holds, or why it can't be read: a code for counters and words for people. */
export type JsonResult =
  | { readonly value: RecordValue }
  | { readonly code: 'json-syntax' | 'json-depth' | 'json-size'; readonly reason: string }

/**
 * Parses a JSON text given as bytes (latin1). The strings of the result are byte strings, whatever the text escapes:
 * UTF-8 in the text stays as it is, and `\u00e9` becomes the two bytes of `é`. Integers beyond 2^53, which a number
 * can't hold, become strings of their digits, and so do numbers beyond what a double holds. Never throws.
 */
export function parseJsonText(bytes: string): JsonResult {
  if (bytes.length > ALWAYS_PARSED && hasTooManyValues(bytes)) {
    return { code: 'json-size', reason: `JSON with more than ${MOST_VALUES} values` }
  }
  try {
    const text = bytes.includes('\\u') ? bytes.replace(ESCAPE, unescape) : bytes
    const value = parse(text)
    const finding = findingIn(value, DEEPEST)
    if (finding === 'big number') return { value: parse(text.replace(STRING_OR_NUMBER, quoteBigNumber)) }
    return finding === 'too deep'
      ? { code: 'json-depth', reason: `JSON nested more than ${DEEPEST} deep` }
      : { value }
  } catch (error) {
    return { code: 'json-syntax', reason: `not JSON: ${(error as Error).message}` }
  }
}

/** Of a shorter text so many values can't come that memory runs short. */
export const ALWAYS_PARSED = 8 * 1024 * 1024

/** An empty object of three bytes takes many times as much; what says something has eight bytes a value at least. */
const MOST_VALUES = 8 * 1024 * 1024

/** Each value but the first of a list or an object has a comma before it, and the first a bracket. */
function hasTooManyValues(text: string): boolean {
  let values = 0
  let isInside = false
  for (let position = 0; position < text.length; position++) {
    const code = text.charCodeAt(position)
    if (isInside) {
      if (code === BACKSLASH) position++
      else if (code === QUOTE) isInside = false
    } else if (code === QUOTE) isInside = true
    else if (code === COMMA || code === BRACKET || code === BRACE) values++
  }
  return values > MOST_VALUES
}

const QUOTE = 0x22
const COMMA = 0x2c
const BRACKET = 0x5b
const BACKSLASH = 0x5c
const BRACE = 0x7b

function parse(text: string): RecordValue {
  return JSON.parse(text) as RecordValue
}

/** Every escape, so that the second backslash of `\\u` is not taken for the beginning of one. */
const ESCAPE = /\\(?:u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|[^])/g

function unescape(
  whole: string,
  high: string | undefined,
  low: string | undefined,
  single: string | undefined
): string {
  if (high !== undefined && low !== undefined) {
    return encodeUtf8(String.fromCharCode(Number.parseInt(high, 16), Number.parseInt(low, 16)))
  }
  const code = single === undefined ? 0 : Number.parseInt(single, 16)
  return code < 0x80 ? whole : encodeUtf8(String.fromCharCode(code))
}

const STRING_OR_NUMBER = /"[^"\\]*(?:\\[^][^"\\]*)*"|-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/g

function quoteBigNumber(token: string): string {
  if (token.startsWith('"')) return token
  const value = Number(token)
  const isExact = /^-?[0-9]+$/.test(token) ? Number.isSafeInteger(value) : Number.isFinite(value)
  return isExact ? token : `"${token}"`
}

// What reads records walks them recursively.
const DEEPEST = 100

/** Whether a value is nested too deep, or else holds a number that may not be the one that was written. */
function findingIn(value: RecordValue, depth: number): 'too deep' | 'big number' | undefined {
  if (typeof value === 'number') {
    const isExact = Number.isInteger(value) ? Number.isSafeInteger(value) : Number.isFinite(value)
    return isExact ? undefined : 'big number'
  }
  if (typeof value !== 'object' || value === null) return undefined
  if (depth === 0) return 'too deep'
  let found: 'big number' | undefined
  if (Array.isArray(value)) {
    for (const item of value as readonly RecordValue[]) {
      const finding = findingIn(item, depth - 1)
      if (finding === 'too deep') return finding
      found ??= finding
    }
    return found
  }
  const map = value as RecordMap
  // This allocates nothing, and every value of every record comes by here.
  for (const name in map) {
    const finding = findingIn(map[name] as RecordValue, depth - 1)
    if (finding === 'too deep') return finding
    found ??= finding
  }
  return found
}
