import { ActionScope } from '../actions/scope.ts'
import { substituteMatchVariables } from '../patterns/match-variables.ts'
import { condition } from './conditions.ts'
import type { SingleWithSuppressDefinition } from './definition.ts'
import { actionList, integer, text } from './fields.ts'
import { captureBinding, matchCondition } from './match-condition.ts'
import type { RuleType } from './rule.ts'
import { findRunning } from './running-operation.ts'
import { ruleSyntax } from './syntax.ts'

export const singleWithSuppressSyntax = ruleSyntax(
  'SingleWithSuppress',
  {
    condition,
    description: text('desc'),
    actions: actionList('action'),
    window: integer('window', 'time window', 1)
  },
  (values, line): SingleWithSuppressDefinition => ({ type: 'SingleWithSuppress', line, ...values })
)

/** Runs `action` for the first event and absorbs the others of its window. Source: SEC manual, "SINGLEWITHSUPPRESS RULE". */
export const singleWithSuppress: RuleType<SingleWithSuppressDefinition, null> = {
  actsOnMatchOnly: true,

  observe(rule, core) {
    const [condition] = rule.conditions
    const bindings = matchCondition(condition, rule, core)
    if (bindings === undefined) return undefined
    const description = substituteMatchVariables(rule.definition.description, bindings)
    if (findRunning(rule, description, core) === undefined) {
      const captured = captureBinding(bindings, rule)
      const operation = core.operations.start(rule.id, description, core.now, captured, null)
      new ActionScope(core, rule.id, description, bindings, { operation }).run(rule.definition.actions)
    }
    return condition.continue
  },

  window: rule => rule.definition.window,

  expire(_rule, operation, core) {
    core.operations.end(operation)
  }
}
