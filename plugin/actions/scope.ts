import type { Evidence } from '../alerts/evidence.ts'
import type { Context, ExpiryActions } from '../contexts/store.ts'
import type { Core } from '../core.ts'
import type { Operation } from '../operations.ts'
import { type MatchBindings, maskPercent, substituteMatchVariables } from '../patterns/match-variables.ts'
import type { ActionDefinition, ActionListDefinition } from './definition.ts'
import { actions } from './registry.ts'
import type { ActionType } from './syntax.ts'

/** Why a list ended before its last action. */
export type Flow = 'break' | 'continue'

/** What an action list runs for: an operation, a context that expires, or the event that is being matched. */
export interface Occasion {
  readonly operation?: Operation
  /** Of the operation, where it has moved on already. Seconds since Epoch. */
  readonly window?: { readonly start: number; readonly end: number }
  readonly context?: Context
  /** Of an event that was matched earlier. */
  readonly evidence?: Evidence | undefined
}

const THIS_EVENT: Occasion = {}

/** What one run of an action list goes by: what its strings refer to, and who runs it. */
export class ActionScope {
  readonly core: Core
  /** `%s` */
  readonly description: string
  readonly bindings: MatchBindings
  /** Index in the rule set of the rule whose action list it is. */
  readonly rule: number
  readonly occasion: Occasion

  constructor(
    core: Core,
    rule: number,
    description: string,
    bindings: MatchBindings,
    occasion: Occasion = THIS_EVENT
  ) {
    this.core = core
    this.rule = rule
    this.description = description
    this.bindings = bindings
    this.occasion = occasion
  }

  /** Runs the actions one after the other, each seeing all that the ones before it have done. */
  run(list: ActionListDefinition): Flow | undefined {
    for (const action of list) {
      // The registry's key is the action's type, so its `run` takes this definition.
      const type = actions[action.type] as unknown as ActionType
      const flow = type.run(action, this)
      if (flow !== undefined) return flow
    }
    return undefined
  }

  /** A string with its match variables and then its action list variables substituted. */
  text(template: string): string {
    return this.core.variables.substitute(this.#bind(template), this.description, this.core.now)
  }

  /** A shell command: `%s` is quoted if the user wants so. */
  shellCommand(template: string): string {
    const description = this.core.settings.quoting ? quote(this.description) : this.description
    return this.core.variables.substitute(this.#bind(template), description, this.core.now)
  }

  /** An action list that will run later, on its own: the match variables are substituted now. */
  expiryActions(list: ActionListDefinition): ExpiryActions {
    const identity = this.core.ruleSet.rules[this.rule]?.identity.id ?? ''
    return { actions: this.#bindList(list), description: this.description, rule: this.rule, identity }
  }

  #bind(template: string): string {
    return substituteMatchVariables(template, this.bindings, maskPercent)
  }

  #bindList(list: ActionListDefinition): ActionListDefinition {
    const { dollar, percent } = this.bindings
    if (dollar === undefined && percent === undefined) return list
    return list.map(action => this.#bindAction(action))
  }

  #bindAction(action: ActionDefinition): ActionDefinition {
    const bound = Object.entries(action).map(([key, value]: [string, unknown]) => [
      key,
      key === 'type' || (key === 'code' && action.type === 'lcall') ? value : this.#bindParameter(value)
    ])
    return Object.fromEntries(bound) as ActionDefinition
  }

  #bindParameter(value: unknown): unknown {
    if (typeof value === 'string') return this.#bind(value)
    if (!Array.isArray(value)) return value
    const items: readonly unknown[] = value
    return items.map(item =>
      typeof item === 'string' ? this.#bind(item) : this.#bindAction(item as ActionDefinition)
    )
  }
}

/** In single quotes for a shell, as Perl programs do it: `it's` becomes `'it'\''s'`. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}

/** The lines of a text as Perl's split gives them: empty ones at the end do not count. */
export function splitLines(text: string): string[] {
  const lines = text.split('\n')
  while (lines.length > 0 && lines[lines.length - 1] === '') lines.pop()
  return lines
}
