import type { Core } from '../core.ts'
import type { Operation } from '../operations.ts'
import type { FieldVariables } from '../patterns/field-variables.ts'
import type { AwaitedScript } from '../scripts.ts'
import type { Fields } from '../state/fields.ts'
import type { Condition } from './match-condition.ts'
import type { Continuation, RuleDefinition, RuleFileDefinition } from './definition.ts'
import type { RuleIdentity } from './identity.ts'
import type { RuleGroup } from './rule-groups.ts'

/** A compiled rule: what its definition says, ready to be run. */
export interface Rule<Definition extends RuleDefinition = RuleDefinition> {
  /** Index in the rule set. */
  readonly id: number
  /** Number in its file, from 0. */
  readonly number: number
  readonly fileName: string
  readonly identity: RuleIdentity
  /** How it behaves. */
  readonly type: RuleType
  readonly definition: Definition
  /**
   * `condition` and `condition2`, or the members' of an EventGroup, compiled. A Calendar has one that never matches,
   * for its context expression.
   */
  readonly conditions: readonly [Condition, ...Condition[]]
  /** Names of the pattern match cache entries that its strings refer to. */
  readonly cacheEntries: readonly string[]
}

/**
 * How the rules of one type behave. Everything is a function of the rule and the core; what is to be remembered is in
 * operations.
 */
export interface RuleType<Definition extends RuleDefinition = RuleDefinition, State = never> {
  /** A line that none of the rule's conditions matches leaves nothing behind. */
  readonly actsOnMatchOnly?: true
  /** Matches the line being processed; `undefined` if the rule does not match. */
  observe?(rule: Rule<Definition>, core: Core): Continuation | undefined
  /** Length in seconds of an operation's event correlation window; `undefined` for one that never ends. */
  window?(rule: Rule<Definition>, operation: Operation<State>): number | undefined
  /** Ends an operation that is due, or slides its window. */
  expire?(rule: Rule<Definition>, operation: Operation<State>, core: Core): void
  /** Whether an operation runs its last actions, so that its window can't be moved. */
  isEnding?(operation: Operation<State>): boolean
  /** An operation's window now starts at `operation.windowStart`. An operation that has nothing left in it ends. */
  windowMoved?(rule: Rule<Definition>, operation: Operation<State>, core: Core): void
  /** A program that the rule started has ended with exit status `code`. */
  scriptEnded?(rule: Rule<Definition>, script: AwaitedScript, code: number, core: Core): void
  /** An operation's state as it was kept; without it, operations have none. @throws StateError */
  readState?(fields: Fields): unknown
  /** Acts on the clock, in a timer pass. */
  tick?(rule: Rule<Definition>, core: Core): CalendarOutcome
}

/** What came of trying a Calendar rule. `not now`: its minute is not there, or is over for it. */
export type CalendarOutcome = 'acted' | 'context false' | 'not now'

/** One rule file, compiled. */
export interface RuleFile {
  readonly name: string
  /** In order; a rule's number is its index. */
  readonly rules: readonly Rule[]
  /** At the index of its first rule. */
  readonly groups: readonly (RuleGroup | undefined)[]
  readonly labels: RuleFileDefinition['labels']
}

/** All rules, in the order of the files. */
export interface RuleSet {
  readonly rules: readonly Rule[]
  /** The files whose rules see every line. */
  readonly mainFiles: readonly RuleFile[]
  /** The files of each configuration file set. */
  readonly sets: ReadonlyMap<string, readonly RuleFile[]>
  /** What matches set of the record's fields; `undefined` where no rule refers to one. */
  readonly fieldVariables: FieldVariables | undefined
  fileOf(ruleId: number): RuleFile
}
