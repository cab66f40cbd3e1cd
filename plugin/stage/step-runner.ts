import type { InputLine } from '../event.ts'
import { faultMessage } from '../fault.ts'
import type { LogLevel } from '../host.ts'
import type { LogRecord } from '../record.ts'
import type { ChildInput } from './options.ts'
import type { StageCorrelator } from './stage-correlator.ts'
import type { Turn } from './turn.ts'

/** Between two looks at the clock, for the turn: reading it for each record would cost more than some records do. */
const EVENTS_BETWEEN_LOOKS = 32

/** Rules can feed the queue of synthetic events for ever; then the next record comes before the rest of it. */
const EVENTS_AT_ONCE = 100_000

export interface StepRunnerOptions {
  readonly correlator: StageCorrelator
  readonly turn: Turn
  readonly log: (level: LogLevel, message: string) => void
}

/** What a source's records are to the rules. */
export interface RecordInput {
  readonly name: string
  context(record: LogRecord): string | undefined
  line(record: LogRecord): string
}

/**
 * Runs steps on the correlator as SEC's main loop does: synthetic events before the next record, the timer pass after
 * each. While a step runs, the event loop is let on from time to time.
 */
export class StepRunner {
  readonly #options: StepRunnerOptions
  #events = 0

  constructor(options: StepRunnerOptions) {
    this.#options = options
  }

  /** Where the clock stands: seconds since Epoch. */
  get seconds(): number {
    return this.#options.correlator.now
  }

  /** SEC_STARTUP, if `event` names it, and the first pass. */
  async start(seconds: number, event: string | undefined): Promise<void> {
    const { correlator } = this.#options
    correlator.setTime(seconds)
    if (event !== undefined) this.#guard(() => correlator.internalEvent(event))
    this.#guard(() => correlator.pass())
    await this.#observePending()
  }

  async internalEvent(event: string, seconds: number | undefined): Promise<void> {
    if (seconds !== undefined) this.#options.correlator.setTime(seconds)
    this.#guard(() => this.#options.correlator.internalEvent(event))
    await this.#observePending()
  }

  /** Records that arrive at a second. */
  async records(records: readonly LogRecord[], input: RecordInput, seconds: number): Promise<void> {
    this.#options.correlator.setTime(seconds)
    await this.#observePending()
    for (const record of records) {
      const rest = this.record(record, input)
      if (rest !== undefined) await rest
    }
  }

  /** A timer pass at a second, after what programs brought. */
  async tick(seconds: number, events: Iterable<ChildInput>): Promise<void> {
    this.#options.correlator.setTime(seconds)
    await this.#observePending()
    await this.children(events)
  }

  /** What programs brought, where the clock stands, and a timer pass. */
  async children(events: Iterable<ChildInput>): Promise<void> {
    const { correlator } = this.#options
    for (const event of events) {
      this.#guard(() => {
        if ('line' in event) correlator.childLine(event.child, event.line, event.pid)
        else correlator.childExit(event.child, event.exitCode)
      })
    }
    await this.#observePending()
    await this.pass()
  }

  /** A timer pass, if it is due. */
  async pass(): Promise<void> {
    this.#guard(() => this.#options.correlator.passIfDue())
    await this.#observePending()
  }

  /** The clock of record time goes to a second that an input has brought. */
  async advance(input: string, seconds: number): Promise<void> {
    const steps = this.#guard(() => this.#options.correlator.advancing(input, seconds))
    if (steps === undefined) return
    while (this.#guard(() => steps.step()) === true) {
      if (this.#isTurnOver()) await this.#options.turn.end()
    }
  }

  /** Timers that are open at the end of the input run, each at its second. */
  openTimers(): void {
    this.#guard(() => this.#options.correlator.runOpenTimers())
  }

  /** A record where the clock stands. A promise only if it is to be waited for. */
  record(record: LogRecord, input: RecordInput): Promise<void> | undefined {
    const { correlator } = this.#options
    // Not by `#guard`: this is done for each record.
    try {
      correlator.observe(lineOf(record, input))
      correlator.passIfDue()
    } catch (error) {
      this.#options.log(2, faultMessage(error))
    }
    const isTurnOver = this.#isTurnOver()
    if (isTurnOver || correlator.hasPendingEvents) return this.#afterRecord(isTurnOver)
    return undefined
  }

  async #afterRecord(isTurnOver: boolean): Promise<void> {
    if (isTurnOver) await this.#options.turn.end()
    await this.#observePending()
  }

  async #observePending(): Promise<void> {
    const { correlator } = this.#options
    for (let events = 0; correlator.hasPendingEvents && events < EVENTS_AT_ONCE; events++) {
      this.#guard(() => {
        correlator.observePending()
        correlator.passIfDue()
      })
      if (this.#isTurnOver()) await this.#options.turn.end()
    }
  }

  #isTurnOver(): boolean {
    return ++this.#events % EVENTS_BETWEEN_LOOKS === 0 && this.#options.turn.isOver
  }

  #guard<Result>(run: () => Result): Result | undefined {
    try {
      return run()
    } catch (error) {
      this.#options.log(2, faultMessage(error))
      return undefined
    }
  }
}

function lineOf(record: LogRecord, input: RecordInput): InputLine {
  const line = { text: input.line(record), source: input.name, time: record.timestamp, record }
  const context = input.context(record)
  return context === undefined ? line : { ...line, context }
}
