import type { Core } from '../core.ts'
import { type MatchBindings, substituteMatchVariables } from '../patterns/match-variables.ts'
import type { Rule } from '../rules/rule.ts'
import type { ContextNode } from './definition.ts'

/**
 * Evaluates a context expression for a rule. Operators short-circuit. A context that is due expires when it is named:
 * its actions run in mid-matching, as in SEC.
 */
export function evaluateContextExpression(
  node: ContextNode,
  bindings: MatchBindings,
  rule: Rule,
  core: Core
): boolean {
  switch (node.type) {
    case 'context':
      return contextExists(substituteMatchVariables(node.name, bindings), core)
    case 'varset':
      return Object.hasOwn(core.cache, substituteMatchVariables(node.entry, bindings))
    case 'not':
      return !evaluateContextExpression(node.operand, bindings, rule, core)
    case 'and':
      return (
        evaluateContextExpression(node.left, bindings, rule, core) &&
        evaluateContextExpression(node.right, bindings, rule, core)
      )
    case 'or':
      return (
        evaluateContextExpression(node.left, bindings, rule, core) ||
        evaluateContextExpression(node.right, bindings, rule, core)
      )
    case 'perl':
      core.reportNotYet(rule.id, 'context expression =( )')
      return false
    case 'call':
      core.reportNotYet(rule.id, `context expression ${node.operator}`)
      return false
  }
}

function contextExists(name: string, core: Core): boolean {
  const { contexts } = core
  if (contexts.findInternal(name) !== undefined) return true
  const context = contexts.find(name)
  if (context === undefined) return false
  if (!contexts.isDue(context, core.now) || contexts.isExpiring(context)) return true
  core.expireContext(context, name)
  return false
}
