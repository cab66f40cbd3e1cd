import type { Batch } from '../adapter.ts'
import type { LogRecord } from '../record.ts'
import type { ArrivalNote } from './arrival-notes.ts'
import { type CounterRecord, count } from './counters.ts'
import type { Feed } from './feed.ts'
import type { HealthRecord } from './health.ts'
import { isOwnAlert } from './loop-protection.ts'
import type { StageOptions } from './options.ts'
import type { StageParts } from './stage-parts.ts'
import type { Wake } from './wake.ts'

/** Steps run without a turn of the event loop, in milliseconds. */
const TURN_MS = 20

/** Ticks in which nothing was raised wait longer for a checkpoint: until then their notes stand for them. */
const QUIET_INTERVAL_MS = 10_000

/** For how long sources are held back before health speaks of it. */
const HELD_BACK_MS = 1000

/** For how long the records of noted steps are waited for after a restart. */
const REPLAY_WAIT_MS = 30_000

/** Notes of steps that no checkpoint covers, at most: a day's ticks. */
const MAX_NOTES = 100_000

const FOR_EVER_MS = 2 ** 31 - 1

export interface StageLoopOptions extends StageOptions {
  readonly parts: StageParts
  readonly feeds: readonly Feed[]
  readonly counters: CounterRecord
  readonly health: HealthRecord
  readonly wake: Wake
  /** Aborted when the sources are to end. */
  readonly stopping: AbortSignal
  /** Aborted when nothing is waited for any more. */
  readonly abandoned: AbortSignal
  /** Nothing can go on. */
  readonly fail: (error: unknown) => void
  /** A source has ended before its time: what the sources gave is still settled. */
  readonly sourceFailed: (error: unknown) => void
}

/** The stage's main loop in arrival time: one step after the other, and settlements beside them. */
export class StageLoop {
  readonly #options: StageLoopOptions
  /** Which feed is looked at first. */
  #turn = 0
  #turnEnds = 0
  #childEventsWait = false
  /** The second of the last step. */
  #lastSecond = 0
  /** What no settlement covers yet: nothing, ticks in which nothing was raised, or more. */
  #news: 'none' | 'quiet' | 'busy' = 'none'
  #hadRoomAt: number

  constructor(options: StageLoopOptions) {
    this.#options = options
    this.#hadRoomAt = options.clock.monotonic()
  }

  childEventCame(): void {
    this.#childEventsWait = true
  }

  /** Runs until the sources have ended and all is settled, or until nothing is waited for any more. */
  async run(): Promise<void> {
    const { health, wake, abandoned, feeds, clock } = this.#options
    // Stopped before the noted steps were run again: the checkpoint and the notes stay as they are.
    if (!(await this.#begin())) return
    if (!this.#isStopping) health.enter('running')
    while (!abandoned.aborted) {
      this.#settleIfDue()
      if (await this.#step()) {
        this.#options.parts.delivery.start()
        await this.#letOthersGo()
      } else if (feeds.every(feed => feed.hasEnded)) {
        if (await this.#finish()) return
      } else if (this.#isAckAwaited) {
        // Who has just been answered may have more at once.
        await clock.yield()
        if (this.#isAckAwaited) this.#settle()
      } else {
        await wake.sleep(this.#untilDue())
      }
    }
  }

  get #isStopping(): boolean {
    return this.#options.stopping.aborted
  }

  get #seconds(): number {
    return Math.floor(this.#options.clock.now() / 1000)
  }

  /** SEC_STARTUP and the first pass; after a crash what was noted is run again. False if that was stopped. */
  async #begin(): Promise<boolean> {
    const { parts } = this.#options
    for (const note of parts.noted) {
      const outcome = await this.#runNoted(note)
      if (outcome === 'stopped') return false
      if (outcome === 'missing') break
    }
    const startsAnew = !parts.isRestored && parts.noted[0]?.type !== 'start'
    if (startsAnew) await this.#start(this.#seconds, true)
    for (const feed of this.#options.feeds) {
      if (feed.isPartlyTaken) await this.#takeRest(feed)
    }
    return true
  }

  async #start(seconds: number, isNew: boolean): Promise<void> {
    const { parts, settings } = this.#options
    if (isNew) parts.notes.add({ type: 'start', seconds })
    this.#stepRan(seconds, 'busy')
    await parts.runner.start(seconds, settings.internalEvents ? 'SEC_STARTUP' : undefined)
  }

  async #runNoted(note: ArrivalNote): Promise<'done' | 'missing' | 'stopped'> {
    const { parts, log, feeds } = this.#options
    switch (note.type) {
      case 'start':
        await this.#start(note.seconds, false)
        return 'done'
      case 'tick':
        await parts.runner.tick(note.seconds, [])
        this.#stepRan(note.seconds, 'busy')
        return 'done'
      case 'records': {
        const feed = feeds.find(({ name }) => name === note.source)
        const outcome =
          feed === undefined ? 'missing' : await this.#runNotedRecords(feed, note.seconds, note.count)
        if (outcome === 'missing') {
          log.log(
            3,
            'records that were seen before the restart did not come again: they are not waited for',
            {
              source: note.source
            }
          )
        }
        return outcome
      }
    }
  }

  async #runNotedRecords(
    feed: Feed,
    seconds: number,
    count: number
  ): Promise<'done' | 'missing' | 'stopped'> {
    const { clock, wake, abandoned } = this.#options
    const end = clock.monotonic() + REPLAY_WAIT_MS
    for (let left = count; left > 0; ) {
      feed.ask()
      while (!feed.isReady) {
        const waitMs = end - clock.monotonic()
        if (abandoned.aborted || this.#isStopping) return 'stopped'
        this.#hearFailure(feed)
        if (feed.hasEnded || waitMs <= 0) return this.#isStopping ? 'stopped' : 'missing'
        await wake.sleep(waitMs)
      }
      const { records, batch } = feed.takeSome(left)
      left -= records.length
      await this.#runRecords(feed, records, seconds)
      if (batch !== undefined) this.#processed(feed, batch, seconds)
    }
    return 'done'
  }

  /** A batch is settled whole: what the noted steps left of it comes at once. */
  async #takeRest(feed: Feed): Promise<void> {
    const seconds = this.#seconds
    const { records, batch } = feed.takeSome(Number.POSITIVE_INFINITY)
    this.#options.parts.notes.add({ type: 'records', seconds, count: records.length, source: feed.name })
    await this.#runRecords(feed, records, seconds)
    if (batch !== undefined) this.#processed(feed, batch, seconds)
  }

  /** True if there was something to do. */
  async #step(): Promise<boolean> {
    if (!this.#hasRoomForAlerts) {
      this.#holdBack()
      return false
    }
    if (this.#childEventsWait) {
      await this.#tick()
      return true
    }
    const feed = this.#nextFeed()
    if (feed !== undefined) {
      await this.#runBatch(feed)
      return true
    }
    if (this.#seconds > this.#lastSecond && this.#mayTick) {
      await this.#tick()
      return true
    }
    return false
  }

