import { ActionScope } from '../actions/scope.ts'
import { substituteMatchVariables } from '../patterns/match-variables.ts'
import { condition } from './conditions.ts'
import type { SingleDefinition } from './definition.ts'
import { actionList, text } from './fields.ts'
import { matchCondition } from './match-condition.ts'
import type { RuleType } from './rule.ts'
import { ruleSyntax } from './syntax.ts'

export const singleSyntax = ruleSyntax(
  'Single',
  { condition, description: text('desc'), actions: actionList('action') },
  (values, line): SingleDefinition => ({ type: 'Single', line, ...values })
)

/** Runs `action` at once. Source: SEC manual, "SINGLE RULE". */
export const single: RuleType<SingleDefinition> = {
  actsOnMatchOnly: true,

  observe(rule, core) {
    const [condition] = rule.conditions
    const bindings = matchCondition(condition, rule, core)
    if (bindings === undefined) return undefined
    const description = substituteMatchVariables(rule.definition.description, bindings)
    new ActionScope(core, rule.id, description, bindings).run(rule.definition.actions)
    return condition.continue
  }
}
