import { substituteMatchVariables } from '../patterns/match-variables.ts'
import { condition } from './conditions.ts'
import type { JumpDefinition } from './definition.ts'
import { optionalText, words, yesOrNo } from './fields.ts'
import { matchCondition } from './match-condition.ts'
import type { RuleType } from './rule.ts'
import { ruleSyntax } from './syntax.ts'

export const jumpSyntax = ruleSyntax(
  'Jump',
  {
    condition,
    sets: words('cfset'),
    constantSets: yesOrNo('constset', true),
    description: optionalText('desc')
  },
  (values, line): JumpDefinition => ({ type: 'Jump', line, ...values })
)

/** Submits matching lines to the rules of configuration file sets. Source: SEC manual, "JUMP RULE". */
export const jump: RuleType<JumpDefinition> = {
  actsOnMatchOnly: true,

  observe(rule, core) {
    const [condition] = rule.conditions
    const bindings = matchCondition(condition, rule, core)
    if (bindings === undefined) return undefined
    const { sets, constantSets } = rule.definition
    for (const template of sets) {
      const name = constantSets ? template : substituteMatchVariables(template, bindings)
      if (core.processSet(name, rule) === 'EndMatch') return { type: 'EndMatch' }
    }
    return condition.continue
  }
}
