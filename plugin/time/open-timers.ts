import type { Correlator } from '../correlator.ts'
import { MOST_EVENTS_OF_A_SECOND } from './advance.ts'

/** For each timer that is open at the end so many may run, all in all: those that they start in their turn as well. */
const MOST_RUN_FOR_EACH = 10

/** Later seconds are no time any more: the end of the year 275,759 or so. */
const LAST_SECOND = 8.64e12

/**
 * Runs the timers that are open at the end of the input, each at its own second and in order: contexts, scheduled
 * events and operations, those too that they start in their turn. Calendar rules don't act, for no timer of theirs is
 * open. Timers that start each other for ever come to an end: after ten have run for each that was open, only those
 * run that were open from the first.
 */
export class OpenTimers {
  readonly #correlator: Correlator
  readonly #limit: number
  readonly #lastContext: number
  readonly #lastEvent: number
  readonly #lastOperation: number
  #onlyFirst = false
  /** Synthetic events since the queue was empty. */
  #events = 0

  constructor(correlator: Correlator) {
    const { contexts, events, operations } = correlator
    this.#correlator = correlator
    this.#lastContext = contexts.nextId - 1
    this.#lastEvent = events.nextId - 1
    this.#lastOperation = operations.nextId - 1
    const open = [contexts, events, operations].reduce((sum, { deadlines }) => sum + deadlines.countIds(), 0)
    this.#limit = correlator.timersRun + MOST_RUN_FOR_EACH * open
    correlator.calendar.limit(0)
  }

  /** Does the next thing: handles a synthetic event or makes a pass. False: no timer is left to run. */
  step(): boolean {
    const correlator = this.#correlator
    if (correlator.hasPendingEvents && this.#events < MOST_EVENTS_OF_A_SECOND) {
      this.#events++
      correlator.observePending()
      correlator.passIfDue()
      return true
    }
    if (!correlator.hasPendingEvents) this.#events = 0
    const second = this.#isAnyOpen() ? correlator.nextPassBefore(LAST_SECOND) : undefined
    if (second === undefined) {
      correlator.calendar.limit(Infinity)
      return false
    }
    correlator.setTime(second)
    correlator.pass()
    this.#watch()
    return true
  }

  #isAnyOpen(): boolean {
    const { contexts, events, operations } = this.#correlator
    return [contexts, events, operations].some(({ deadlines }) => deadlines.earliest !== undefined)
  }

  #watch(): void {
    const { timersRun, contexts, events, operations, host } = this.#correlator
    if (this.#onlyFirst || timersRun <= this.#limit) return
    this.#onlyFirst = true
    contexts.deadlines.ignoreAbove(this.#lastContext)
    events.deadlines.ignoreAbove(this.#lastEvent)
    operations.deadlines.ignoreAbove(this.#lastOperation)
    host.log(3, 'End of input: timers start each other without end, those that they start are left open')
  }
}
