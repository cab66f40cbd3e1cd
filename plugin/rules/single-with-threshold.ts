import { addEvidence } from '../alerts/evidence.ts'
import { substituteMatchVariables } from '../patterns/match-variables.ts'
import { isNumber } from '../state/fields.ts'
import { SegmentedList } from '../state/segmented-list.ts'
import { forgetEarlier, slideToOldest } from './arrivals.ts'
import { condition } from './conditions.ts'
import type { SingleWithThresholdDefinition } from './definition.ts'
import { actionList, integer, optionalActionList, text } from './fields.ts'
import { matchCondition } from './match-condition.ts'
import type { RuleType } from './rule.ts'
import { findOrStart, runForOperation } from './running-operation.ts'
import { ruleSyntax } from './syntax.ts'

export const singleWithThresholdSyntax = ruleSyntax(
  'SingleWithThreshold',
  {
    condition,
    description: text('desc'),
    actions: actionList('action'),
    actions2: optionalActionList('action2'),
    window: integer('window', 'time window', 1),
    threshold: integer('thresh', 'threshold', 1)
  },
  (values, line): SingleWithThresholdDefinition => ({ type: 'SingleWithThreshold', line, ...values })
)

/** What one running operation remembers. */
export interface ThresholdState {
  /** Arrival times inside the window, seconds since Epoch, ascending. */
  readonly arrivals: SegmentedList<number>
  fired: boolean
}

const fresh = (): ThresholdState => ({ arrivals: new SegmentedList(), fired: false })

/**
 * Runs `action` once `thresh` events have arrived within `window` seconds, then absorbs further events until the
 * window ends and runs `action2`. Source: SEC manual, "SINGLEWITHTHRESHOLD RULE".
 */
export const singleWithThreshold: RuleType<SingleWithThresholdDefinition, ThresholdState> = {
  actsOnMatchOnly: true,

  observe(rule, core) {
    const [condition] = rule.conditions
    const bindings = matchCondition(condition, rule, core)
    if (bindings === undefined) return undefined
    const description = substituteMatchVariables(rule.definition.description, bindings)
    const operation = findOrStart(rule, description, bindings, fresh, core)
    addEvidence(operation, core)
    const { state } = operation
    if (state.fired) return condition.continue
    state.arrivals.push(core.now)
    core.operations.changed(operation)
    if (state.arrivals.length >= rule.definition.threshold) {
      state.fired = true
      state.arrivals.clear()
      runForOperation(rule, operation, rule.definition.actions, core)
    }
    return condition.continue
  },

  window: rule => rule.definition.window,

  expire(rule, operation, core) {
    const { state } = operation
    if (state.fired) {
      runForOperation(rule, operation, rule.definition.actions2, core)
      core.operations.end(operation)
      return
    }
    slideToOldest(operation, rule.definition.window, core)
  },

  readState: (fields): ThresholdState => ({
    arrivals: fields.list('arrivals', isNumber),
    fired: fields.boolean('fired')
  }),

  windowMoved(_rule, operation, core) {
    if (operation.state.fired) return
    forgetEarlier(operation)
    if (operation.state.arrivals.length === 0) core.operations.end(operation)
  }
}
