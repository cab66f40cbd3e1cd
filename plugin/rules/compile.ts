import { compileContextExpression } from '../contexts/compile.ts'
import { FieldVariables, referencedFieldVariables } from '../patterns/field-variables.ts'
import { referencedCacheEntries } from '../patterns/match-variables.ts'
import { compilePattern } from '../patterns/registry.ts'
import type { ConditionDefinition, RuleDefinition, RuleFileDefinition } from './definition.ts'
import { type RuleIdentity, ruleIdentities } from './identity.ts'
import type { Condition } from './match-condition.ts'
import { ruleTypes } from './registry.ts'
import { groupRules } from './rule-groups.ts'
import type { Rule, RuleFile, RuleSet } from './rule.ts'

const NEVER: ConditionDefinition = {
  pattern: { type: 'TValue', negated: false, lines: 1, source: 'FALSE' },
  continue: { type: 'DontCont' }
}

/** Of a rule that is gone. */
const NO_FILE: RuleFile = { name: '', rules: [], groups: [], labels: new Map() }

/** Compiles parsed rule files, in their order, into what the correlator runs. */
export function compileRules(definitions: readonly RuleFileDefinition[]): RuleSet {
  const rules: Rule[] = []
  const fileOfRule: RuleFile[] = []
  const mainFiles: RuleFile[] = []
  const sets = new Map<string, RuleFile[]>()
  const identify = ruleIdentities()
  for (const definition of definitions) {
    const ofFile = definition.rules.map((rule, number) =>
      compileRule(
        rule,
        rules.length + number,
        number,
        identify(definition.name, definition.hashes[number] ?? '')
      )
    )
    const { name, labels } = definition
    const file: RuleFile = { name, rules: ofFile, groups: groupRules(ofFile), labels }
    for (const rule of ofFile) {
      rules.push(rule)
      fileOfRule.push(file)
    }
    if (definition.options.processAllInput) mainFiles.push(file)
    for (const name of definition.options.joinCfSets) {
      const members = sets.get(name)
      if (members === undefined) sets.set(name, [file])
      else members.push(file)
    }
  }
  const fieldVariables = new FieldVariables(
    rules.flatMap(rule => referencedFieldVariables(JSON.stringify(rule.definition)))
  )
  return {
    rules,
    mainFiles,
    sets,
    fieldVariables: fieldVariables.isEmpty ? undefined : fieldVariables,
    fileOf: id => fileOfRule[id] ?? NO_FILE
  }
}

function compileRule(definition: RuleDefinition, id: number, number: number, identity: RuleIdentity): Rule {
  const [first = NEVER, ...others] = conditionsOf(definition)
  return {
    id,
    number,
    fileName: identity.file,
    identity,
    type: ruleTypes[definition.type],
    definition,
    conditions: [compileCondition(first), ...others.map(compileCondition)],
    cacheEntries: [...new Set(referencedCacheEntries(JSON.stringify(definition)))]
  }
}

function compileCondition(definition: ConditionDefinition): Condition {
  const { context, variableMap } = definition
  return {
    definition,
    pattern: compilePattern(definition.pattern, variableMap !== undefined && variableMap.entries.length > 0),
    context: context && compileContextExpression(context),
    continue: definition.continue
  }
}

function conditionsOf(definition: RuleDefinition): readonly ConditionDefinition[] {
  switch (definition.type) {
    case 'Calendar':
      return definition.context === undefined ? [] : [{ ...NEVER, context: definition.context }]
    case 'EventGroup':
      return definition.members.map(member => member.condition)
    case 'Pair':
    case 'PairWithWindow':
      return [definition.condition, definition.condition2]
    default:
      return [definition.condition]
  }
}

/** The most lines that a pattern of the rules looks at. */
export function longestPattern({ rules }: RuleSet): number {
  let lines = 1
  for (const rule of rules) {
    for (const { definition } of rule.conditions) lines = Math.max(lines, definition.pattern.lines)
  }
  return lines
}
