import type { Batch } from '../plugin/adapter.ts'
import type { Codec, CodecContext, Decoded } from './codecs/codec.ts'

/** Lines that make one batch, and bytes of them. */
const MOST_LINES = 1000
const MOST_BYTES = 4 * 1024 * 1024

const LINES_BETWEEN_LOOKS = 32

export interface BatchBuilderOptions {
  readonly source: string
  readonly codec: Codec
  readonly maxLineBytes: number
  /** Milliseconds since Epoch. */
  readonly now: () => number
}

/** What codecs hear of a line: one object for all of them, since codecs keep none of it. */
class LineContext implements CodecContext {
  readonly source: string
  readonly tag = ''
  idPrefix = ''
  idNumber = 0
  observedTimestamp = 0

  constructor(source: string) {
    this.source = source
  }

  get id(): string {
    return `${this.idPrefix}${this.idNumber}`
  }
}

/**
 * Makes a batch of lines. A line that is too long is a dead letter and not cut: half a record would match what the
 * whole does not.
 */
export class BatchBuilder {
  readonly #options: BatchBuilderOptions
  readonly #context: LineContext
  #decoded: Decoded = { records: [], dead: [] }
  #lines = 0
  #bytes = 0
  #now = 0

  constructor(options: BatchBuilderOptions) {
    this.#options = options
    this.#context = new LineContext(options.source)
  }

  get isEmpty(): boolean {
    return this.#lines === 0
  }

  get isFull(): boolean {
    return this.#lines >= MOST_LINES || this.#bytes >= MOST_BYTES
  }

  /** Lines added since the last batch. */
  get lines(): number {
    return this.#lines
  }

  /**
   * Adds a line, without its newline. Its id is `idPrefix` and `idNumber`. `cutBytes`: how many bytes more it had than are allowed; 0: it is whole. Else
   * `text` is its head.
   */
  add(text: string, idPrefix: string, idNumber: number, cutBytes: number): void {
    const { source, codec, maxLineBytes, now } = this.#options
    // Of lines that are read at once: a look at the clock for each would cost more than some lines do.
    if (this.#lines % LINES_BETWEEN_LOOKS === 0) this.#now = now()
    const context = this.#context
    context.idPrefix = idPrefix
    context.idNumber = idNumber
    context.observedTimestamp = this.#now
    this.#lines++
    this.#bytes += text.length
    if (cutBytes > 0) {
      const reason = `line of more than ${maxLineBytes} bytes; expected at most as many (maxLineBytes)`
      this.#decoded.dead.push({ id: context.id, source, reason, code: 'too-long', value: text })
      return
    }
    codec(text, context, this.#decoded)
  }

  /** What was added since the last batch. `ack` is the batch's. */
  take(position: unknown, ack: Batch['ack']): Batch {
    const { records, dead } = this.#decoded
    this.#decoded = { records: [], dead: [] }
    this.#lines = 0
    this.#bytes = 0
    return { records, dead, position, ack }
  }
}
