import { because, furtherCause } from '../alerts/cause.ts'
import { emitAlert } from '../alerts/raise.ts'
import { type Core, debug } from '../core.ts'
import { guarded } from '../fault.ts'
import type { CalendarRules } from '../rules/calendar-rules.ts'
import type { CalendarOutcome, Rule } from '../rules/rule.ts'
import { passBefore, passFrom, type PassSeconds } from './pass-seconds.ts'

/** A correlator's timer passes: what happens in one, and when one is made. */
export class TimerPasses {
  calendar: CalendarRules
  /** Counts all that has happened and may change what a pass does; at the beginning of the last pass it was `#seen`. */
  activity = 0
  /** The second of the last pass; `undefined` before the first. */
  last: number | undefined
  /** Contexts and operations that came to their end, and scheduled events that came. */
  timersRun = 0
  readonly #core: Core
  #seen = -1

  constructor(core: Core, calendar: CalendarRules) {
    this.#core = core
    this.calendar = calendar
  }

  /**
   * Whether the last pass was `cleanTime` seconds ago, or the clock was set back since. There SEC makes none until the
   * clock has come to the last one again: an hour without timers is nothing for a stage.
   */
  get isDue(): boolean {
    const { now, settings } = this.#core
    if (this.last === undefined) return true
    if (now < this.last && settings.stage !== undefined) return true
    return now - this.last >= settings.cleanTime
  }

  /** Makes one: contexts, scheduled events, Calendar rules, operations. */
  pass(): void {
    const core = this.#core
    const { contexts, events, operations, host } = core
    this.last = core.now
    this.#seen = this.activity
    this.#watchGrowth()
    for (const context of contexts.takeDue(core.now)) {
      // The actions of one that expired before may have dropped or prolonged this one.
      if (contexts.isAlive(context) && contexts.isDue(context, core.now)) {
        this.timersRun++
        guarded(host, () => core.expireContext(context, context.names[0] ?? ''))
      }
    }
    for (const { text, context, cause, alert } of events.takeDue(core.now)) {
      debug(core, () => `Creating event '${text}'`)
      this.activity++
      this.timersRun++
      if (alert !== undefined && cause !== undefined) {
        because(
          core,
          () => furtherCause(cause, 'due'),
          () => emitAlert(alert, core)
        )
      }
      events.push({ text, context, cause })
    }
    for (const rule of this.calendar.due(core.now)) this.#tick(rule)
    for (const operation of operations.takeDue(core.now)) {
      if (operations.isRunning(operation) && operations.isDue(operation, core.now)) {
        this.timersRun++
        guarded(host, () => core.expireOperation(operation))
      }
    }
  }

  /**
   * The first second after now and before `limit` whose pass has something to do, or may have, if the clock stands at
   * every second until then; `undefined`: there is none.
   */
  nextBefore(limit: number): number | undefined {
    const passes = this.#seconds
    const first = passFrom(passes, 0)
    if (first >= limit) return undefined
    // What has happened since the last pass began is seen by the next one only.
    if (this.activity !== this.#seen) return first
    const { contexts, events, operations } = this.#core
    const earliest = Math.min(
      contexts.deadlines.earliest ?? Infinity,
      events.deadlines.earliest ?? Infinity,
      operations.deadlines.earliest ?? Infinity
    )
    const until = Math.min(limit, earliest + 1)
    const second = passFrom(passes, until <= first ? first : this.calendar.next(first, until, this.activity))
    return second < limit ? second : undefined
  }

  /** The clock goes to a second before which none has anything to do: those are taken for made. */
  leaveOutBefore(seconds: number): void {
    this.last = passBefore(this.#seconds, seconds)
  }

  get #seconds(): PassSeconds {
    const { now, settings } = this.#core
    return { last: this.last, cleanTime: settings.cleanTime, now }
  }

  #tick(rule: Rule): void {
    const core = this.#core
    let outcome: CalendarOutcome = 'acted'
    guarded(core.host, () => {
      outcome = rule.type.tick?.(rule, core) ?? 'not now'
    })
    if (outcome === 'acted') this.activity++
    this.calendar.tried(rule, outcome, core.now, this.activity)
  }

  #watchGrowth(): void {
    const core = this.#core
    core.warnOfGrowth('contexts', core.contexts.size)
    core.warnOfGrowth('operations', core.operations.size)
    core.warnOfGrowth('waiting events', core.events.size)
    core.warnOfGrowth('scheduled events', core.events.scheduled)
  }
}
