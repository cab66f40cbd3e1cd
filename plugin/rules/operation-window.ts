import { type Core, debug } from '../core.ts'
import type { Operation } from '../operations.ts'
import type { Rule, RuleSet } from './rule.ts'

/** The last second of an operation's window; `undefined` where it never ends. */
export function deadlineOf(operation: Operation, { rules }: RuleSet): number | undefined {
  const rule = rules[operation.rule] as Rule
  const window = rule.type.window?.(rule, operation as Operation<never>)
  return window === undefined ? undefined : operation.windowStart + window
}

/** Whether an operation runs its last actions, so that its window can't be moved. */
export function isEnding(operation: Operation, { ruleSet }: Core): boolean {
  const rule = ruleSet.rules[operation.rule] as Rule
  return rule.type.isEnding?.(operation as Operation<never>) ?? false
}

/** Makes an operation's window start at another second; with nothing left in it, it ends. */
export function moveWindow(operation: Operation, windowStart: number, core: Core): void {
  const rule = core.ruleSet.rules[operation.rule] as Rule
  operation.windowStart = windowStart
  rule.type.windowMoved?.(rule, operation as Operation<never>, core)
  if (core.operations.isRunning(operation)) {
    core.operations.reschedule(operation)
    return
  }
  const key = `${rule.fileName} | ${rule.number} | ${operation.description}`
  debug(core, () => `Operation '${key}' finished its work after window was moved`)
}
