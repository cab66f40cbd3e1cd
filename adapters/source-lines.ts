import type { Batch } from '../plugin/adapter.ts'
import type { DeadRecord, LogRecord } from '../plugin/record.ts'
import type { Codec } from './codecs/codec.ts'

/** Lines that make one batch, and bytes of them. */
const MOST_LINES = 1000
const MOST_BYTES = 4 * 1024 * 1024

/** One line as it was read. */
export interface SourceLine {
  /** Its bytes without the newline; of a line that is too long, its head. */
  readonly text: string
  readonly id: string
  /** How many bytes more it had than are allowed; 0: it is whole. */
  readonly cutBytes: number
}

export interface BatchBuilderOptions {
  readonly source: string
  readonly codec: Codec
  readonly maxLineBytes: number
  /** Milliseconds since Epoch. */
  readonly now: () => number
}

/**
 * Makes a batch of lines. A line that is too long is a dead letter and not cut: half a record would match what the
 * whole does not.
 */
export class BatchBuilder {
  readonly #options: BatchBuilderOptions
  #records: LogRecord[] = []
  #dead: DeadRecord[] = []
  #lines = 0
  #bytes = 0

  constructor(options: BatchBuilderOptions) {
    this.#options = options
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

  add({ text, id, cutBytes }: SourceLine): void {
    const { source, codec, maxLineBytes, now } = this.#options
    this.#lines++
    this.#bytes += text.length
    if (cutBytes > 0) {
      const reason = `line of more than ${maxLineBytes} bytes; expected at most as many (maxLineBytes)`
      this.#dead.push({ id, source, reason, code: 'too-long', value: text })
      return
    }
    const context = { source, id, observedTimestamp: now(), tag: '' }
    codec(text, context, { records: this.#records, dead: this.#dead })
  }

  /** What was added since the last batch. */
  take(position: unknown, ack: () => void | Promise<void>): Batch {
    const batch = { records: this.#records, dead: this.#dead, position, ack }
    this.#records = []
    this.#dead = []
    this.#lines = 0
    this.#bytes = 0
    return batch
  }
}
