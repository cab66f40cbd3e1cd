import type { Batch, LateBatch, Position } from '../adapter.ts'
import type { LogRecord } from '../record.ts'
import type { StageSource } from './options.ts'

/** One source as the stage takes from it: a batch is asked for when there is room, and fetched while others are run. */
export class Feed {
  readonly #options: StageSource
  readonly #onNews: () => void
  #batches: AsyncIterator<Batch | LateBatch> | undefined
  #state: 'idle' | 'asked' | 'ready' | 'ended' = 'idle'
  #batch: Batch | LateBatch | undefined
  #failure: { readonly error: unknown } | undefined
  /** Of a batch that is taken in part: where the rest begins. */
  #taken = 0

  constructor(options: StageSource, onNews: () => void) {
    this.#options = options
    this.#onNews = onNews
  }

  get name(): string {
    return this.#options.source.name
  }

  context(record: LogRecord): string | undefined {
    const { context } = this.#options
    return typeof context === 'function' ? context(record) : context
  }

  get live(): boolean {
    return this.#options.source.live
  }

  get awaitsAck(): boolean {
    return this.#options.source.awaitsAck
  }

  get hasEnded(): boolean {
    return this.#state === 'ended'
  }

  /** Asked, and nothing has come yet. */
  get isWaiting(): boolean {
    return this.#state === 'asked'
  }

  get isReady(): boolean {
    return this.#state === 'ready'
  }

  /** Why it has ended before its time. */
  get failure(): { readonly error: unknown } | undefined {
    return this.#failure
  }

  line(record: LogRecord): string {
    return this.#options.line(record)
  }

  start(position: Position, signal: AbortSignal, onTrouble: (problem: string | undefined) => void): void {
    this.#batches = this.#options.source.read({ position, signal, onTrouble })[Symbol.asyncIterator]()
  }

  /** Asks for the next batch unless one is there or under way. */
  ask(): void {
    if (this.#state !== 'idle') return
    this.#state = 'asked'
    void this.#fetch()
  }

  /** The batch that is there, all of it. `undefined`: it could not be made. */
  take(): Batch | undefined {
    const batch = this.#made()
    if (batch === undefined) return undefined
    this.#batch = undefined
    this.#state = 'idle'
    this.#taken = 0
    return batch
  }

  /** At most `count` of the records that are there; `batch` is given with the last of them. */
  takeSome(count: number): { records: readonly LogRecord[]; batch: Batch | undefined } {
    const { records } = this.#made() ?? { records: [] }
    const start = this.#taken
    this.#taken = Math.min(start + count, records.length)
    const some = records.slice(start, this.#taken)
    return { records: some, batch: this.#taken === records.length ? this.take() : undefined }
  }

  /** Of the batch that is there: how many records are not taken. */
  get recordsLeft(): number {
    return (this.#made()?.records.length ?? 0) - this.#taken
  }

  /** Whether a batch is taken in part. */
  get isPartlyTaken(): boolean {
    return this.#taken > 0
  }

  /** Asks no more: what the source still has it keeps. */
  abandon(): void {
    this.#state = 'ended'
    this.#batch = undefined
  }

  close(): Promise<void> {
    this.#state = 'ended'
    return this.#options.source.close()
  }

  /** The batch that is there; whoever takes it in parts gets the same one each time. */
  #made(): Batch | undefined {
    if (typeof this.#batch !== 'function') return this.#batch
    try {
      this.#batch = this.#batch()
      return this.#batch
    } catch (error) {
      this.#failure = { error }
      this.abandon()
      this.#onNews()
      return undefined
    }
  }

  async #fetch(): Promise<void> {
    let found: IteratorResult<Batch | LateBatch> | undefined
    try {
      found = await (this.#batches as AsyncIterator<Batch | LateBatch>).next()
    } catch (error) {
      this.#failure = { error }
    }
    // Abandoned meanwhile: it keeps what it has.
    if (this.#state === 'asked') {
      if (found === undefined || found.done === true) this.#state = 'ended'
      else {
        this.#batch = found.value
        this.#state = 'ready'
      }
    }
    this.#onNews()
  }
}
