import type { RuleDefinition } from '../rules/definition.ts'
import type { ActionDefinition, ActionListDefinition } from './definition.ts'

/** Every action of a rule, those inside other actions included, in the order of the rule's fields. */
export function everyAction(rule: RuleDefinition): ActionDefinition[] {
  return listsOf(rule).flatMap(actionsIn)
}

function listsOf(rule: RuleDefinition): readonly ActionListDefinition[] {
  switch (rule.type) {
    case 'Suppress':
    case 'Jump':
      return []
    case 'EventGroup':
      return [...rule.members.map(member => member.count), rule.actions, rule.init, rule.end, rule.slide]
    case 'Single':
    case 'SingleWithSuppress':
    case 'Calendar':
      return [rule.actions]
    case 'SingleWithScript':
    case 'Pair':
    case 'PairWithWindow':
    case 'SingleWithThreshold':
    case 'SingleWith2Thresholds':
      return [rule.actions, rule.actions2]
  }
}

function actionsIn(list: ActionListDefinition): ActionDefinition[] {
  return list.flatMap(action => {
    const inner = 'actions' in action ? actionsIn(action.actions ?? []) : []
    return [action, ...inner, ...('otherwise' in action ? actionsIn(action.otherwise ?? []) : [])]
  })
}
