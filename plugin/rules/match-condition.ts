import type { ContextExpression } from '../contexts/compile.ts'
import { evaluateContextExpression } from '../contexts/evaluate.ts'
import type { Core } from '../core.ts'
import { ownValue } from '../own-value.ts'
import type { MatchBinding, MatchBindings, MatchVariables } from '../patterns/match-variables.ts'
import type { CompiledPattern } from '../patterns/pattern.ts'
import type { ConditionDefinition, Continuation } from './definition.ts'
import type { Rule } from './rule.ts'

/** A pattern with its variable map and context expression, compiled. */
export interface Condition {
  readonly definition: ConditionDefinition
  readonly pattern: CompiledPattern
  readonly context: ContextExpression | undefined
  readonly continue: Continuation
}

/**
 * Matches a condition against the line being processed. What the strings of the rule may refer to comes back, or
 * `undefined` if it does not match. A match is cached even if the context expression is false.
 *
 * `pattern` stands in for the condition's own where it was made from a template, and `captured` binds what the
 * operation started with: as `%1` where both patterns set variables, as `$1` where only the first does.
 */
export function matchCondition(
  condition: Condition,
  rule: Rule,
  core: Core,
  captured?: MatchBinding,
  pattern: CompiledPattern = condition.pattern
): MatchBindings | undefined {
  const { context } = condition
  const { variableMap } = condition.definition
  if (context?.beforePattern === true) {
    const bindings = bind(undefined, captured, pattern)
    if (!evaluateContextExpression(context.root, bindings, rule, core)) return undefined
  }
  const match = pattern.match(core, rule)
  if (match === undefined) return undefined
  let variables: MatchVariables | undefined
  if (match !== true) {
    variables = variableMap === undefined ? match : mapVariables(match, variableMap.variables)
    if (variableMap !== undefined) {
      for (const entry of variableMap.entries) core.storeMatch(entry, variables, match, variableMap)
    }
  }
  const bindings = bind(dollarOf(variables, core), captured, pattern)
  if (context === undefined || context.beforePattern) return bindings
  const { cache } = core
  if (!evaluateContextExpression(context.root, bindings, rule, core)) return undefined
  // Perl code of the expression may have changed entries of the cache.
  return core.cache === cache ? bindings : bind(dollarOf(variables, core), captured, pattern)
}

/** No closure in `matchCondition`: V8 would make room for what it holds at every call, also where nothing matches. */
function dollarOf(variables: MatchVariables | undefined, core: Core): MatchBinding | undefined {
  return variables && { variables, cache: core.cache }
}

function bind(
  dollar: MatchBinding | undefined,
  captured: MatchBinding | undefined,
  pattern: CompiledPattern
): MatchBindings {
  if (captured === undefined) return { dollar }
  return pattern.setsVariables ? { dollar, percent: captured } : { dollar: captured }
}

function mapVariables(
  match: MatchVariables,
  map: readonly { readonly name: string; readonly number: number }[]
): MatchVariables {
  if (map.length === 0) return match
  const mapped: Record<string, string | undefined> = { ...match }
  for (const { name, number } of map) mapped[name] = ownValue(match, String(number))
  return mapped
}

/** What an operation keeps of the match that it starts with: no more of the cache than its rule refers to. */
export function captureBinding({ dollar }: MatchBindings, { cacheEntries }: Rule): MatchBinding | undefined {
  if (dollar === undefined) return undefined
  const cache: Record<string, MatchVariables> = {}
  for (const name of cacheEntries) {
    const entry = ownValue(dollar.cache, name)
    if (entry !== undefined) cache[name] = entry
  }
  return { variables: dollar.variables, cache }
}
