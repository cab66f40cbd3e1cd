import { ArrivalTime } from './arrival-time.ts'
import { Bounds } from './bounds.ts'
import type { CounterRecord } from './counters.ts'
import type { Feed } from './feed.ts'
import type { HealthRecord } from './health.ts'
import { Intake } from './intake.ts'
import type { ChildInput, StageOptions } from './options.ts'
import { RecordTime } from './record-time.ts'
import type { StageParts } from './stage-parts.ts'
import type { StageTime, StageTimeOptions, StepOutcome } from './stage-time.ts'
import type { Wake } from './wake.ts'

/** Looks at the clock in which nothing was raised wait longer for a checkpoint: until then their notes stand for them. */
const QUIET_INTERVAL_MS = 10_000

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
  readonly sourceFailed: (source: string, error: unknown) => void
}

/** The stage's main loop: one step after the other, and settlements beside them. */
export class StageLoop {
  readonly #options: StageLoopOptions
  readonly #bounds: Bounds
  readonly #intake: Intake
  readonly #time: StageTime
  #childEventsWait = false
  /** What no settlement covers yet. */
  #news: StepOutcome = 'none'

  constructor(options: StageLoopOptions) {
    const { parts, settings, checkpoints, clock } = options
    this.#options = options
    this.#bounds = new Bounds({ ...options, ...parts })
    this.#intake = new Intake({ ...options, matchOwnAlerts: settings.matchOwnAlerts, now: () => clock.now() })
    const timeOptions: StageTimeOptions = {
      ...options,
      intake: this.#intake,
      bounds: this.#bounds,
      takeChildEvents: () => this.#takeChildEvents(),
      isKept: checkpoints !== undefined
    }
    const { time } = settings
    this.#time =
      time.type === 'record' ? new RecordTime(timeOptions, time, parts.entries) : new ArrivalTime(timeOptions)
  }

  childEventCame(): void {
    this.#childEventsWait = true
  }

  /** Runs until the sources have ended and all is settled, or until nothing is waited for any more. */
  async run(): Promise<void> {
    const { health, wake, abandoned, stopping, feeds, parts } = this.#options
    const { turn } = parts
    // Stopped before the noted steps were run again: the checkpoint and the notes stay as they are.
    if (!(await this.#time.begin())) return
    this.#stepRan('busy')
    if (!stopping.aborted) health.enter('running')
    while (!abandoned.aborted) {
      this.#settleIfDue()
      if (this.#isHeldUp) {
        await wake.sleep(FOR_EVER_MS)
        turn.begin()
      } else if (this.#mayStep && this.#stepRan(await this.#tracedStep())) {
        if (turn.isHalfOver) await turn.end()
      } else if (feeds.every(feed => feed.hasEnded)) {
        if (await this.#finish()) return
      } else if (this.#isAckAwaited) {
        // Who has just been answered may have more at once.
        await turn.end()
        if (this.#isAckAwaited) this.#settle()
      } else {
        await wake.sleep(this.#untilDue())
        turn.begin()
      }
    }
  }

  /**
   * After the end the clock alone makes no steps: a checkpoint that takes longer than a second would be out of date each
   * time, and the end would never come.
   */
  get #mayStep(): boolean {
    return !this.#hasEnded || this.#childEventsWait
  }

  /** Whether steps wait for the end of a settlement. */
  get #isHeldUp(): boolean {
    const { parts, settings } = this.#options
    return settings.settleApart && parts.settlement.isUnderWay
  }

  async #tracedStep(): Promise<StepOutcome> {
    const { tracing, clock, counters } = this.#options
    if (tracing === undefined) return this.#time.step()
    const start = clock.now()
    const { alerts } = counters
    const outcome = await this.#time.step()
    if (outcome === 'busy') {
      tracing.done('step', { start, end: clock.now() }, { 'correlog.alerts': counters.alerts - alerts })
    }
    return outcome
  }

  /** Remembers what a step brought. False if it brought nothing. */
  #stepRan(outcome: StepOutcome): boolean {
    if (outcome === 'none') return false
    if (this.#news !== 'busy') this.#news = outcome
    this.#options.parts.delivery.start()
    return true
  }

  #takeChildEvents(): Iterable<ChildInput> | undefined {
    if (!this.#childEventsWait) return undefined
    this.#childEventsWait = false
    return this.#options.effects?.takeChildEvents()
  }

  #settleIfDue(): void {
    const { settlement } = this.#options.parts
    if (settlement.isUnderWay || this.#news === 'none') return
    if (this.#bounds.isFilling || this.#untilSettled() <= 0) this.#settle()
  }

  /** Milliseconds until what there is new is to be settled. */
  #untilSettled(): number {
    const { parts, settings, clock } = this.#options
    const { settlement } = parts
    if (settlement.isUnderWay || this.#news === 'none') return FOR_EVER_MS
    const interval = this.#news === 'busy' ? settings.checkpointIntervalMs : QUIET_INTERVAL_MS
    return settlement.startedAt + interval - clock.monotonic()
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

  /** The sources have ended: runs and settles the rest. True when there is none. */
  async #finish(): Promise<boolean> {
    const { parts, feeds, wake } = this.#options
    for (const feed of feeds) this.#intake.hearFailure(feed)
    if (!this.#hasEnded) {
      const outcome = await this.#time.end()
      this.#hasEnded = !this.#stepRan(outcome)
      return false
    }
    if (parts.settlement.isUnderWay) {
      await wake.sleep(FOR_EVER_MS)
      return false
    }
    if (this.#news === 'none') return true
    this.#settle()
    return false
  }

  #hasEnded = false

  /** Milliseconds until there is something to do for which nobody wakes. */
  #untilDue(): number {
    const due = Math.min(this.#time.untilDue(), this.#untilSettled(), this.#bounds.untilSaid, FOR_EVER_MS)
    return Math.max(due, 0)
  }
}
