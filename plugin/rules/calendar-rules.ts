import { asksOutside } from '../contexts/compile.ts'
import type { TimeZone } from '../time/time-zone.ts'
import { countMatches, minuteEnd, minuteName, nextMatch } from './calendar-minutes.ts'
import type { CalendarDefinition } from './definition.ts'
import type { CalendarOutcome, Rule, RuleSet } from './rule.ts'

interface CalendarRule {
  readonly rule: Rule<CalendarDefinition>
  /** Its context expression may give another value though nothing has happened here. */
  readonly asksOutside: boolean
  /** No second of [clearFrom, clearUntil) matches. */
  clearFrom: number
  clearUntil: number
  /** The activity up to which its context expression is known to be false. */
  falseAt: number | undefined
  /** Minutes of the present advance that it acted in, or was tried in as far as it asks outside. */
  minutes: number
  lastTried: string
  /** The first second whose minute is left out; `undefined` as long as it may act. */
  leftOutFrom: number | undefined
}

/** What was left out of an advance. */
export interface LeftOut {
  readonly rule: Rule
  readonly minutes: number
}

/** A rule that does not match is not looked at for so long. */
const LOOKAHEAD_SECONDS = 86_400

/** The Calendar rules of a rule set: which of them a timer pass tries, and when the next one may act. */
export class CalendarRules {
  readonly #rules: readonly CalendarRule[]
  readonly #byId: ReadonlyMap<number, CalendarRule>
  readonly #zone: TimeZone
  readonly #lastMinutes: { get(rule: string): string | undefined }
  #mostMinutes = Infinity

  /** `lastMinutes`: the minute that each rule last acted in, by the rule's identity. */
  constructor({ rules }: RuleSet, zone: TimeZone, lastMinutes: { get(rule: string): string | undefined }) {
    this.#rules = rules.filter(isCalendar).map(rule => ({
      rule,
      asksOutside: rule.conditions[0].context !== undefined && asksOutside(rule.conditions[0].context.root),
      clearFrom: 0,
      clearUntil: 0,
      falseAt: undefined,
      minutes: 0,
      lastTried: '',
      leftOutFrom: undefined
    }))
    this.#byId = new Map(this.#rules.map(each => [each.rule.id, each]))
    this.#zone = zone
    this.#lastMinutes = lastMinutes
  }

  /** The rules that a pass at `now` tries, in order. */
  due(now: number): readonly Rule[] {
    const due: Rule[] = []
    for (const each of this.#rules) {
      if (each.leftOutFrom !== undefined) continue
      if (this.#firstMatch(each, now, now + LOOKAHEAD_SECONDS) === now) due.push(each.rule)
    }
    return due
  }

  /** Tells what came of trying a rule at `now`. `activity` counts all that has happened and may change conditions. */
  tried(rule: Rule, outcome: CalendarOutcome, now: number, activity: number): void {
    const each = this.#byId.get(rule.id) as CalendarRule
    if (outcome === 'context false') each.falseAt = activity
    if (outcome === 'not now' || this.#mostMinutes === Infinity) return
    if (outcome === 'context false' && !each.asksOutside) return
    const minute = minuteName(this.#zone.localTime(now))
    if (minute === each.lastTried) return
    each.lastTried = minute
    each.minutes++
    if (each.minutes >= this.#mostMinutes) each.leftOutFrom = minuteEnd(now, this.#zone)
  }

  /**
   * The first second of [from, until) at which one may act, or `until`. Nothing else happens between: a context
   * expression that was false stays so.
   */
  next(from: number, until: number, activity: number): number {
    let earliest = until
    for (const each of this.#rules) {
      if (each.leftOutFrom !== undefined || (each.falseAt === activity && !each.asksOutside)) continue
      const last = this.#lastMinutes.get(each.rule.identity.id)
      let second = this.#firstMatch(each, from, earliest)
      while (second < earliest && minuteName(this.#zone.localTime(second)) === last) {
        second = this.#firstMatch(each, minuteEnd(second, this.#zone), earliest)
      }
      earliest = second
    }
    return earliest
  }

  /** From now on each rule acts in so many minutes at most. */
  limit(mostMinutes: number): void {
    this.#mostMinutes = mostMinutes
    for (const each of this.#rules) {
      each.minutes = 0
      each.lastTried = ''
      each.leftOutFrom = mostMinutes === 0 ? 0 : undefined
    }
  }

  /** Ends the limit, at a second; yields what it has left out before. */
  endLimit(now: number): LeftOut[] {
    const leftOut = this.#rules.flatMap(({ rule, leftOutFrom }) => {
      if (leftOutFrom === undefined) return []
      const minutes = countMatches(rule.definition.time, this.#zone, leftOutFrom, now)
      return minutes === 0 ? [] : [{ rule, minutes }]
    })
    this.limit(Infinity)
    return leftOut
  }

  #firstMatch(each: CalendarRule, from: number, until: number): number {
    if (from < each.clearFrom || from > each.clearUntil) {
      each.clearFrom = from
      each.clearUntil = from
    }
    if (each.clearUntil >= until) return until
    each.clearUntil = nextMatch(each.rule.definition.time, this.#zone, each.clearUntil, until)
    return each.clearUntil
  }
}

function isCalendar(rule: Rule): rule is Rule<CalendarDefinition> {
  return rule.definition.type === 'Calendar'
}
