import { ActionScope } from '../actions/scope.ts'
import { evaluateContextExpression } from '../contexts/evaluate.ts'
import { NO_BINDINGS } from '../patterns/match-variables.ts'
import { daysFromCivil } from '../time/civil.ts'
import type { LocalTime } from '../time/time-zone.ts'
import { calendarTime } from './calendar-time.ts'
import type { CalendarDefinition, CalendarTime } from './definition.ts'
import { actionList, optionalContext, text } from './fields.ts'
import type { RuleType } from './rule.ts'
import { ruleSyntax } from './syntax.ts'

export const calendarSyntax = ruleSyntax(
  'Calendar',
  {
    time: calendarTime('time'),
    context: optionalContext('context'),
    description: text('desc'),
    actions: actionList('action')
  },
  (values, line): CalendarDefinition => ({ type: 'Calendar', line, ...values })
)

/**
 * Runs `action` at the first timer pass of each matching minute at which its context expression holds.
 * Source: SEC manual, "CALENDAR RULE".
 */
export const calendar: RuleType<CalendarDefinition> = {
  tick(rule, core) {
    const time = core.timeZone.localTime(core.now)
    // The minute is known by its local date and time: one that comes twice, as clocks are put back, counts once.
    const minute = `${time.year}-${time.mon}-${time.mday} ${time.hour}:${time.min}`
    if (core.lastMinutes.get(rule.identity.id) === minute || !matches(rule.definition.time, time)) return
    const { description, actions } = rule.definition
    const [{ context }] = rule.conditions
    if (context !== undefined && !evaluateContextExpression(context.root, NO_BINDINGS, rule, core)) return
    core.lastMinutes.set(rule.identity.id, minute)
    new ActionScope(core, rule.id, description, NO_BINDINGS).run(actions)
  }
}

function matches({ minutes, hours, days, months, weekdays, years }: CalendarTime, time: LocalTime): boolean {
  return (
    minutes.includes(time.min) &&
    hours.includes(time.hour) &&
    (days.includes(time.mday) || (days.includes(0) && isLastOfMonth(time))) &&
    months.includes(time.mon + 1) &&
    weekdays.includes(time.wday) &&
    (years === undefined || years.includes(time.year % 100))
  )
}

function isLastOfMonth({ year, mon, mday }: LocalTime): boolean {
  const [nextYear, nextMonth] = mon === 11 ? [year + 1, 0] : [year, mon + 1]
  return mday === daysFromCivil(nextYear, nextMonth, 1) - daysFromCivil(year, mon, 1)
}
