import { AdapterError, type WallClock } from '../../plugin/adapter.ts'
import type { KafkaRecords, TopicPartition } from './client.ts'

/** Nothing of a changelog for so long: something is wrong that does not pass. */
const STALLED_MS = 30_000

export interface RestoreOptions {
  readonly partition: TopicPartition
  /** Where it begins and ends now. */
  readonly low: number
  readonly end: number
  readonly clock: WallClock
}

/**
 * Reads a task's state from its partition of the changelog, from its beginning to where its end was, of what comes
 * through the group's consumer: the last value of each key.
 */
export class Restore {
  readonly #options: RestoreOptions
  readonly #entries = new Map<string, string>()
  readonly #over = new AbortController()
  #nextOffset: number
  #failure: Error | undefined

  constructor(options: RestoreOptions) {
    this.#options = options
    this.#nextOffset = options.low
  }

  /** Offsets that are still to be read. */
  get left(): number {
    return Math.max(this.#options.end - this.#nextOffset, 0)
  }

  records(records: KafkaRecords, nextOffset: number): void {
    if (this.#over.signal.aborted) return
    for (const { key, value, offset } of records.slice(0, records.length)) {
      if (key === null || offset < this.#nextOffset) continue
      const name = key.toString('latin1')
      if (value === null) this.#entries.delete(name)
      else this.#entries.set(name, value.toString('latin1'))
    }
    this.passed(nextOffset)
  }

  /** Read on without a record. */
  passed(nextOffset: number): void {
    this.#nextOffset = Math.max(this.#nextOffset, nextOffset)
    if (this.left === 0) this.#over.abort()
  }

  /** Nobody wants it any more. */
  giveUp(error: Error): void {
    this.#failure = error
    this.#over.abort()
  }

  /** All that there is. @throws AdapterError when nothing has come for long, or what it was given up for */
  async entries(): Promise<ReadonlyMap<string, string>> {
    const { clock, partition } = this.#options
    const { signal } = this.#over
    if (this.left === 0) this.#over.abort()
    for (let seen = -1; !signal.aborted; ) {
      if (seen === this.#nextOffset) {
        const { topic } = partition
        throw new AdapterError(
          `nothing came of partition ${partition.partition} of the changelog "${topic}" for ${STALLED_MS / 1000} s, at offset ${this.#nextOffset} of ${this.#options.end}; expected its records up to there`,
          { code: 'RESTORE_STALLED', retryable: true }
        )
      }
      seen = this.#nextOffset
      await clock.delay(STALLED_MS, signal)
    }
    if (this.#failure !== undefined) throw this.#failure
    return this.#entries
  }
}
