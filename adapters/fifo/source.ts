import {
  AdapterError,
  type Batch,
  type Source,
  type SourceStart,
  type WallClock
} from '../../plugin/adapter.ts'
import type { Codec } from '../codecs/codec.ts'
import type { ByteReader } from '../sec-inputs/byte-reader.ts'
import { openInput } from '../sec-inputs/open-input.ts'
import { StreamLines } from '../stream-lines.ts'

/** A FIFO that is not there is looked for so often. */
const FAULT_PAUSE_MS = 1000

export interface FifoSourceOptions {
  readonly name: string
  /** A byte string. */
  readonly path: string
  readonly codec: Codec
  /** Waits for another writer when the last one has gone; else it ends then. */
  readonly follow: boolean
  readonly maxLineBytes: number
  readonly clock: WallClock
}

/**
 * Reads a FIFO. What was read of it comes only once, so what is not settled when the process dies is lost; when the
 * stage stops, it is read until it is empty.
 */
export class FifoSource implements Source {
  readonly name: string
  readonly live = true
  readonly awaitsAck = false
  readonly #options: FifoSourceOptions
  #reader: ByteReader | undefined
  #isClosed = false

  constructor(options: FifoSourceOptions) {
    this.#options = options
    this.name = options.name
  }

  async *read({ signal, onTrouble }: SourceStart): AsyncGenerator<Batch> {
    const { name, codec, maxLineBytes, clock, follow } = this.#options
    const lines = new StreamLines({ source: name, codec, maxLineBytes, clock, idPrefix: `fifo:${name}` })
    let trouble: string | undefined
    while (!this.#isClosed) {
      const found = trouble
      trouble = this.#open()
      if (trouble !== found) onTrouble(trouble)
      if (trouble !== undefined) {
        if (signal.aborted) return
        await clock.delay(FAULT_PAUSE_MS, signal)
        continue
      }
      const reader = this.#reader as ByteReader
      yield* lines.read(reader, signal, 0, () => {})
      // Opened before the old descriptor is closed, so that what a writer puts in meanwhile is kept.
      this.#reader = undefined
      if (!follow || signal.aborted) {
        reader.close()
        return
      }
      trouble = this.#open()
      reader.close()
    }
  }

  close(): Promise<void> {
    this.#isClosed = true
    this.#reader?.close()
    this.#reader = undefined
    return Promise.resolve()
  }

  /** What keeps it from opening. @throws AdapterError */
  #open(): string | undefined {
    if (this.#reader !== undefined) return undefined
    const { path } = this.#options
    const opened = openInput(path, { atEnd: false, rwFifo: false })
    if ('problem' in opened) {
      if (opened.problem === 'missing') return `input FIFO ${path} does not exist`
      if (opened.problem === 'refused') return `can't open input FIFO ${path} (${opened.text})`
    } else if (opened.reader.kind === 'pipe') {
      this.#reader = opened.reader
      return undefined
    } else opened.reader.close()
    throw new AdapterError(`input ${path} is no FIFO`, { code: 'INPUT_TYPE', retryable: false })
  }
}
