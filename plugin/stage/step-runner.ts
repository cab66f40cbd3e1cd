import type { WallClock } from '../adapter.ts'
import { faultMessage } from '../fault.ts'
import type { LogLevel } from '../host.ts'
import type { LogRecord } from '../record.ts'
import type { ChildInput } from './options.ts'
import type { StageCorrelator } from './stage-correlator.ts'

/** How long records are handled before signals, sinks and programs are heard. */
const TURN_MS = 20

/** Between two looks at the clock for `TURN_MS`: reading it for each record would cost more than some records do. */
const EVENTS_BETWEEN_LOOKS = 32

/** Rules can feed the queue of synthetic events for ever; then the next record comes before the rest of it. */
const EVENTS_AT_ONCE = 100_000

export interface StepRunnerOptions {
  readonly correlator: StageCorrelator
  readonly clock: WallClock
  readonly log: (level: LogLevel, message: string) => void
}

/** What a source's records are to the rules. */
export interface RecordInput {
  readonly name: string
  readonly context: string | undefined
  line(record: LogRecord): string
}

/**
 * Runs steps on the correlator as SEC's main loop does: synthetic events before the next record, the timer pass after
 * each. A step has one second; while it runs, the event loop is let on from time to time.
 */
export class StepRunner {
  readonly #options: StepRunnerOptions
  #events = 0
  #turnEnds = 0

  constructor(options: StepRunnerOptions) {
    this.#options = options
  }

  /** SEC_STARTUP, if `event` names it, and the first pass. */
  async start(seconds: number, event: string | undefined): Promise<void> {
    const { correlator } = this.#options
    correlator.setTime(seconds)
    if (event !== undefined) this.#guard(() => correlator.internalEvent(event))
    this.#guard(() => correlator.pass())
    await this.#observePending()
  }

  async internalEvent(seconds: number, event: string): Promise<void> {
    const { correlator } = this.#options
    correlator.setTime(seconds)
    this.#guard(() => correlator.internalEvent(event))
    await this.#observePending()
  }

  async records(records: readonly LogRecord[], input: RecordInput, seconds: number): Promise<void> {
    const { correlator } = this.#options
    const { name, context } = input
    correlator.setTime(seconds)
    await this.#observePending()
    for (const record of records) {
      this.#guard(() => {
        const text = input.line(record)
        correlator.observe({ text, source: name, record, ...(context === undefined ? {} : { context }) })
        correlator.passIfDue()
      })
      if (this.#isTurnOver()) await this.#nextTurn()
      if (correlator.hasPendingEvents) await this.#observePending()
    }
  }

  /** A timer pass, after what programs brought. */
  async tick(seconds: number, children: Iterable<ChildInput>): Promise<void> {
    const { correlator } = this.#options
    correlator.setTime(seconds)
    await this.#observePending()
    for (const event of children) {
      this.#guard(() => {
        if ('line' in event) correlator.childLine(event.child, event.line, event.pid)
        else correlator.childExit(event.child, event.exitCode)
      })
    }
    await this.#observePending()
    this.#guard(() => correlator.passIfDue())
    await this.#observePending()
  }

  async #observePending(): Promise<void> {
    const { correlator } = this.#options
    for (let events = 0; correlator.hasPendingEvents && events < EVENTS_AT_ONCE; events++) {
      this.#guard(() => {
        correlator.observePending()
        correlator.passIfDue()
      })
      if (this.#isTurnOver()) await this.#nextTurn()
    }
  }

  #isTurnOver(): boolean {
    return ++this.#events % EVENTS_BETWEEN_LOOKS === 0 && this.#options.clock.monotonic() > this.#turnEnds
  }

  async #nextTurn(): Promise<void> {
    const { clock } = this.#options
    await clock.yield()
    this.#turnEnds = clock.monotonic() + TURN_MS
  }

  #guard(run: () => void): void {
    try {
      run()
    } catch (error) {
      this.#options.log(2, faultMessage(error))
    }
  }
}
