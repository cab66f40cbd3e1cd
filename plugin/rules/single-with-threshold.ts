import type { Operation } from '../operations.ts'
import { substituteMatchVariables } from '../patterns/match-variables.ts'
import { condition } from './conditions.ts'
import type { SingleWithThresholdDefinition } from './definition.ts'
import { actionList, integer, optionalActionList, text } from './fields.ts'
import { captureBinding, matchCondition } from './match-condition.ts'
import type { RuleType } from './rule.ts'
import { findRunning, runForOperation } from './running-operation.ts'
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
  arrivals: number[]
  fired: boolean
}

/**
 * Runs `action` once `thresh` events have arrived within `window` seconds, then absorbs further events until the
 * window ends and runs `action2`. Source: SEC manual, "SINGLEWITHTHRESHOLD RULE".
 */
export const singleWithThreshold: RuleType<SingleWithThresholdDefinition, ThresholdState> = {
  observe(rule, core) {
    const [condition] = rule.conditions
    const bindings = matchCondition(condition, rule, core)
    if (bindings === undefined) return undefined
    const description = substituteMatchVariables(rule.definition.description, bindings)
    const running = findRunning(rule, description, core) as Operation<ThresholdState> | undefined
    const operation =
      running ??
      core.operations.start<ThresholdState>(rule.id, description, core.now, captureBinding(bindings, rule), {
        arrivals: [],
        fired: false
      })
    const { state } = operation
    if (state.fired) return condition.continue
    state.arrivals.push(core.now)
    if (state.arrivals.length >= rule.definition.threshold) {
      state.fired = true
      state.arrivals = []
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
    // An event exactly `window` seconds old still counts.
    state.arrivals = state.arrivals.filter(time => core.now - time <= rule.definition.window)
    const [oldest] = state.arrivals
    if (oldest === undefined) {
      core.operations.end(operation)
      return
    }
    operation.windowStart = oldest
    core.operations.reschedule(operation)
  },

  windowMoved(_rule, operation, core) {
    const { state, windowStart } = operation
    if (state.fired) return
    state.arrivals = state.arrivals.filter(time => time >= windowStart)
    if (state.arrivals.length === 0) core.operations.end(operation)
  }
}
