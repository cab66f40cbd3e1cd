import { parseContextExpression } from '../contexts/parser.ts'
import { mayBeReferredTo, parsePattern } from '../patterns/parser.ts'
import { parseVariableMap } from '../patterns/variable-map.ts'
import type { ConditionDefinition, Continuation } from './definition.ts'
import { type Field, type Keyword, REFUSED, type RuleReport } from './syntax.ts'

type Values = ReadonlyMap<string, string>

const DONT_CONTINUE: Continuation = { type: 'DontCont' }

/** The one condition of most rules: `continue`, `ptype`, `pattern`, `varmap`, `context`. */
export const condition: Field<ConditionDefinition> = {
  keywords: conditionKeywords(''),
  read: (values, report) => readCondition(values, '', report)
}

/** The same without `continue`. */
export const conditionThatEnds: Field<ConditionDefinition> = {
  ...condition,
  keywords: condition.keywords.filter(keyword => keyword.name !== 'continue')
}

/**
 * The two conditions of a Pair. SEC checks them keyword by keyword, and the second pattern may hold match variables of
 * the first: such a pattern is checked when they have values.
 */
export const pairOfConditions: Field<readonly [ConditionDefinition, ConditionDefinition]> = {
  keywords: [...conditionKeywords(''), ...conditionKeywords('2')],
  read(values, report) {
    const continuation = readContinue(values, '', report)
    if (continuation === REFUSED) return REFUSED
    const continuation2 = readContinue(values, '2', report)
    if (continuation2 === REFUSED) return REFUSED
    const pattern = readPattern(values, '', report)
    if (pattern === REFUSED) return REFUSED
    const pattern2 = readPattern(values, '2', report, { template: mayBeReferredTo(pattern) })
    if (pattern2 === REFUSED) return REFUSED
    const map = readVariableMap(values, '', pattern, report)
    if (map === REFUSED) return REFUSED
    const map2 = readVariableMap(values, '2', pattern2, report)
    if (map2 === REFUSED) return REFUSED
    const context = readContext(values, '', report)
    if (context === REFUSED) return REFUSED
    const context2 = readContext(values, '2', report)
    if (context2 === REFUSED) return REFUSED
    return [
      { pattern, ...map, ...context, continue: continuation },
      { pattern: pattern2, ...map2, ...context2, continue: continuation2 }
    ]
  }
}

/** `suffix`: the number of the fields, '' for the first. */
export function readCondition(
  values: Values,
  suffix: string,
  report: RuleReport
): ConditionDefinition | typeof REFUSED {
  const continuation = readContinue(values, suffix, report)
  if (continuation === REFUSED) return REFUSED
  const pattern = readPattern(values, suffix, report)
  if (pattern === REFUSED) return REFUSED
  const map = readVariableMap(values, suffix, pattern, report)
  if (map === REFUSED) return REFUSED
  const context = readContext(values, suffix, report)
  if (context === REFUSED) return REFUSED
  return { pattern, ...map, ...context, continue: continuation }
}

export function conditionKeywords(suffix: string): readonly Keyword[] {
  return [
    { name: `continue${suffix}`, required: false },
    { name: `ptype${suffix}`, required: true },
    { name: `pattern${suffix}`, required: true },
    { name: `varmap${suffix}`, required: false },
    { name: `context${suffix}`, required: false }
  ]
}

function readContinue(values: Values, suffix: string, report: RuleReport): Continuation | typeof REFUSED {
  const value = values.get(`continue${suffix}`)
  if (value === undefined) return DONT_CONTINUE
  const label = /^goto[ \t\n\r\f\v]+([^]+)$/i.exec(value)?.[1]
  if (label !== undefined) return { type: 'GoTo', label }
  switch (value.toLowerCase()) {
    case 'takenext':
      return { type: 'TakeNext' }
    case 'dontcont':
      return DONT_CONTINUE
    case 'endmatch':
      return { type: 'EndMatch' }
    default:
      report.error(`Invalid continue value '${value}'; expected TakeNext, DontCont, EndMatch or GoTo <label>`)
      return REFUSED
  }
}

function readPattern(
  values: Values,
  suffix: string,
  report: RuleReport,
  options?: { readonly template: boolean }
): ConditionDefinition['pattern'] | typeof REFUSED {
  const type = values.get(`ptype${suffix}`) ?? ''
  const source = values.get(`pattern${suffix}`) ?? ''
  return parsePattern(type, source, report, options) ?? REFUSED
}

const SETS_OWN_VARIABLES: ReadonlySet<string> = new Set(['RegExp', 'PerlFunc', 'Record'])

function readVariableMap(
  values: Values,
  suffix: string,
  pattern: ConditionDefinition['pattern'],
  report: RuleReport
): Pick<ConditionDefinition, 'variableMap'> | typeof REFUSED {
  const value = values.get(`varmap${suffix}`)
  if (value === undefined) return {}
  if (pattern.negated || !SETS_OWN_VARIABLES.has(pattern.type)) {
    report.warning(
      `Variable maps are supported for RegExp and PerlFunc patterns only, ignoring variable map '${value}'; ` +
        'expected pattern type RegExp, PerlFunc or Record'
    )
    return {}
  }
  const variableMap = parseVariableMap(value, report)
  return variableMap === undefined ? REFUSED : { variableMap }
}

function readContext(
  values: Values,
  suffix: string,
  report: RuleReport
): Pick<ConditionDefinition, 'context'> | typeof REFUSED {
  const value = values.get(`context${suffix}`)
  if (value === undefined) return {}
  const context = parseContextExpression(value, report)
  return context === undefined ? REFUSED : { context }
}
