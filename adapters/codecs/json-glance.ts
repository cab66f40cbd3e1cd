import type { RecordValue } from '../../plugin/record.ts'
import type { Glance } from './codec.ts'
import { ALWAYS_PARSED } from './json-text.ts'

const QUOTE = 0x22
const COMMA = 0x2c
const MINUS = 0x2d
const DOT = 0x2e
const ZERO = 0x30
const NINE = 0x39
const COLON = 0x3a
const BRACKET = 0x5b
const BACKSLASH = 0x5c
const CLOSING_BRACKET = 0x5d
const BRACE = 0x7b
const CLOSING_BRACE = 0x7d

/** What is nested deeper is left to the parser. */
const DEEPEST = 20
/** Of an integer that a double holds, whatever its digits are. */
const MOST_DIGITS = 15

/** What may stand behind a backslash, but for `u`, which is left to the parser. */
const ESCAPED: ReadonlySet<number | undefined> = new Set(Buffer.from('"\\/bfnrt'))

const LITERALS: ReadonlyMap<number | undefined, Buffer> = new Map(
  ['true', 'false', 'null'].map(word => [word.charCodeAt(0), Buffer.from(word)])
)
const NULL = 'n'.charCodeAt(0)

export interface JsonGlanceOptions {
  /** Names of the body, as byte strings: it is the first that is there and whose value `bodyOf` takes. */
  readonly body: readonly string[]
  readonly bodyOf: (value: string, name: string) => RecordValue | undefined
  /** An object with one of these is left to the parser. */
  readonly leftToParser: readonly string[]
}

/**
 * Reads of a JSON object what every record is asked for, and makes nothing of the rest: that it is JSON, and its body.
 * What it accepts the parser would accept, with this body; what it does not accept is left to the parser, faulty or not.
 *
 * It looks at the bytes one by one. A string of all of them, and objects of that, take several times as long.
 */
export class JsonGlance {
  readonly #options: JsonGlanceOptions
  readonly #names: readonly Buffer[]
  readonly #leftToParser: readonly Buffer[]
  /** Bit n: one of the names has so many bytes, modulo 32. */
  readonly #lengths: number
  /** For each name of the body: where its value begins and ends; 0: it is not there. */
  readonly #starts: Int32Array
  readonly #ends: Int32Array
  #keyLengths = 0

