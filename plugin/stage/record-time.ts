import type { Batch } from '../adapter.ts'
import { formatRfc3339 } from '../time/format.ts'
import { IdleClock } from '../time/idle-clock.ts'
import { RecordClock, timeOf } from '../time/record-clock.ts'
import { count } from './counters.ts'
import type { Feed } from './feed.ts'
import { HeldRecords } from './held-records.ts'
import { type MergeState, RecordMerge, type TakenRecord } from './merge.ts'
import type { RecordTimeSettings } from './options.ts'
import type { StageTime, StageTimeOptions, StepOutcome } from './stage-time.ts'

/** Records of one step. */
const STEP_RECORDS = 1000

/** A source that has so many records held back is not read, nor one of which they take so much memory. */
const MOST_HELD = 10_000
const MOST_HELD_BYTES = 64 * 1024 * 1024

/** In whose name the clock goes on where nothing comes. */
const SILENCE = '(silence)'

/** A batch whose last record is not taken yet. */
interface WaitingBatch {
  readonly batch: Batch
  /** Records of its source offered with it and before. */
  readonly upTo: number
}

/**
 * Time as the records have it: the clock goes with them, and every second between has its timers. Records of several
 * sources are brought into one order, for which some are held back.
 */
export class RecordTime implements StageTime {
  readonly #options: StageTimeOptions
  readonly #settings: RecordTimeSettings
  readonly #feeds: ReadonlyMap<string, Feed>
  readonly #merge: RecordMerge
  readonly #held: HeldRecords
  readonly #clock: RecordClock
  readonly #idle: IdleClock | undefined
  readonly #waiting = new Map<string, WaitingBatch[]>()
  /** The second where the clock stands; `undefined` before the first record. */
  #seconds: number | undefined
  readonly #offered = new Map<string, number>()
  #isShutDown = false
  /** Sources that have brought the clock's second already. */
  readonly #heardNow = new Set<string>()
  readonly #ended = new Set<string>()

