import type { Core } from '../core.ts'
import type { Rule } from '../rules/rule.ts'
import { eventRecord } from './event-record.ts'
import type { MatchVariables } from './match-variables.ts'
import type { RequiredLiteral } from './perl-regexp/index.ts'

/** A pattern ready to be matched. */
export interface CompiledPattern {
  /** Whether a match sets match variables. */
  readonly setsVariables: boolean
  /**
   * A conjunction: every line that matches has, for each entry, at least one of its texts. Only of patterns that look at
   * one line and at nothing else; `undefined`: nothing is known.
   */
  readonly required?: readonly RequiredLiteral[] | undefined
  /**
   * Matches the last lines of the current input buffer: the variables of a match, `true` for a match that sets none,
   * `undefined` for no match.
   */
  match(core: Core, rule: Rule): MatchVariables | true | undefined
}

/** The variables that every match has: `$0`, `$+{_inputsrc}`, `$+{_intcontext}`, and fields of the record that rules refer to. */
export function commonVariables(text: string, lines: number, core: Core): Record<string, string | undefined> {
  const variables = { 0: text, _inputsrc: core.buffers.source(lines), _intcontext: core.eventContext }
  const { fieldVariables } = core.ruleSet
  return fieldVariables === undefined
    ? variables
    : { ...fieldVariables.valuesOf(eventRecord(core)), ...variables }
}
