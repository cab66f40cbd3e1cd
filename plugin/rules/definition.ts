import type { ActionListDefinition } from '../actions/definition.ts'
import type { ContextExpressionDefinition } from '../contexts/definition.ts'
import type { PatternDefinition, VariableMapDefinition } from '../patterns/definition.ts'

/** A rule file as parsed. Compiled rules (`Rule`) are made from it and refer to it by index. */
export interface RuleFileDefinition {
  /** The file's name as SEC shows it (as the glob of `--conf` gave it). */
  readonly name: string
  /** The rules that have numbers, in order: `rules[n]` is rule `n` of the file. Options and refused rules are not among them. */
  readonly rules: readonly RuleDefinition[]
  /** `hashOfFields` of each of them. */
  readonly hashes: readonly string[]
  /** Label → index in `rules` of the first rule after it (may be `rules.length`). */
  readonly labels: ReadonlyMap<string, number>
  /** From the last Options rule. */
  readonly options: { readonly joinCfSets: readonly string[]; readonly processAllInput: boolean }
  readonly diagnostics: readonly Diagnostic[]
}

/** What is wrong in a rule file. */
export interface Diagnostic {
  /**
   * `error`: `--testonly` exits with 1, and the rule is refused unless only one of its lines is malformed.
   * `warning`: the rule is loaded. `not yet`: it is loaded, but what the message names can't run.
   */
  readonly severity: 'error' | 'warning' | 'not yet' | 'note'
  /** First line of the rule, or the malformed or repeated line itself, from 1. */
  readonly line: number
  /** A whole log line, in SEC's words where SEC has them. */
  readonly message: string
}

export type Continuation =
  | { readonly type: 'TakeNext' | 'DontCont' | 'EndMatch' }
  /** Means DontCont if the file has no such label after this rule. */
  | { readonly type: 'GoTo'; readonly label: string }

/** A pattern with what belongs to it: `pattern*`, `varmap*`, `context*`, `continue*`. */
export interface ConditionDefinition {
  readonly pattern: PatternDefinition
  readonly variableMap?: VariableMapDefinition
  readonly context?: ContextExpressionDefinition
  readonly continue: Continuation
}

interface RuleHead {
  /** First line of the rule in its file, from 1. */
  readonly line: number
}

interface MatchingRule extends RuleHead {
  readonly condition: ConditionDefinition
  readonly description: string
}

export interface SingleDefinition extends MatchingRule {
  readonly type: 'Single'
  readonly actions: ActionListDefinition
}

export interface SingleWithScriptDefinition extends MatchingRule {
  readonly type: 'SingleWithScript'
  /** With `shell=no` a list of arguments. */
  readonly script: string | readonly string[]
  readonly actions: ActionListDefinition
  readonly actions2: ActionListDefinition
}

export interface SingleWithSuppressDefinition extends MatchingRule {
  readonly type: 'SingleWithSuppress'
  readonly actions: ActionListDefinition
  /** Seconds, as all windows. */
  readonly window: number
}

/** Pair and PairWithWindow have the same fields; a Pair's window may be 0, which never ends. */
export interface PairDefinition extends MatchingRule {
  readonly type: 'Pair' | 'PairWithWindow'
  readonly actions: ActionListDefinition
  readonly condition2: ConditionDefinition
  readonly description2: string
  readonly actions2: ActionListDefinition
  readonly window: number
}

export interface SingleWithThresholdDefinition extends MatchingRule {
  readonly type: 'SingleWithThreshold'
  readonly actions: ActionListDefinition
  readonly actions2: ActionListDefinition
  readonly window: number
  readonly threshold: number
}

export interface SingleWith2ThresholdsDefinition extends MatchingRule {
  readonly type: 'SingleWith2Thresholds'
  readonly actions: ActionListDefinition
  readonly window: number
  readonly threshold: number
  readonly description2: string
  readonly actions2: ActionListDefinition
  readonly window2: number
  readonly threshold2: number
}

export interface EventGroupMember {
  readonly condition: ConditionDefinition
  readonly threshold: number
  readonly count: ActionListDefinition
  /** A template; `undefined` stands for the member's number, from 1. */
  readonly token?: string
}

export interface EventGroupDefinition extends RuleHead {
  readonly type: 'EventGroup'
  readonly members: readonly EventGroupMember[]
  readonly description: string
  readonly actions: ActionListDefinition
  readonly init: ActionListDefinition
  readonly end: ActionListDefinition
  readonly slide: ActionListDefinition
  readonly multipleActions: boolean
  readonly window: number
  /** `egptype`, `egpattern` */
  readonly groupPattern?: PatternDefinition
}

export interface SuppressDefinition extends RuleHead {
  readonly type: 'Suppress'
  readonly condition: ConditionDefinition
  readonly description?: string
}

export interface CalendarDefinition extends RuleHead {
  readonly type: 'Calendar'
  readonly time: CalendarTime
  readonly context?: ContextExpressionDefinition
  readonly description: string
  readonly actions: ActionListDefinition
}

/** The values that match, ascending. Day 0 is the last day of a month; weekdays are 0–6, Sunday 0; `undefined` years: all. */
export interface CalendarTime {
  readonly minutes: readonly number[]
  readonly hours: readonly number[]
  readonly days: readonly number[]
  readonly months: readonly number[]
  readonly weekdays: readonly number[]
  /** Last two digits. */
  readonly years?: readonly number[]
}

export interface JumpDefinition extends RuleHead {
  readonly type: 'Jump'
  readonly condition: ConditionDefinition
  /** Set names, empty where `cfset` is missing; templates if not `constantSets`. */
  readonly sets: readonly string[]
  readonly constantSets: boolean
  readonly description?: string
}

/** One numbered rule. A rule that needs what is not built yet is here all the same, with a diagnostic. */
export type RuleDefinition =
  | SingleDefinition
  | SingleWithScriptDefinition
  | SingleWithSuppressDefinition
  | PairDefinition
  | SingleWithThresholdDefinition
  | SingleWith2ThresholdsDefinition
  | EventGroupDefinition
  | SuppressDefinition
  | CalendarDefinition
  | JumpDefinition

export type RuleTypeName = RuleDefinition['type']