  get #hasRoomForAlerts(): boolean {
    const { parts, settings } = this.#options
    return parts.delivery.bytes < settings.maxInFlightAlertBytes
  }

  get #mayTick(): boolean {
    return this.#options.parts.notes.size < MAX_NOTES
  }

  /** The next source, in turn, that has a batch; all are asked for theirs, if there is room. */
  #nextFeed(): Feed | undefined {
    const { feeds, parts, settings } = this.#options
    if (parts.settlement.records >= settings.maxInFlightRecords || !this.#mayTick) {
      this.#holdBack()
      return undefined
    }
    this.#letGo()
    let found: Feed | undefined
    for (let looked = 0; looked < feeds.length; looked++) {
      const feed = feeds[(this.#turn + looked) % feeds.length] as Feed
      this.#hearFailure(feed)
      feed.ask()
      if (found === undefined && feed.isReady) found = feed
    }
    if (found !== undefined) this.#turn = (feeds.indexOf(found) + 1) % feeds.length
    return found
  }

  #hearFailure(feed: Feed): void {
    if (feed.failure !== undefined) this.#options.sourceFailed(feed.failure.error)
  }

  async #runBatch(feed: Feed): Promise<void> {
    const { parts, counters } = this.#options
    const seconds = this.#seconds
    const batch = feed.take()
    // The next one may come while this one is run.
    feed.ask()
    const { fingerprint, records } = batch
    if (fingerprint !== undefined && parts.fingerprints.has(fingerprint)) {
      count(counters.dropped, 'duplicate-request', records.length)
      this.#options.parts.settlement.add(feed.name, batch)
      this.#news = 'busy'
      return
    }
    if (batch.position !== undefined && records.length > 0) {
      parts.notes.add({ type: 'records', seconds, count: records.length, source: feed.name })
    }
    await this.#runRecords(feed, records, seconds)
    this.#processed(feed, batch, seconds)
  }

  async #runRecords(feed: Feed, records: readonly LogRecord[], seconds: number): Promise<void> {
    const { parts, counters, settings, application } = this.#options
    count(counters.records, feed.name, records.length)
    const matched = settings.matchOwnAlerts ? records : records.filter(each => !isOwnAlert(each, application))
    if (matched.length < records.length) count(counters.dropped, 'own-alert', records.length - matched.length)
    await parts.runner.records(matched, feed, seconds)
    this.#stepRan(seconds, 'busy')
  }

  #processed(feed: Feed, batch: Batch, seconds: number): void {
    const { parts, counters, clock } = this.#options
    count(counters.batches, feed.name)
    for (const record of batch.dead) {
      count(counters.dropped, record.code)
      parts.delivery.addLetter({ type: 'record', record, time: clock.now() })
    }
    if (batch.fingerprint !== undefined) parts.fingerprints.add(batch.fingerprint, seconds)
    parts.settlement.add(feed.name, batch)
    this.#news = 'busy'
  }

  async #tick(): Promise<void> {
    const { parts, effects, counters } = this.#options
    const seconds = this.#seconds
    const alerts = counters.alerts
    const heard = this.#childEventsWait
    this.#childEventsWait = false
    parts.notes.add({ type: 'tick', seconds })
    await parts.runner.tick(seconds, heard ? (effects?.takeChildEvents() ?? []) : [])
    this.#stepRan(seconds, heard || counters.alerts > alerts ? 'busy' : 'quiet')
  }

  #stepRan(seconds: number, news: 'quiet' | 'busy'): void {
    this.#lastSecond = seconds
    if (this.#news !== 'busy') this.#news = news
  }

  #settleIfDue(): void {
    const { parts, settings, clock } = this.#options
    const { settlement } = parts
    if (settlement.isUnderWay || this.#news === 'none') return
    const elapsed = clock.monotonic() - settlement.startedAt
    const isFull = settlement.records >= settings.maxInFlightRecords / 2 || !this.#hasRoomForAlerts
    const interval = this.#news === 'busy' ? settings.checkpointIntervalMs : QUIET_INTERVAL_MS
    if (isFull || elapsed >= interval) this.#settle()
  }

  #settle(): void {
    const { parts, wake, fail } = this.#options
    this.#news = 'none'
    parts.settlement.settle().then(() => wake.call(), fail)
  }

  /** Whether senders wait for answers that nothing but a settlement can give. */
  get #isAckAwaited(): boolean {
    const { parts, feeds } = this.#options
    const { settlement } = parts
    if (settlement.isUnderWay || !settlement.hasBatches) return false
    const awaiting = feeds.filter(feed => feed.awaitsAck)
    return awaiting.length > 0 && awaiting.every(feed => feed.isWaiting || feed.hasEnded)
  }

  /** The sources have ended: settles the rest. True when there is none. */
  async #finish(): Promise<boolean> {
    const { parts, settings, checkpoints, wake } = this.#options
    for (const feed of this.#options.feeds) this.#hearFailure(feed)
    if (!this.#isShutDown) {
      this.#isShutDown = true
      // With a checkpoint it is no end for the rules: the next life goes on.
      if (settings.internalEvents && checkpoints === undefined) {
        await parts.runner.internalEvent(this.#seconds, 'SEC_SHUTDOWN')
        this.#news = 'busy'
      }
    }
    if (parts.settlement.isUnderWay) {
      await wake.sleep(FOR_EVER_MS)
      return false
    }
    if (this.#news === 'none') return true
    this.#settle()
    return false
  }

  #isShutDown = false

  /** Milliseconds until there is something to do that nobody wakes for. */
  #untilDue(): number {
    const { parts, settings, clock } = this.#options
    const { settlement } = parts
    const due: number[] = [FOR_EVER_MS]
    if (this.#hasRoomForAlerts && this.#mayTick) due.push(1000 - (clock.now() % 1000))
    if (!settlement.isUnderWay && this.#news !== 'none') {
      const interval = this.#news === 'busy' ? settings.checkpointIntervalMs : QUIET_INTERVAL_MS
      due.push(Math.max(settlement.startedAt + interval - clock.monotonic(), 0))
    }
    const saidAt = this.#hadRoomAt + HELD_BACK_MS - clock.monotonic()
    if (this.#isHeldBack && saidAt > 0) due.push(saidAt)
    return Math.min(...due)
  }

  #isHeldBack = false

  #holdBack(): void {
    const { health, clock, log, parts } = this.#options
    if (!this.#isHeldBack) {
      this.#isHeldBack = true
      this.#hadRoomAt = clock.monotonic()
    }
    if (clock.monotonic() - this.#hadRoomAt < HELD_BACK_MS) return
    const reason = 'sources are held back until what was taken in is settled'
    if (health.trouble('back-pressure', reason)) {
      log.log(3, reason, { records: parts.settlement.records, alertBytes: parts.delivery.bytes })
    }
  }

  #letGo(): void {
    this.#isHeldBack = false
    this.#options.health.mended('back-pressure')
  }

  async #letOthersGo(): Promise<void> {
    const { clock } = this.#options
    if (clock.monotonic() < this.#turnEnds) return
    await clock.yield()
    this.#turnEnds = clock.monotonic() + TURN_MS
  }
}
