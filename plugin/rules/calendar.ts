import { ActionScope } from '../actions/scope.ts'
import { because, timerCause } from '../alerts/cause.ts'
import { evaluateContextExpression } from '../contexts/evaluate.ts'
import { NO_BINDINGS } from '../patterns/match-variables.ts'
import { matchesMinute, minuteName } from './calendar-minutes.ts'
import { calendarTime } from './calendar-time.ts'
import type { CalendarDefinition } from './definition.ts'
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
    const minute = minuteName(time)
    if (core.lastMinutes.get(rule.identity.id) === minute || !matchesMinute(rule.definition.time, time))
      return 'not now'
    const { description, actions } = rule.definition
    const [{ context }] = rule.conditions
    if (context !== undefined && !evaluateContextExpression(context.root, NO_BINDINGS, rule, core))
      return 'context false'
    core.lastMinutes.set(rule.identity.id, minute)
    because(
      core,
      () => timerCause(['calendar', rule.identity.id, minute, Math.floor(core.now / 60)]),
      () => void new ActionScope(core, rule.id, description, NO_BINDINGS).run(actions)
    )
    return 'acted'
  }
}
