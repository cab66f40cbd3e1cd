import type { ActionVariables } from './action-variables.ts'
import type { Alerting } from './alerts/alerting.ts'
import type { StageSettings } from './alerts/settings.ts'
import type { Context, ContextStore } from './contexts/store.ts'
import type { SyntheticEvents } from './synthetic-events.ts'
import type { Host } from './host.ts'
import type { InputBuffers } from './input-buffers.ts'
import type { Operation, OperationStore } from './operations.ts'
import type { VariableMapDefinition } from './patterns/definition.ts'
import type { MatchCache, MatchVariables } from './patterns/match-variables.ts'
import type { PerlEntries } from './perl/entries.ts'
import type { PerlHost } from './perl/host.ts'
import type { LogRecord } from './record.ts'
import type { Rule, RuleSet } from './rules/rule.ts'
import type { Scripts } from './scripts.ts'
import type { TrackedMap } from './state/tracked-map.ts'
import type { TimeZone } from './time/time-zone.ts'

/** Settings of SEC's command line that the rules feel. */
export interface CorrelatorSettings {
  /** Lines in an input buffer; 0: as many as the patterns look at. */
  readonly bufferSize: number
  /** One input buffer for all inputs; `undefined`: SEC's default, which depends on the buffer's size. */
  readonly jointBuffer?: boolean | undefined
  /** Strings in a context's event store, at most; 0: no limit. */
  readonly eventStoreSize: number
  /** Seconds between two timer passes. */
  readonly cleanTime: number
  /** Sets up an internal context for each line. */
  readonly internalContexts: boolean
  /** Puts `%s` in single quotes in shell commands. */
  readonly quoting: boolean
  /** Given where a stage correlates. */
  readonly stage?: StageSettings | undefined
}

/** What rules and actions work on: the state of correlation and the way out. Implemented by the correlator. */
export interface Core {
  /** Seconds since Epoch. */
  readonly now: number
  readonly settings: CorrelatorSettings
  readonly host: Host
  readonly timeZone: TimeZone
  /** Runs the Perl code of rules; `undefined`: rules that have any are refused. */
  readonly perl: PerlHost | undefined
  readonly perlEntries: PerlEntries | undefined
  readonly ruleSet: RuleSet
  readonly variables: ActionVariables
  readonly contexts: ContextStore
  readonly operations: OperationStore
  readonly events: SyntheticEvents
  readonly scripts: Scripts
  readonly buffers: InputBuffers
  /** Causes and alerts; `undefined` where neither the settings nor the rules ask for them. */
  readonly alerting: Alerting | undefined
  /** The record that the line being matched, or the last one, was made from; `undefined`: from none. */
  readonly record: LogRecord | undefined
  /** The pattern match cache of the line being matched, or of the last one. */
  readonly cache: MatchCache
  /** The internal context of that line, for `$+{_intcontext}`. */
  readonly eventContext: string | undefined
  /** Stores the variables of a match with those that a map has added under an entry's name. */
  storeMatch(
    entry: string,
    variables: MatchVariables,
    match: MatchVariables,
    map: VariableMapDefinition
  ): void
  /** Perl code has changed an entry. */
  replaceMatch(entry: string, variables: MatchVariables): void
  /** Runs a context's expiry actions and drops it. `name`: the name by which it was come upon. */
  expireContext(context: Context, name: string): void
  /** Ends an operation that is due, or slides its window, with the actions that belong to it. */
  expireOperation(operation: Operation): void
  /** Whether an operation runs its last actions. */
  isEnding(operation: Operation): boolean
  /** `setwpos`: the window of an operation now starts at `windowStart` (seconds since Epoch). */
  moveWindow(operation: Operation, windowStart: number): void
  /** Matches the current line against the rules of a configuration file set, for a Jump rule. */
  processSet(name: string, rule: Rule): 'EndMatch' | undefined
  /** The local minute that each Calendar rule last acted in, by the rule's identity. */
  readonly lastMinutes: TrackedMap<string, string>
  /** Logs that there are many of a kind, if that is new. */
  warnOfGrowth(kind: string, count: number): void
  /** Whether a rule may run a program. If not, that is counted, and logged once for each rule. `origin`: as in `RunEffect`. */
  mayRunProgram(rule: number, origin: string): boolean
  /** A number for the next program to be started. */
  nextChild(): number
  /** Counts that a pattern of a rule could not be evaluated, and logs it once for each rule and `kind`. */
  reportFault(rule: Rule, kind: string, message: string): void
  /** Logs, once for each rule and construct, that what a rule has reached is not built yet. */
  reportNotYet(rule: number, construct: string): void
}

/** Logs at debug level; the message is built only if somebody listens. */
export function debug(core: Core, message: () => string): void {
  if (core.host.logLevel >= 6) core.host.log(6, message())
}
