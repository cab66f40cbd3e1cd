import type { Correlator } from '../correlator.ts'

/** A Calendar rule acts in so many minutes of one advance, at most: as many as a day has. */
const MOST_CALENDAR_MINUTES = 1_440

/** Rules can feed the queue of synthetic events for ever; after so many the clock goes on, and the rest waits. */
export const MOST_EVENTS_OF_A_SECOND = 100_000

export interface AdvanceLimits {
  /** Minutes of an advance in which a Calendar rule acts, at most. What it leaves out is counted and logged. */
  readonly mostCalendarMinutes?: number
}

/**
 * The way of a correlator's clock to a second. Every second between has its timer pass, and the synthetic events that
 * it brought, as if the clock stood at each of them; those at which nothing can happen are passed over. The last
 * second's own pass is not part of it: it follows its record.
 */
export class Advance {
  readonly #correlator: Correlator
  readonly #target: number
  readonly #from: number
  /** Synthetic events since the clock last moved. */
  #events = 0

  constructor(correlator: Correlator, target: number, limits: AdvanceLimits = {}) {
    this.#correlator = correlator
    this.#target = target
    this.#from = correlator.now
    // Most records come in the second of the one before.
    if (target > this.#from) correlator.calendar.limit(limits.mostCalendarMinutes ?? MOST_CALENDAR_MINUTES)
  }

  /** Does the next thing: handles a synthetic event or makes a pass. False: the clock has come to its second. */
  step(): boolean {
    const correlator = this.#correlator
    if (correlator.hasPendingEvents && this.#events < MOST_EVENTS_OF_A_SECOND) {
      this.#events++
      correlator.observePending()
      correlator.passIfDue()
      return true
    }
    const second = correlator.nextPassBefore(this.#target)
    if (second !== undefined) {
      correlator.setTime(second)
      // Rules that feed themselves are not given as much again in every second of a silence.
      if (!correlator.hasPendingEvents) this.#events = 0
      correlator.pass()
      return true
    }
    this.#arrive()
    return false
  }

  #arrive(): void {
    const correlator = this.#correlator
    const silence = this.#target - this.#from
    if (silence === 0) return
    correlator.passOver(this.#target)
    for (const { rule, minutes } of correlator.calendar.endLimit(this.#target)) {
      correlator.leftOutMinutes += minutes
      correlator.host.log(
        3,
        `Calendar rule in ${rule.fileName} at line ${rule.definition.line}: ` +
          `${minutes} minutes left out of a silence of ${silence} seconds`
      )
    }
  }
}
