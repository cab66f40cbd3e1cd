import type { Batch } from '../adapter.ts'
import type { LogRecord } from '../record.ts'
import { type CounterRecord, count } from './counters.ts'
import type { Feed } from './feed.ts'
import { isOwnAlert } from './loop-protection.ts'
import type { StageParts } from './stage-parts.ts'

export interface IntakeOptions {
  readonly feeds: readonly Feed[]
  readonly parts: Pick<StageParts, 'delivery' | 'settlement' | 'fingerprints'>
  readonly counters: CounterRecord
  readonly application: string
  readonly matchOwnAlerts: boolean
  /** Milliseconds since Epoch. */
  readonly now: () => number
  /** A source has ended before its time. */
  readonly sourceFailed: (source: string, error: unknown) => void
}

/** Takes batches from the sources in turn, and hands them on to be settled. */
export class Intake {
  readonly #options: IntakeOptions
  /** Which feed is looked at first. */
  #turn = 0

  constructor(options: IntakeOptions) {
    this.#options = options
  }

  /** The next source, in turn, that has a batch; all that are wanted are asked for theirs. */
  next(isWanted: (feed: Feed) => boolean = () => true): Feed | undefined {
    const { feeds } = this.#options
    let found: number | undefined
    for (let looked = 0; looked < feeds.length; looked++) {
      const index = (this.#turn + looked) % feeds.length
      const feed = feeds[index] as Feed
      this.hearFailure(feed)
      if (!isWanted(feed)) continue
      feed.ask()
      if (feed.isReady) found ??= index
    }
    if (found === undefined) return undefined
    this.#turn = (found + 1) % feeds.length
    return feeds[found]
  }

  hearFailure(feed: Feed): void {
    if (feed.failure !== undefined) this.#options.sourceFailed(feed.name, feed.failure.error)
  }

  /**
   * The batch of a source that is ready; its next one may come while this one is run. `undefined`: its sender has sent
   * it before, so it is only acknowledged; or it could not be made.
   */
  take(feed: Feed): Batch | undefined {
    const { parts, counters } = this.#options
    const batch = feed.take()
    if (batch === undefined) return undefined
    feed.ask()
    const { fingerprint, records } = batch
    if (fingerprint === undefined || !parts.fingerprints.has(fingerprint)) return batch
    count(counters.dropped, 'duplicate-request', records.length)
    parts.settlement.add(feed.name, batch)
    return undefined
  }

  /** Those of a source's records that rules are to see. */
  matched(feed: Feed, records: readonly LogRecord[]): readonly LogRecord[] {
    const { counters, application, matchOwnAlerts } = this.#options
    count(counters.records, feed.name, records.length)
    if (matchOwnAlerts || !records.some(record => isOwnAlert(record, application))) return records
    const matched = records.filter(record => !isOwnAlert(record, application))
    count(counters.dropped, 'own-alert', records.length - matched.length)
    return matched
  }

  /** A batch was run, or is in the records held back: it may be settled. */
  processed(feed: Feed, batch: Batch): void {
    const { parts, counters, now } = this.#options
    count(counters.batches, feed.name)
    for (const [reason, records] of Object.entries(batch.dropped ?? {})) {
      count(counters.dropped, reason, records)
    }
    for (const record of batch.dead) {
      count(counters.dropped, record.code)
      parts.delivery.addLetter({ type: 'record', record, time: now() })
    }
    if (batch.fingerprint !== undefined) parts.fingerprints.add(batch.fingerprint, Math.floor(now() / 1000))
    parts.settlement.add(feed.name, batch)
  }
}
