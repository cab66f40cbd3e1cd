import { conditionThatEnds } from './conditions.ts'
import type { SuppressDefinition } from './definition.ts'
import { optionalText } from './fields.ts'
import { matchCondition } from './match-condition.ts'
import type { RuleType } from './rule.ts'
import { ruleSyntax } from './syntax.ts'

export const suppressSyntax = ruleSyntax(
  'Suppress',
  { condition: conditionThatEnds, description: optionalText('desc') },
  (values, line): SuppressDefinition => ({ type: 'Suppress', line, ...values })
)

/** Keeps matching lines from the rules after it. Source: SEC manual, "SUPPRESS RULE". */
export const suppress: RuleType<SuppressDefinition> = {
  actsOnMatchOnly: true,

  observe(rule, core) {
    const [condition] = rule.conditions
    return matchCondition(condition, rule, core) && condition.continue
  }
}