  constructor(options: JsonGlanceOptions) {
    const { body, leftToParser } = options
    this.#options = options
    this.#names = body.map(name => Buffer.from(name, 'latin1'))
    this.#leftToParser = leftToParser.map(name => Buffer.from(name, 'latin1'))
    this.#lengths = [...this.#names, ...this.#leftToParser].reduce(
      (bits, { length }) => bits | (1 << length),
      0
    )
    this.#starts = new Int32Array(body.length)
    this.#ends = new Int32Array(body.length)
  }

  /** Of the bytes from `start` to before `end`. */
  readonly at = (bytes: Buffer, start: number, end: number): Glance | undefined => {
    // Of a longer text the parser counts the values first.
    if (end - start > ALWAYS_PARSED) return undefined
    this.#keyLengths = 0
    this.#starts.fill(0)
    if (!this.#readTopObject(bytes, start, end)) return undefined
    const body = this.#body(bytes)
    return body === undefined ? undefined : { body, keyLengths: this.#keyLengths }
  }

  // Other bytes may follow behind `end`. To read one of them does no harm: each step goes on, never back, and the last
  // one asks where it has come to.
  #readTopObject(bytes: Buffer, start: number, end: number): boolean {
    let at = skipSpace(bytes, start, end)
    if (bytes[at] !== BRACE) return false
    do {
      const key = skipSpace(bytes, at + 1, end)
      const keyEnd = this.#readKey(bytes, key, end)
      const value = skipColon(bytes, keyEnd, end)
      const valueEnd = value === -1 ? -1 : this.#readValue(bytes, value, end, DEEPEST)
      if (valueEnd === -1 || !this.#note(bytes, key + 1, keyEnd - 1, value, valueEnd)) return false
      at = skipSpace(bytes, valueEnd, end)
    } while (bytes[at] === COMMA)
    return bytes[at] === CLOSING_BRACE && skipSpace(bytes, at + 1, end) === end
  }

  /** Where it ends, or -1: so do all that read something. */
  #readValue(bytes: Buffer, at: number, end: number, depth: number): number {
    const byte = bytes[at]
    if (byte === QUOTE) return skipString(bytes, at, end)
    if (byte === BRACE) return this.#readObject(bytes, at, end, depth - 1)
    if (byte === BRACKET) return this.#readArray(bytes, at, end, depth - 1)
    if (byte === MINUS || isDigit(byte)) return skipNumber(bytes, at, end)
    return skipLiteral(bytes, at)
  }

  #readObject(bytes: Buffer, start: number, end: number, depth: number): number {
    if (depth === 0) return -1
    let at = skipSpace(bytes, start + 1, end)
    if (bytes[at] === CLOSING_BRACE) return at + 1
    for (;;) {
      const value = skipColon(bytes, this.#readKey(bytes, at, end), end)
      if (value === -1) return -1
      at = this.#readValue(bytes, value, end, depth)
      if (at === -1) return -1
      at = skipSpace(bytes, at, end)
      if (bytes[at] === CLOSING_BRACE) return at + 1
      if (bytes[at] !== COMMA) return -1
      at = skipSpace(bytes, at + 1, end)
    }
  }

  #readArray(bytes: Buffer, start: number, end: number, depth: number): number {
    if (depth === 0) return -1
    let at = skipSpace(bytes, start + 1, end)
    if (bytes[at] === CLOSING_BRACKET) return at + 1
    for (;;) {
      at = this.#readValue(bytes, at, end, depth)
      if (at === -1) return -1
      at = skipSpace(bytes, at, end)
      if (bytes[at] === CLOSING_BRACKET) return at + 1
      if (bytes[at] !== COMMA) return -1
      at = skipSpace(bytes, at + 1, end)
    }
  }

  #readKey(bytes: Buffer, start: number, end: number): number {
    if (bytes[start] !== QUOTE) return -1
    for (let at = start + 1; at < end; at++) {
      const byte = bytes[at] as number
      if (byte === QUOTE) {
        this.#keyLengths |= 1 << (at - start - 1)
        return at + 1
      }
      if (byte === BACKSLASH || byte < 0x20) return -1
    }
    return -1
  }

  /** Remembers the value of a field that may be the body. False: the object is for the parser. */
  #note(bytes: Buffer, key: number, keyEnd: number, value: number, valueEnd: number): boolean {
    if (((this.#lengths >>> (keyEnd - key)) & 1) === 0) return true
    if (indexOfName(bytes, key, keyEnd, this.#leftToParser) !== -1) return false
    // Of two of the same name the last one counts.
    const index = indexOfName(bytes, key, keyEnd, this.#names)
    if (index !== -1) {
      this.#starts[index] = value
      this.#ends[index] = valueEnd
    }
    return true
  }

  /** `undefined`: there is none, or it has structure. */
  #body(bytes: Buffer): string | undefined {
    for (let index = 0; index < this.#starts.length; index++) {
      const start = this.#starts[index] as number
      if (start === 0 || bytes[start] === NULL) continue
      if (bytes[start] !== QUOTE) return undefined
      const text = bytes.toString('latin1', start + 1, (this.#ends[index] as number) - 1)
      const value = text.includes('\\') ? (JSON.parse(`"${text}"`) as string) : text
      const body = this.#options.bodyOf(value, this.#options.body[index] as string)
      return typeof body === 'string' ? body : undefined
    }
    return undefined
  }
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= NINE
}

function skipSpace(bytes: Buffer, start: number, end: number): number {
  let at = start
  while (at < end && (bytes[at] === 0x20 || bytes[at] === 0x0a || bytes[at] === 0x0d || bytes[at] === 0x09))
    at++
  return at
}

/** Behind a key, whose end may be -1, to the value. */
function skipColon(bytes: Buffer, keyEnd: number, end: number): number {
  if (keyEnd === -1) return -1
  const at = skipSpace(bytes, keyEnd, end)
  return bytes[at] === COLON ? skipSpace(bytes, at + 1, end) : -1
}

function skipString(bytes: Buffer, start: number, end: number): number {
  for (let at = start + 1; at < end; at++) {
    const byte = bytes[at] as number
    if (byte === QUOTE) return at + 1
    if (byte < 0x20) return -1
    if (byte === BACKSLASH && !ESCAPED.has(bytes[++at])) return -1
  }
  return -1
}

/** One with an exponent is left to the parser. */
function skipNumber(bytes: Buffer, start: number, end: number): number {
  const first = bytes[start] === MINUS ? start + 1 : start
  let at = skipDigits(bytes, first, end)
  const digits = at - first
  if (digits === 0 || digits > MOST_DIGITS || (bytes[first] === ZERO && digits > 1)) return -1
  if (bytes[at] === DOT) {
    const fraction = at + 1
    at = skipDigits(bytes, fraction, end)
    if (at === fraction) return -1
  }
  return bytes[at] === 0x65 || bytes[at] === 0x45 ? -1 : at
}

function skipDigits(bytes: Buffer, start: number, end: number): number {
  let at = start
  while (at < end && isDigit(bytes[at])) at++
  return at
}

function skipLiteral(bytes: Buffer, start: number): number {
  const word = LITERALS.get(bytes[start])
  return word !== undefined && isName(bytes, start, start + word.length, word) ? start + word.length : -1
}

/** Without a closure: V8 would make room for what it holds at every field. */
function indexOfName(bytes: Buffer, start: number, end: number, names: readonly Buffer[]): number {
  for (let index = 0; index < names.length; index++) {
    if (isName(bytes, start, end, names[index] as Buffer)) return index
  }
  return -1
}

function isName(bytes: Buffer, start: number, end: number, name: Buffer): boolean {
  if (end - start !== name.length) return false
  for (let at = 0; at < name.length; at++) if (bytes[start + at] !== name[at]) return false
  return true
}
