import type { Continuation, RuleDefinition } from './definition.ts'
import type { RuleReport } from './syntax.ts'

/** Warns of every GoTo that leads nowhere: its label is unknown, or does not stand after its rule. */
export function reportLabels(
  rules: readonly RuleDefinition[],
  labels: ReadonlyMap<string, number>,
  reportOf: (line: number) => RuleReport
): void {
  for (const [index, rule] of rules.entries()) {
    for (const [keyword, continuation] of continuationsOf(rule)) {
      if (continuation.type !== 'GoTo') continue
      const { label } = continuation
      const target = labels.get(label)
      if (target === undefined) {
        reportOf(rule.line).warning(`label ${label} does not exist, assuming ${keyword}=DontCont`)
      } else if (target <= index) {
        reportOf(rule.line).warning(`can't go backwards to label ${label}, assuming ${keyword}=DontCont`)
      }
    }
  }
}

function continuationsOf(rule: RuleDefinition): readonly (readonly [string, Continuation])[] {
  switch (rule.type) {
    case 'Calendar':
      return []
    case 'Pair':
    case 'PairWithWindow':
      return [
        ['continue', rule.condition.continue],
        ['continue2', rule.condition2.continue]
      ]
    case 'EventGroup':
      return rule.members.map(({ condition }, index) => [
        index === 0 ? 'continue' : `continue${index + 1}`,
        condition.continue
      ])
    default:
      return [['continue', rule.condition.continue]]
  }
}
