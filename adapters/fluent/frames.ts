import { ForwardError } from './forward-error.ts'
import { JsonScan } from './json-scan.ts'
import { MsgpackScan } from './msgpack-scan.ts'

/** One message of a connection, as it came: an object of MessagePack, or a JSON text. */
export interface Frame {
  readonly bytes: Buffer
  readonly isJson: boolean
}

/**
 * Cuts what comes of a connection, in pieces of any size, into messages. Its first byte says what it speaks: `{` and `[`
 * begin JSON, everything else is MessagePack, where these would be numbers. Source: Fluentd, `in_forward`.
 */
export class Frames {
  readonly #maxBytes: number
  #bytes: Buffer = Buffer.alloc(0)
  #start = 0
  #end = 0
  /** `#bytes` is ours, with room behind `#end`. What was given out of it is never written to again. */
  #hasRoom = false
  #isJson: boolean | undefined
  #scan: MsgpackScan | JsonScan | undefined

  /** @param maxBytes - of one message */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Bytes of a message that is not whole yet. */
  get buffered(): number {
    return this.#end - this.#start
  }

  /** `piece` is kept: nobody may write to it again. */
  push(piece: Buffer): void {
    if (this.#start === this.#end) {
      this.#bytes = piece
      this.#start = 0
      this.#end = piece.length
      this.#hasRoom = false
      return
    }
    if (!this.#hasRoom || this.#end + piece.length > this.#bytes.length) this.#grow(piece.length)
    piece.copy(this.#bytes, this.#end)
    this.#end += piece.length
  }

  /** The next message that is whole. @throws ForwardError of what is no message, or a longer one than is allowed */
  next(): Frame | undefined {
    if (this.#isJson === true) this.#skipSpace()
    if (this.#start === this.#end) return undefined
    this.#isJson ??= isJsonStart(this.#bytes[this.#start])
    this.#scan ??= this.#isJson ? new JsonScan(this.#start) : new MsgpackScan(this.#start)
    const scan = this.#scan
    const isWhole = scan.run(this.#bytes, this.#end)
    const length = scan.position + scan.missing - this.#start
    if (length > this.#maxBytes) {
      const message = `message of ${length} bytes or more; expected at most ${this.#maxBytes} (maxMessageBytes)`
      throw new ForwardError('too-long', message)
    }
    if (!isWhole) return undefined
    const bytes = this.#bytes.subarray(this.#start, scan.position)
    this.#start = scan.position
    this.#scan = undefined
    return { bytes, isJson: this.#isJson }
  }

  #grow(more: number): void {
    const grown = Buffer.allocUnsafe(Math.max(2 * (this.buffered + more), 4096))
    this.#bytes.copy(grown, 0, this.#start, this.#end)
    if (this.#scan !== undefined) this.#scan.position -= this.#start
    this.#end -= this.#start
    this.#start = 0
    this.#bytes = grown
    this.#hasRoom = true
  }

  #skipSpace(): void {
    while (this.#start < this.#end && SPACE.has(this.#bytes[this.#start])) this.#start++
  }
}

const SPACE: ReadonlySet<number | undefined> = new Set([0x09, 0x0a, 0x0d, 0x20])

function isJsonStart(byte: number | undefined): boolean {
  return byte === 0x5b || byte === 0x7b
}
