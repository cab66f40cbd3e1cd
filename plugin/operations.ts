import type { Evidence } from './alerts/evidence.ts'
import type { MatchBinding } from './patterns/match-variables.ts'
import { Scheduler } from './scheduler.ts'
import { TrackedMap } from './state/tracked-map.ts'

/** One running event correlation operation. Plain data; `state` is the rule type's own. */
export interface Operation<State = unknown> {
  /** Ascending in order of creation. */
  readonly id: number
  /** The rule that started it, as an index into the rule set. */
  readonly rule: number
  /** The operation description string, which with the rule is the operation key. */
  readonly description: string
  /** First second of the event correlation window, since Epoch. */
  windowStart: number
  /** The match variables that it started with; `undefined` if its pattern sets none. */
  readonly captured: MatchBinding | undefined
  readonly state: State
  /** The events that count in it, kept for alerts only. */
  evidence?: Evidence
}

/** The operations, by rule and description. Which of them are due, the rule types say through `deadlineOf`. */
export class OperationStore {
  readonly #byRule = new Map<number, Map<string, Operation>>()
  readonly byId = new TrackedMap<number, Operation>()
  readonly deadlines = new Scheduler(id => {
    const operation = this.byId.get(id)
    return operation === undefined ? undefined : this.#deadlineOf(operation)
  })
  readonly #deadlineOf: (operation: Operation) => number | undefined
  nextId = 1

  /** `deadlineOf` gives the last second of an operation's window, or `undefined` where it never ends. */
  constructor(deadlineOf: (operation: Operation) => number | undefined) {
    this.#deadlineOf = deadlineOf
  }

  get size(): number {
    return this.byId.size
  }

  find(rule: number, description: string): Operation | undefined {
    return this.#byRule.get(rule)?.get(description)
  }

  start<State>(
    rule: number,
    description: string,
    windowStart: number,
    captured: MatchBinding | undefined,
    state: State
  ): Operation<State> {
    const operation = { id: this.nextId++, rule, description, windowStart, captured, state }
    this.#put(operation)
    return operation
  }

  /** Puts back one that ran before a restart; they come in order of creation. */
  restore(operation: Operation): void {
    this.#put(operation)
  }

  #put(operation: Operation): void {
    let ofRule = this.#byRule.get(operation.rule)
    if (ofRule === undefined) {
      ofRule = new Map()
      this.#byRule.set(operation.rule, ofRule)
    }
    ofRule.set(operation.description, operation)
    this.byId.set(operation.id, operation)
    this.#schedule(operation)
  }

  /** Tells that an operation has changed, its deadline not. */
  changed(operation: Operation): void {
    this.byId.touch(operation.id)
  }

  /** Tells that an operation has changed, and its deadline too. */
  reschedule(operation: Operation): void {
    this.byId.touch(operation.id)
    this.#schedule(operation)
  }

  #schedule(operation: Operation): void {
    const deadline = this.#deadlineOf(operation)
    if (deadline !== undefined) this.deadlines.schedule(operation.id, deadline)
  }

  /** Last second of an operation's window; `undefined` where it never ends. */
  deadline(operation: Operation): number | undefined {
    return this.#deadlineOf(operation)
  }

  isRunning(operation: Operation): boolean {
    return this.byId.get(operation.id) === operation
  }

  isDue(operation: Operation, now: number): boolean {
    const deadline = this.#deadlineOf(operation)
    return deadline !== undefined && deadline < now
  }

  /** Ends an operation without running anything. */
  end(operation: Operation): void {
    if (!this.byId.delete(operation.id)) return
    this.#byRule.get(operation.rule)?.delete(operation.description)
  }

  /** The operations of one rule, in order of creation. */
  ofRule(rule: number): Operation[] {
    const ofRule = this.#byRule.get(rule)
    return ofRule === undefined ? [] : [...ofRule.values()]
  }

  /** The operations that are due, in order of creation. */
  takeDue(now: number): Operation[] {
    return this.deadlines.takeDue(now).map(id => this.byId.get(id) as Operation)
  }

  clear(): void {
    this.#byRule.clear()
    this.byId.clear()
    this.deadlines.clear()
  }
}
