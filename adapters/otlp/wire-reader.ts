import protobuf from 'protobufjs/minimal.js'
import type { RecordValue } from '../../plugin/record.ts'

/** How a field's value is written. Source: Protocol Buffers, "Encoding". */
export const VARINT = 0
export const FIXED64 = 1
export const BYTES = 2
export const FIXED32 = 5

/** What stands before a field of that number and form. */
export const tagOf = (field: number, form: number): number => field * 8 + form

/** Messages in messages; who reads them calls itself. */
const DEEPEST = 100

/** In all. A message of two bytes makes an object of many times as much; those that say something have 16 bytes at least. */
const MOST_MESSAGES = 4 * 1024 * 1024

/** There is more in it than is read. */
export class TooMany extends Error {}

/**
 * Reads protobuf into what records are made of: text stays bytes (latin1), integers beyond 2^53 become strings of their
 * digits. A message is read as
 *
 *     const outer = wire.enter()
 *     while (wire.hasMore) switch (wire.tag()) { case …: …; default: wire.skip() }
 *     wire.leave(outer)
 *
 * A field of another form than it should have matches no case: it is unknown, and what is unknown is passed over.
 * Everything throws `Error` where the bytes are no protobuf, and `TooMany` where they would take too much memory.
 */
export class WireReader {
  readonly #bytes: Buffer
  readonly #reader: protobuf.Reader
  #tag = 0
  #depth = 0
  #messages = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
    this.#reader = protobuf.Reader.create(bytes)
  }

  /** Where it stands in the bytes. */
  get position(): number {
    return this.#reader.pos
  }

  get hasMore(): boolean {
    return this.#reader.pos < this.#reader.len
  }

  tag(): number {
    this.#tag = this.#reader.tag()
    if (this.#tag < 8) throw new Error('field number 0')
    return this.#tag
  }

  /** Passes over the value of the last tag. */
  skip(): void {
    this.#reader.skipType(this.#tag % 8, 0, this.#tag >>> 3)
    if (this.#reader.pos > this.#reader.len) throw new RangeError('a field ends behind its message')
  }

  /** Goes into the message that is the value. Returns the end of the one that it is in, for `leave`. */
  enter(): number {
    if (++this.#depth > DEEPEST) throw new Error(`messages nested more than ${DEEPEST} deep`)
    const end = this.#endOfMessage()
    const outer = this.#reader.len
    this.#reader.len = end
    return outer
  }

  leave(outer: number): void {
    this.#depth--
    this.#reader.len = outer
  }

  get end(): number {
    return this.#reader.len
  }

  get depth(): number {
    return this.#depth
  }

  /** How deep it is in messages, after something in them could not be read. */
  returnTo(depth: number): void {
    this.#depth = depth
  }

  /** Passes over a message, to be read later. */
  span(): Span {
    const end = this.#endOfMessage()
    const start = this.#reader.pos
    this.#reader.pos = end
    return { start, end }
  }

  /** Reads on there, and no further. */
  goTo({ start, end }: Span): void {
    this.#reader.pos = start
    this.#reader.len = end
  }

  text(): string {
    const end = this.#endOfBytes()
    const start = this.#reader.pos
    this.#reader.pos = end
    return this.#bytes.toString('latin1', start, end)
  }

  hex(): string {
    const end = this.#endOfBytes()
    const start = this.#reader.pos
    this.#reader.pos = end
    return this.#bytes.toString('hex', start, end)
  }

  boolean(): boolean {
    return this.#reader.bool()
  }

  uint32(): number {
    return this.#reader.uint32()
  }

  fixed32(): number {
    return this.#reader.fixed32()
  }

  double(): number {
    return this.#reader.double()
  }

  int64(): RecordValue {
    const start = this.#reader.pos
    const low = this.#reader.uint32()
    // Of four bytes and less nothing is cut off, which is nearly all there are.
    if (this.#reader.pos - start < 5) return low
    this.#reader.pos = start
    const { low: lower, high } = this.#reader.int64()
    const number = high * 2 ** 32 + (lower >>> 0)
    return Number.isSafeInteger(number) ? number : String(BigInt(high) * 2n ** 32n + BigInt(lower >>> 0))
  }

  /** Milliseconds, with a fraction, of a time in nanoseconds (fixed64); 0 says that it is unknown. */
  milliseconds(): number | undefined {
    const low = this.#reader.fixed32()
    const high = this.#reader.fixed32()
    // 2^32 is 4,294 million and 967,296: so all is exact but the fraction.
    const rest = high * 967_296 + low
    const whole = Math.floor(rest / 1_000_000)
    return high * 4294 + whole + (rest - whole * 1_000_000) / 1_000_000 || undefined
  }

  #endOfMessage(): number {
    if (++this.#messages > MOST_MESSAGES) {
      throw new TooMany(`more than ${MOST_MESSAGES} messages of protobuf in it`)
    }
    return this.#endOfBytes()
  }

  #endOfBytes(): number {
    const size = this.#reader.size()
    const end = this.#reader.pos + size
    if (end > this.#reader.len) {
      throw new RangeError(`${size} bytes announced, ${this.#reader.len - this.#reader.pos} there`)
    }
    return end
  }
}

export interface Span {
  readonly start: number
  readonly end: number
}
