import { createHash } from 'node:crypto'
import type { Batch, Position, WallClock } from '../plugin/adapter.ts'
import type { Codec } from './codecs/codec.ts'
import { LineBuffer } from './line-buffer.ts'
import { type ByteReader, ENDED, NOTHING } from './sec-inputs/byte-reader.ts'
import { BatchBuilder } from './source-lines.ts'

/** The first pause and the longest, when there was nothing to read. */
const PAUSE_MS = { least: 1, most: 50 }

export interface StreamLinesOptions {
  readonly source: string
  readonly codec: Codec
  readonly maxLineBytes: number
  readonly clock: WallClock
  /** Begins the ids of its records, which come only once: `fifo:NAME`. */
  readonly idPrefix: string
  /**
   * Whoever sends it keeps what is not acknowledged and sends it again, to the next process too: batches have positions, behind
   * which lines that come again get the same ids.
   */
  readonly comesAgain?: boolean
}

/** How far a stream was taken in, over all processes that it was given to. */
interface StreamPosition {
  readonly bytes: number
}

/**
 * Lines of what can be read only once: FIFOs, standard input. There are no positions. What `read` of the reader has
 * given is given on, also when it is to end: there is no second time.
 */
export class StreamLines {
  readonly #options: StreamLinesOptions
  readonly #batch: BatchBuilder
  readonly #idPrefix: string
  #lines: LineBuffer
  #before = 0
  #cutBytes = 0
  #news: (() => void) | undefined

  constructor(options: StreamLinesOptions) {
    const { source, codec, maxLineBytes, clock, idPrefix } = options
    this.#options = options
    this.#batch = new BatchBuilder({ source, codec, maxLineBytes, now: () => clock.now() })
    // Another process's bytes of the same count are other records, if they do not come again.
    this.#idPrefix = options.comesAgain ? `${idPrefix}:` : `${idPrefix}:${Math.floor(clock.now())}:`
    this.#lines = this.#newLines()
  }

  /** Something came: it need not be waited for. */
  wake(): void {
    this.#news?.()
  }

  /** Goes on behind what an earlier process has settled. Before `read`. */
  goOn(position: Position): void {
    if (!this.#options.comesAgain || !isPosition(position)) return
    this.#before = position.bytes
  }

  /**
   * The batches until the reader ends, or until nothing came for `quietMs` after the abort. `ack` is called with the
   * number of lines.
   *
   * @throws what the reader throws
   */
  async *read(
    reader: ByteReader,
    signal: AbortSignal,
    quietMs: number,
    ack: (lines: number) => void | Promise<void>
  ): AsyncGenerator<Batch> {
    const { clock } = this.#options
    let pauseMs = PAUSE_MS.least
    let quietSince: number | undefined
    for (;;) {
      const state = this.#gather(reader)
      if (!this.#batch.isEmpty) {
        pauseMs = PAUSE_MS.least
        quietSince = undefined
        const { lines } = this.#batch
        yield this.#batch.take(this.#position, () => ack(lines))
      }
      if (state === 'ended') return
      if (state === 'more') continue
      if (signal.aborted) {
        quietSince ??= clock.monotonic()
        if (clock.monotonic() - quietSince >= quietMs) return
      }
      await this.#wait(pauseMs, signal)
      pauseMs = Math.min(2 * pauseMs, PAUSE_MS.most)
    }
  }

  #gather(reader: ByteReader): 'more' | 'nothing' | 'ended' {
    for (;;) {
      for (let text = this.#next(); text !== undefined; text = this.#next()) {
        this.#add(text)
        if (this.#batch.isFull) return 'more'
      }
      const count = reader.read(this.#lines.room())
      if (count === ENDED) {
        const rest = this.#lines.rest()
        if (rest !== undefined) this.#add(rest)
        this.#before += this.#lines.taken
        this.#lines = this.#newLines()
        return 'ended'
      }
      if (count === NOTHING) return 'nothing'
      this.#lines.filled(count)
    }
  }

  #next(): string | undefined {
    this.#cutBytes = 0
    return this.#lines.next()
  }

  #add(text: string): void {
    const cutBytes = this.#lines.isInLongLine ? 1 : this.#cutBytes
    // Should something else come in the place of a line, then it is another record.
    const prefix = this.#options.comesAgain ? `${this.#idPrefix}${hashOf(text)}:` : this.#idPrefix
    this.#batch.add(text, prefix, this.#before + this.#lines.taken, cutBytes)
  }

  get #position(): StreamPosition | undefined {
    if (!this.#options.comesAgain) return undefined
    return { bytes: this.#before + this.#lines.taken }
  }

  /** An abort ends one wait only: afterwards time goes on as before. */
  async #wait(pauseMs: number, signal: AbortSignal): Promise<void> {
    const wake = new AbortController()
    const end = (): void => wake.abort()
    this.#news = end
    if (!signal.aborted) signal.addEventListener('abort', end)
    await this.#options.clock.delay(pauseMs, wake.signal)
    signal.removeEventListener('abort', end)
    this.#news = undefined
  }

  #newLines(): LineBuffer {
    return new LineBuffer({
      maxLineBytes: this.#options.maxLineBytes,
      onCut: (bytes, first) => {
        if (first) this.#cutBytes = bytes
      }
    })
  }
}

function isPosition(position: Position): position is StreamPosition {
  if (typeof position !== 'object' || position === null) return false
  return Number.isSafeInteger((position as Partial<Record<keyof StreamPosition, unknown>>).bytes)
}

function hashOf(text: string): string {
  return createHash('sha256').update(text, 'latin1').digest('hex').slice(0, 16)
}
