import { ActionScope } from './actions/scope.ts'
import { because, timerCause } from './alerts/cause.ts'
import type { Context } from './contexts/store.ts'
import { type Core, debug } from './core.ts'
import type { Operation } from './operations.ts'
import { NO_BINDINGS } from './patterns/match-variables.ts'
import type { Rule } from './rules/rule.ts'

/** Runs what a context is to do before it is dropped, and drops it. `name` is the one that messages call it by. */
export function expireContext(context: Context, name: string, core: Core): void {
  const { contexts } = core
  debug(core, () => `Deleting stale context '${name}'`)
  const { expiry } = context
  try {
    if (expiry !== undefined) {
      contexts.whileExpiring(context, () => {
        const scope = new ActionScope(core, expiry.rule, expiry.description, NO_BINDINGS, { context })
        // A context that an action makes obsolete ends for the reason that the action has.
        if (contexts.isDue(context, core.now)) {
          const deadline = context.created + context.lifetime
          because(
            core,
            () => timerCause(['context', context.names[0] ?? '', context.created, deadline]),
            () => void scope.run(expiry.actions)
          )
        } else scope.run(expiry.actions)
      })
    }
  } finally {
    contexts.remove(context)
  }
  for (const each of context.names) debug(core, () => `Stale context '${each}' deleted`)
}

/** Ends an operation that is due, or slides its window, as its rule type does. */
export function expireOperation(operation: Operation, core: Core): void {
  const rule = core.ruleSet.rules[operation.rule] as Rule
  because(
    core,
    () => {
      const deadline = core.operations.deadline(operation) ?? 0
      const parts = ['operation', rule.identity.id, operation.description, deadline]
      return timerCause(parts, operation.evidence?.trace)
    },
    () => rule.type.expire?.(rule, operation as Operation<never>, core)
  )
}
