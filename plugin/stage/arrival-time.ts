import type { LogRecord } from '../record.ts'
import type { ArrivalNote } from './arrival-notes.ts'
import type { Feed } from './feed.ts'
import type { StageTime, StageTimeOptions, StepOutcome } from './stage-time.ts'

/** For how long the records of noted steps are waited for after a restart. */
const REPLAY_WAIT_MS = 30_000

/** Notes of steps that no checkpoint covers, at most: a day's ticks. */
const MAX_NOTES = 100_000

/**
 * Time as SEC has it: records are seen at the second at which they arrive, which is one for a whole step. Where
 * checkpoints are kept, each step is noted before it is run, and after a crash run again at its second.
 */
export class ArrivalTime implements StageTime {
  readonly #options: StageTimeOptions
  /** The second of the last step. */
  #lastSecond = 0
  #isShutDown = false

  constructor(options: StageTimeOptions) {
    this.#options = options
  }

  /** SEC_STARTUP and the first pass; after a crash what was noted is run again. */
  async begin(): Promise<boolean> {
    const { parts, feeds } = this.#options
    for (const note of parts.noted) {
      const outcome = await this.#runNoted(note)
      if (outcome === 'stopped') return false
      if (outcome === 'missing') break
    }
    if (!parts.isRestored && parts.noted[0]?.type !== 'start') {
      parts.notes.add({ type: 'start', seconds: this.#seconds })
      await this.#start(this.#seconds)
    }
    for (const feed of feeds) if (feed.isPartlyTaken) await this.#takeRest(feed)
    return true
  }

  async step(): Promise<StepOutcome> {
    const { parts, intake, bounds, takeChildEvents } = this.#options
    const mayStep = bounds.hasRoomForAlerts && parts.notes.size < MAX_NOTES
    const mayAsk = mayStep && bounds.hasRoomForRecords
    bounds.look(mayAsk)
    if (!mayStep) return 'none'
    const children = takeChildEvents()
    if (children !== undefined) {
      await this.#tick(children)
      return 'busy'
    }
    const feed = mayAsk ? intake.next() : undefined
    if (feed !== undefined) {
      await this.#runBatch(feed)
      return 'busy'
    }
    return this.#seconds === this.#lastSecond ? 'none' : this.#tick([])
  }

  async end(): Promise<StepOutcome> {
    const { parts, settings, isKept } = this.#options
    // With a checkpoint it is no end for the rules: the next life goes on.
    if (!settings.internalEvents || isKept || this.#isShutDown) return 'none'
    this.#isShutDown = true
    await parts.runner.internalEvent('SEC_SHUTDOWN', this.#seconds)
    return 'busy'
  }

  untilDue(): number {
    const { parts, bounds, clock } = this.#options
    const mayTick = bounds.hasRoomForAlerts && parts.notes.size < MAX_NOTES
    return mayTick ? 1000 - (clock.now() % 1000) : Number.POSITIVE_INFINITY
  }

  get #seconds(): number {
    return Math.floor(this.#options.clock.now() / 1000)
  }

  async #start(seconds: number): Promise<void> {
    const { parts, settings } = this.#options
    this.#lastSecond = seconds
    await parts.runner.start(seconds, settings.internalEvents ? 'SEC_STARTUP' : undefined)
  }

  async #runNoted(note: ArrivalNote): Promise<'done' | 'missing' | 'stopped'> {
    const { parts, log, feeds } = this.#options
    switch (note.type) {
      case 'start':
        await this.#start(note.seconds)
        return 'done'
      case 'tick':
        this.#lastSecond = note.seconds
        await parts.runner.tick(note.seconds, [])
        return 'done'
      case 'records': {
        const { source, seconds, count } = note
        const feed = feeds.find(({ name }) => name === source)
        const outcome = feed === undefined ? 'missing' : await this.#runNotedRecords(feed, seconds, count)
        if (outcome === 'missing') {
          const message =
            'records that were seen before the restart did not come again: they are not waited for'
          log.log(3, message, { source })
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
    const { clock, wake, abandoned, stopping, intake } = this.#options
    const end = clock.monotonic() + REPLAY_WAIT_MS
    for (let left = count; left > 0; ) {
      feed.ask()
      while (!feed.isReady) {
        intake.hearFailure(feed)
        if (abandoned.aborted || stopping.aborted) return 'stopped'
        const waitMs = end - clock.monotonic()
        if (feed.hasEnded || waitMs <= 0) return 'missing'
        await wake.sleep(waitMs)
      }
      left -= await this.#takeSome(feed, left, seconds)
    }
    return 'done'
  }

  /** A batch is settled whole: what the noted steps left of it comes at once. */
  async #takeRest(feed: Feed): Promise<void> {
    const seconds = this.#seconds
    const count = feed.recordsLeft
    this.#options.parts.notes.add({ type: 'records', seconds, count, source: feed.name })
    await this.#takeSome(feed, count, seconds)
  }

  async #takeSome(feed: Feed, most: number, seconds: number): Promise<number> {
    const { records, batch } = feed.takeSome(most)
    await this.#runRecords(feed, records, seconds)
    if (batch !== undefined) this.#options.intake.processed(feed, batch)
    return records.length
  }

  async #runBatch(feed: Feed): Promise<void> {
    const { parts, intake } = this.#options
    const seconds = this.#seconds
    const batch = intake.take(feed)
    if (batch === undefined) return
    const { records, position } = batch
    if (position !== undefined && records.length > 0) {
      parts.notes.add({ type: 'records', seconds, count: records.length, source: feed.name })
    }
    await this.#runRecords(feed, records, seconds)
    intake.processed(feed, batch)
  }

  async #runRecords(feed: Feed, records: readonly LogRecord[], seconds: number): Promise<void> {
    const { parts, intake } = this.#options
    this.#lastSecond = seconds
    await parts.runner.records(intake.matched(feed, records), feed, seconds)
  }

  async #tick(children: Parameters<StageTimeOptions['parts']['runner']['tick']>[1]): Promise<StepOutcome> {
    const { parts, counters } = this.#options
    const before = counters.alerts
    const seconds = this.#seconds
    this.#lastSecond = seconds
    parts.notes.add({ type: 'tick', seconds })
    await parts.runner.tick(seconds, children)
    return counters.alerts > before ? 'busy' : 'quiet'
  }
}
