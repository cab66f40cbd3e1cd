import type { Core } from '../core.ts'
import type { Rule } from '../rules/rule.ts'
import { compileCel } from './cel/expression.ts'
import { matchOf } from './cel/result.ts'
import type { PatternDefinition } from './definition.ts'
import { eventRecord } from './event-record.ts'
import type { MatchVariables } from './match-variables.ts'
import { type CompiledPattern, commonVariables } from './pattern.ts'

/**
 * Record and NRecord: a CEL expression over the fields of the record. Record matches if it is true or a map, whose entries
 * become named match variables; NRecord if it is neither. An expression that needs a field which the record lacks is
 * not true. One that can't be evaluated otherwise is reported, and then neither matches. A source that can't be compiled,
 * which the parser refuses, never matches.
 */
export function compileRecord({ source, negated }: PatternDefinition): CompiledPattern {
  const result = compileCel(source)
  if (!result.ok) return { setsVariables: true, match: () => undefined }
  const { expression } = result
  const evaluate = (core: Core, rule: Rule): MatchVariables | boolean | undefined => {
    const outcome = expression.evaluate(eventRecord(core))
    if (outcome.type === 'value') return matchOf(outcome.value)
    if (outcome.type === 'missing') return false
    core.reportFault(rule, outcome.code, `can't evaluate '${source}': ${outcome.message}`)
    return undefined
  }
  return {
    setsVariables: true,
    match: (core, rule) => {
      const value = evaluate(core, rule)
      if (value === undefined || (value === false) !== negated) return undefined
      const variables = commonVariables(core.buffers.text(1), 1, core)
      return typeof value === 'object' ? { ...variables, ...value } : variables
    }
  }
}
