import { ActionScope } from '../actions/scope.ts'
import type { ActionListDefinition } from '../actions/definition.ts'
import type { Core } from '../core.ts'
import type { Operation } from '../operations.ts'
import type { MatchBindings } from '../patterns/match-variables.ts'
import { captureBinding } from './match-condition.ts'
import type { Rule } from './rule.ts'

/**
 * The operation that an event goes to. One that is due ends or slides before it sees the event: so only the operation
 * is that the rule's own pattern leads to, never one that a second pattern looks at.
 */
export function findRunning(rule: Rule, description: string, core: Core): Operation | undefined {
  const operation = core.operations.find(rule.id, description)
  if (operation === undefined || !core.operations.isDue(operation, core.now)) return operation
  core.expireOperation(operation)
  return core.operations.isRunning(operation) ? operation : undefined
}

/** The operation that an event goes to, started with what `fresh` gives if it does not run. */
export function findOrStart<State>(
  rule: Rule,
  description: string,
  bindings: MatchBindings,
  fresh: () => State,
  core: Core
): Operation<State> {
  // What runs under this rule was started by its own rule type.
  const running = findRunning(rule, description, core) as Operation<State> | undefined
  return (
    running ?? core.operations.start(rule.id, description, core.now, captureBinding(bindings, rule), fresh())
  )
}

/** Runs an operation's action list, with what it captured at its start. */
export function runForOperation(
  rule: Rule,
  operation: Operation,
  actions: ActionListDefinition,
  core: Core
): void {
  const { description, captured } = operation
  new ActionScope(core, rule.id, description, { dollar: captured }, { operation }).run(actions)
}
