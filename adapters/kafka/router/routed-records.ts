import type { KafkaRecord } from '../client.ts'
import { originOf } from './route-headers.ts'

/**
 * The last offset that was seen of each partition that records were routed from, by `TOPIC/PARTITION`; with the number of the
 * record where there were several at that offset. Plain data.
 */
export type RoutedOffsets = Readonly<Record<string, RoutedOffset>>

export type RoutedOffset = number | readonly [offset: number, ordinal: number]

/**
 * Of so many partitions offsets are kept, and be it that headers name more: a position must stay shorter than what a
 * broker takes as one record. Of one that is forgotten a repeated record would be seen twice.
 */
const MOST_ORIGINS = 2000

/**
 * Drops routed records that were seen before. A router sends what it has read of a partition in its order, so whatever comes
 * again is not behind the last one.
 */
export class RoutedRecords {
  readonly #offsets: Map<string, RoutedOffset>
  #dropped: number

  /** `dropped`: how many were before. */
  constructor(offsets: RoutedOffsets = {}, dropped = 0) {
    this.#offsets = new Map(Object.entries(offsets))
    this.#dropped = dropped
  }

  /** As they are kept with the position; `undefined`: no record was routed. */
  get offsets(): RoutedOffsets | undefined {
    return this.#offsets.size === 0 ? undefined : Object.fromEntries(this.#offsets)
  }

  /** How many were dropped. */
  get dropped(): number {
    return this.#dropped
  }

  /** Records without those that were seen; those that stay are counted as seen from now on. */
  unseen(records: readonly KafkaRecord[]): readonly KafkaRecord[] {
    const unseen = records.filter(record => this.#isNew(record))
    this.#dropped += records.length - unseen.length
    return unseen
  }

  #isNew({ headers }: KafkaRecord): boolean {
    const origin = originOf(headers)
    if (origin === undefined) return true
    const key = `${origin.topic}/${origin.partition}`
    const { offset, ordinal } = origin
    const last = this.#offsets.get(key)
    if (last !== undefined && !isBehind(offset, ordinal ?? 0, last)) return false
    this.#offsets.set(key, ordinal === undefined ? offset : [offset, ordinal])
    if (this.#offsets.size > MOST_ORIGINS) {
      const [oldest = key] = this.#offsets.keys()
      this.#offsets.delete(oldest)
    }
    return true
  }
}

function isBehind(offset: number, ordinal: number, last: RoutedOffset): boolean {
  const [lastOffset, lastOrdinal] = typeof last === 'number' ? [last, 0] : last
  return offset > lastOffset || (offset === lastOffset && ordinal > lastOrdinal)
}
