import type { ActionListDefinition, ActionName, ActionOf } from './definition.ts'
import type { PerlLoader } from '../perl/source.ts'
import type { ActionScope, Flow } from './scope.ts'

/** How one action is written. */
export interface ActionSyntax<Name extends ActionName = ActionName> {
  readonly name: Name
  /** For messages: `write <path> [<text>]`. */
  readonly usage: string
  /** Takes what follows the keyword. `undefined`: faulty; if the source was not told why, the form is another. */
  parse(source: ParameterSource): ActionOf<Name> | undefined
}

/** One action: how it is written and what it does. */
export interface ActionType<Name extends ActionName = ActionName> extends ActionSyntax<Name> {
  run(definition: ActionOf<Name>, scope: ActionScope): Flow | undefined
  /** What it does that is not built yet, for a message: `action "eval" runs Perl, not yet`. */
  readonly notYet?: string
}

/** An action's parameters as they are taken off it. */
export interface ParameterSource {
  readonly action: ActionName
  /** Compiles Perl code that evaluates to a code reference. */
  readonly perl: PerlLoader
  /** What is left, without whitespace around it and with masked parentheses hidden (`parentheses.ts`). */
  rest: string
  /** Parses an action list inside an action; `undefined` if it is faulty, which is reported then. */
  list(text: string): ActionListDefinition | undefined
  /** Reports why the action is refused, in place of SEC's general message. */
  fault(message: string): void
  /** Says what was expected where SEC has no line for this fault: it goes to the end of the line about the list. */
  hint(message: string): void
}

/** One parameter of an action: first all are taken, then, if the action has the right form, each is read. */
export interface Parameter<T> {
  /** How `usage` shows a parameter of this name. */
  form(name: string): string
  /** Takes its text off the source; `undefined` where it is left out, `NO_MATCH` where it must not be. */
  take(source: ParameterSource): string | undefined | typeof NO_MATCH
  /** What the text stands for; `NO_MATCH` after the source was told what is wrong with it. */
  read(text: string | undefined, source: ParameterSource): T | typeof NO_MATCH
}

export const NO_MATCH = Symbol('no match')

type ParametersOf<Name extends ActionName> = {
  readonly [Key in Exclude<keyof ActionOf<Name>, 'type'>]-?: Parameter<ActionOf<Name>[Key]>
}

/**
 * An action whose parameters stand one after the other, in the order of `parameters`' keys.
 * A parameter that yields `undefined` is left out of the definition.
 */
export function action<const Name extends ActionName>(
  name: Name,
  parameters: ParametersOf<Name>,
  run: (definition: ActionOf<Name>, scope: ActionScope) => void
): ActionType<Name> {
  const entries: [string, Parameter<unknown>][] = Object.entries(parameters)
  return {
    name,
    usage: [name, ...entries.map(([key, parameter]) => parameter.form(key))].join(' '),
    parse(source) {
      const texts: (string | undefined)[] = []
      for (const [, parameter] of entries) {
        const text = parameter.take(source)
        if (text === NO_MATCH) return undefined
        texts.push(text)
      }
      if (source.rest !== '') return undefined
      const definition: Record<string, unknown> = { type: name }
      for (const [index, [key, parameter]] of entries.entries()) {
        const value = parameter.read(texts[index], source)
        if (value === NO_MATCH) return undefined
        if (value !== undefined) definition[key] = value
      }
      // Every key that ActionOf<Name> has was read by a parameter of that key's type.
      return definition as unknown as ActionOf<Name>
    },
    run(definition, scope) {
      run(definition, scope)
      return undefined
    }
  }
}

export function nothing(): void {}

/** An action that parses but can't run yet: when it is reached it logs an error. */
export function notYet<Name extends ActionName>(
  syntax: ActionSyntax<Name>,
  reason: string
): ActionType<Name> {
  return {
    ...syntax,
    notYet: reason,
    run(_definition, scope) {
      scope.core.reportNotYet(scope.rule, `action "${syntax.name}" ${reason}`)
      return undefined
    }
  }
}
