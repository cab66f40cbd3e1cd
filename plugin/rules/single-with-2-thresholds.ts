import { ActionScope } from '../actions/scope.ts'
import { addEvidence, keepEvidence } from '../alerts/evidence.ts'
import { substituteMatchVariables } from '../patterns/match-variables.ts'
import { isNumber } from '../state/fields.ts'
import { SegmentedList } from '../state/segmented-list.ts'
import { forgetEarlier, slideToOldest } from './arrivals.ts'
import { condition } from './conditions.ts'
import type { SingleWith2ThresholdsDefinition } from './definition.ts'
import { actionList, integer, text } from './fields.ts'
import { matchCondition } from './match-condition.ts'
import type { RuleType } from './rule.ts'
import { findOrStart } from './running-operation.ts'
import { ruleSyntax } from './syntax.ts'

export const singleWith2ThresholdsSyntax = ruleSyntax(
  'SingleWith2Thresholds',
  {
    condition,
    description: text('desc'),
    description2: text('desc2'),
    actions: actionList('action'),
    actions2: actionList('action2'),
    window: integer('window', '1st time window', 1),
    window2: integer('window2', '2nd time window', 1),
    threshold: integer('thresh', '1st threshold', 1),
    threshold2: integer('thresh2', '2nd threshold', 0)
  },
  (values, line): SingleWith2ThresholdsDefinition => ({ type: 'SingleWith2Thresholds', line, ...values })
)

/** What one running operation remembers. */
export interface TwoThresholdsState {
  /** Arrival times inside the window, seconds since Epoch, ascending. */
  readonly arrivals: SegmentedList<number>
  /** The first threshold was reached: now waiting for `thresh2` or fewer events within `window2` seconds. */
  second: boolean
}

const fresh = (): TwoThresholdsState => ({ arrivals: new SegmentedList(), second: false })

/**
 * Runs `action` once `thresh` events have arrived within `window` seconds, and then `action2` once at most `thresh2`
 * arrive within `window2` seconds. Both windows slide. Source: SEC manual, "SINGLEWITH2THRESHOLDS RULE".
 */
export const singleWith2Thresholds: RuleType<SingleWith2ThresholdsDefinition, TwoThresholdsState> = {
  actsOnMatchOnly: true,

  observe(rule, core) {
    const [condition] = rule.conditions
    const bindings = matchCondition(condition, rule, core)
    if (bindings === undefined) return undefined
    const { definition } = rule
    const description = substituteMatchVariables(definition.description, bindings)
    const operation = findOrStart(rule, description, bindings, fresh, core)
    const { state } = operation
    state.arrivals.push(core.now)
    addEvidence(operation, core)
    core.operations.changed(operation)
    if (state.second) {
      if (state.arrivals.length <= definition.threshold2) return condition.continue
      state.arrivals.shift()
      keepEvidence(operation, state.arrivals.length, state.arrivals.first)
      operation.windowStart = state.arrivals.first ?? core.now
      core.operations.reschedule(operation)
    } else if (state.arrivals.length >= definition.threshold) {
      const window = { start: operation.windowStart, end: operation.windowStart + definition.window }
      state.second = true
      state.arrivals.clear()
      operation.windowStart = core.now
      core.operations.reschedule(operation)
      const bindings = { dollar: operation.captured }
      new ActionScope(core, rule.id, description, bindings, { operation, window }).run(definition.actions)
      // The second window counts anew.
      keepEvidence(operation, 0, undefined)
    }
    return condition.continue
  },

  window: ({ definition }, { state }) => (state.second ? definition.window2 : definition.window),

  expire(rule, operation, core) {
    const { state } = operation
    const { definition } = rule
    if (state.second) {
      const bindings = { dollar: operation.captured }
      const description = substituteMatchVariables(definition.description2, bindings)
      new ActionScope(core, rule.id, description, bindings, { operation }).run(definition.actions2)
      core.operations.end(operation)
      return
    }
    slideToOldest(operation, definition.window, core)
  },

  readState: (fields): TwoThresholdsState => ({
    arrivals: fields.list('arrivals', isNumber),
    second: fields.boolean('second')
  }),

  windowMoved(_rule, operation, core) {
    const { state } = operation
    forgetEarlier(operation)
    if (!state.second && state.arrivals.length === 0) core.operations.end(operation)
  }
}