  constructor(options: StageTimeOptions, settings: RecordTimeSettings, entries: ReadonlyMap<string, string>) {
    const { feeds, clock, parts } = options
    const { maxAheadMs, mergeWaitMs, idleAfterMs } = settings
    this.#options = options
    this.#settings = settings
    this.#feeds = new Map(feeds.map(feed => [feed.name, feed]))
    const names = feeds.map(({ name }) => name)
    this.#held = new HeldRecords(names)
    const state: MergeState = this.#held.restore(entries, (source, records) => {
      options.log.log(2, 'records were held back of a source that is there no more: no rule sees them', {
        source,
        records
      })
      count(options.counters.dropped, 'source-gone', records)
    })
    this.#merge = new RecordMerge(
      {
        sources: feeds,
        waitMs: mergeWaitMs,
        mostHeld: MOST_HELD,
        mostHeldBytes: MOST_HELD_BYTES,
        maxAheadMs,
        state
      },
      clock.monotonic()
    )
    for (const name of names) this.#offered.set(name, state.get(name)?.records.length ?? 0)
    this.#clock = new RecordClock({ maxAheadMs })
    options.counters.times = this.#clock.counts
    // A clock that no record has set yet stands at 0.
    this.#seconds = parts.isRestored ? parts.runner.seconds || undefined : undefined
    if (idleAfterMs !== undefined) {
      this.#idle = new IdleClock({ idleAfterMs })
      if (this.#seconds !== undefined) this.#idle.heard(clock.monotonic(), this.#seconds)
    }
    if (options.isKept) parts.settlement.keepMore(() => this.#held.changes(this.#merge))
  }

  /** A first checkpoint: whoever finds it later knows that alerts of this life may be in the sinks already. */
  async begin(): Promise<boolean> {
    const { parts, isKept } = this.#options
    if (isKept && !parts.isRestored) await parts.settlement.settle()
    return true
  }

  async step(): Promise<StepOutcome> {
    const { bounds, intake, takeChildEvents, parts, stopping } = this.#options
    const mayAsk = bounds.hasRoomForAlerts && bounds.hasRoomForRecords
    bounds.look(mayAsk)
    if (!bounds.hasRoomForAlerts) return 'none'
    const children = takeChildEvents()
    if (children !== undefined) {
      await parts.runner.children(children)
      return 'busy'
    }
    if ((await this.#runRecords()) > 0) return 'busy'
    const feed = mayAsk ? intake.next(({ name }) => this.#merge.wants(name)) : undefined
    if (feed !== undefined) {
      this.#offer(feed)
      // At once: a checkpoint between the two would hold all of them.
      await this.#runRecords()
      return 'busy'
    }
    // On a stop the rest is not the end of anything.
    if (!stopping.aborted && this.#endLanes()) return 'busy'
    return this.#goOnIdle()
  }

  async end(): Promise<StepOutcome> {
    const { stopping, isKept, settings, parts } = this.#options
    const isStopped = stopping.aborted
    // With a checkpoint the records held back are in it, and their order is for the next life to find.
    if (!isStopped || !isKept) {
      this.#endLanes()
      if ((await this.#runRecords()) > 0) return 'busy'
    }
    if (this.#isShutDown) return 'none'
    this.#isShutDown = true
    if (!isStopped && this.#settings.atEnd === 'fire') parts.runner.openTimers()
    if (settings.internalEvents && !isKept) await parts.runner.internalEvent('SEC_SHUTDOWN', undefined)
    return 'busy'
  }

  untilDue(): number {
    const { clock } = this.#options
    const now = clock.monotonic()
    const due = Math.min(this.#merge.nextWallMs ?? Infinity, this.#idle?.nextWallMs(now) ?? Infinity)
    return Math.max(due - now, 0)
  }

  #offer(feed: Feed): void {
    const { intake, clock, isKept } = this.#options
    const batch = intake.take(feed)
    if (batch === undefined) return
    const { name } = feed
    const records = intake.matched(feed, batch.records)
    this.#merge.offer(name, records, clock.monotonic())
    this.#held.offered(name, records)
    const upTo = (this.#offered.get(name) ?? 0) + records.length
    this.#offered.set(name, upTo)
    if (isKept) {
      intake.processed(feed, batch)
      return
    }
    const waiting = this.#waiting.get(name) ?? []
    waiting.push({ batch, upTo })
    this.#waiting.set(name, waiting)
    this.#release()
  }

  /** Runs records whose turn it is. How many. */
  async #runRecords(): Promise<number> {
    const { clock, parts } = this.#options
    let count = 0
    for (; count < STEP_RECORDS; count++) {
      const wallMs = clock.monotonic()
      const taken = this.#merge.take(wallMs)
      if (taken === undefined) break
      const { source, record } = taken
      const feed = this.#feeds.get(source) as Feed
      const late = this.#clock.counts.late
      const seconds = this.#clock.see(record, this.#seconds, clock.now())
      if (this.#clock.counts.late > late) this.#reportLate(taken, seconds)
      const isElsewhere = seconds !== this.#seconds
      this.#seconds = seconds
      this.#idle?.heard(wallMs, seconds)
      if (isElsewhere || !this.#heardNow.has(feed.name)) {
        if (isElsewhere) this.#heardNow.clear()
        this.#heardNow.add(feed.name)
        await parts.runner.advance(feed.name, seconds)
      }
      const rest = parts.runner.record(record, feed)
      if (rest !== undefined) await rest
    }
    if (count > 0) this.#release()
    return count
  }

  /**
   * One that is a little late is nothing to speak of. One that is late by more than a clock may be wrong says that
   * something has carried the clock away: a record without a time, say, which is seen when it was read.
   */
  #reportLate({ source, record }: TakenRecord, seconds: number): void {
    const { maxAheadMs } = this.#settings
    const lateMs = seconds * 1000 - (timeOf(record, maxAheadMs).ms ?? Infinity)
    if (lateMs <= maxAheadMs) return
    const fields = {
      source,
      record: record.id,
      lateSeconds: Math.round(lateMs / 1000),
      clock: formatRfc3339(seconds * 1000)
    }
    this.#options.parts.limitedLog.log(
      3,
      'records are late by far: they are seen where the clock stands',
      source,
      fields
    )
  }

  /** What was run to its last record may be settled. */
  #release(): void {
    for (const feed of this.#options.feeds) {
      const taken = this.#held.taken(feed.name, this.#merge)
      const batches = this.#waiting.get(feed.name) ?? []
      while (batches[0] !== undefined && batches[0].upTo <= taken) {
        this.#options.intake.processed(feed, (batches.shift() as WaitingBatch).batch)
      }
    }
  }

  /** Nobody waits for sources that have nothing more. True if that is news. */
  #endLanes(): boolean {
    let isNews = false
    for (const { name, hasEnded } of this.#options.feeds) {
      if (!hasEnded || this.#ended.has(name)) continue
      this.#ended.add(name)
      this.#merge.end(name)
      isNews = true
    }
    return isNews
  }

  /** Where nothing comes, the clock may go on by itself. */
  async #goOnIdle(): Promise<StepOutcome> {
    const { clock, parts, counters } = this.#options
    const seconds = this.#idle?.secondAt(clock.monotonic())
    if (seconds === undefined || this.#seconds === undefined || seconds <= this.#seconds) return 'none'
    const before = counters.alerts
    this.#seconds = seconds
    this.#heardNow.clear()
    await parts.runner.advance(SILENCE, seconds)
    await parts.runner.pass()
    return counters.alerts > before ? 'busy' : 'quiet'
  }
}
