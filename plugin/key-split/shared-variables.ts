import { everyAction } from '../actions/every-action.ts'
import type { ContextNode } from '../contexts/definition.ts'
import type { RuleDefinition } from '../rules/definition.ts'
import { eitherShape, type Shape } from './shape.ts'

/**
 * What action list variables come out as that a list has not set itself: '' where no rule sets them, and where rules do no
 * more than set them to constants at the start, those. `undefined`: lines of other keys may have set them.
 */
export function sharedVariables(definitions: readonly RuleDefinition[]): (name: string) => Shape | undefined {
  const values = new Map<string, Shape | undefined>()
  for (const definition of definitions) {
    const isStart = setsUpAtStart(definition)
    for (const action of everyAction(definition)) {
      if (!('variable' in action) || action.variable === undefined) continue
      if (action.type === 'if' || action.type === 'while') continue
      const { variable } = action
      const before = values.has(variable) ? values.get(variable) : []
      const constant = isStart && action.type === 'assign' ? action.text : undefined
      values.set(
        variable,
        before === undefined || constant === undefined ? undefined : eitherShape([before, [constant], []])
      )
    }
  }
  return name => (values.has(name) ? values.get(name) : [])
}

/** Whether a rule sets variables to constants when SEC_STARTUP comes, and does nothing else. */
export function setsUpAtStart(definition: RuleDefinition): boolean {
  if (definition.type !== 'Single') return false
  const { context } = definition.condition
  if (context === undefined || !requires(context.root, 'SEC_INTERNAL_EVENT')) return false
  return definition.actions.every(
    action => action.type === 'none' || (action.type === 'assign' && !/[$%]/.test(action.text))
  )
}

function requires(node: ContextNode, name: string): boolean {
  switch (node.type) {
    case 'context':
      return node.name === name
    case 'and':
      return requires(node.left, name) || requires(node.right, name)
    case 'group':
      return requires(node.operand, name)
    default:
      return false
  }
}
