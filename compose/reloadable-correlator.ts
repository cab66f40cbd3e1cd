import type { StateChanges } from '../plugin/adapter.ts'
import { Correlator } from '../plugin/correlator.ts'
import type { CorrelatorOptions } from '../plugin/correlator-options.ts'
import type { InputLine } from '../plugin/event.ts'
import type { StageCorrelator, Steps } from '../plugin/stage/stage-correlator.ts'
import { describeDropped } from '../plugin/state/dropped.ts'

/** A correlator whose rules can be changed while it runs: what belongs to rules that stay is kept. */
export class ReloadableCorrelator implements StageCorrelator {
  readonly #options: CorrelatorOptions
  #correlator: Correlator
  /** Of the correlators before, not yet asked for. */
  #changes: StateChanges = { set: new Map(), deleted: [] }
  #next: Pick<CorrelatorOptions, 'files' | 'settings'> | undefined

  /** @throws StateError of a state that can't be restored. */
  constructor(options: CorrelatorOptions) {
    this.#options = options
    this.#correlator = this.#create(this.#options)
  }

  /** The one that runs now, to be looked at. */
  get current(): Correlator {
    return this.#correlator
  }

  /** New rules, from the next step on: one that has begun goes on with the rules that it began with. */
  reload(next: Pick<CorrelatorOptions, 'files' | 'settings'>): void {
    this.#next = next
  }

  get now(): number {
    return this.#correlator.now
  }

  setTime(seconds: number): void {
    this.#beginStep()
    this.#correlator.setTime(seconds)
  }

  advancing(input: string, seconds: number): Steps {
    this.#beginStep()
    return this.#correlator.advancing(input, seconds)
  }

  runOpenTimers(): void {
    this.#correlator.runOpenTimers()
  }

  forgetPrograms(): number {
    return this.#correlator.forgetPrograms()
  }

  get hasPendingEvents(): boolean {
    return this.#correlator.hasPendingEvents
  }

  observePending(): void {
    this.#correlator.observePending()
  }

  observe(line: InputLine): void {
    this.#correlator.observe(line)
  }

  internalEvent(name: string): void {
    this.#correlator.internalEvent(name)
  }

  childLine(child: number, text: string, label?: number): void {
    this.#correlator.childLine(child, text, label)
  }

  childExit(child: number, code: number): void {
    this.#correlator.childExit(child, code)
  }

  passIfDue(): void {
    this.#correlator.passIfDue()
  }

  pass(): void {
    this.#correlator.pass()
  }

  changes(): StateChanges {
    const changes = merged(this.#changes, this.#correlator.changes())
    this.#changes = { set: new Map(), deleted: [] }
    return changes
  }

  #beginStep(): void {
    const next = this.#next
    if (next === undefined) return
    this.#next = undefined
    // Without checkpoints nobody asks for changes, and nothing is remembered for them.
    if (this.#options.trackChanges === true) this.#changes = this.changes()
    const { now } = this.#correlator
    this.#correlator = this.#create({
      ...this.#options,
      ...next,
      now,
      restore: this.#correlator.snapshotBesidePerl()
    })
  }

  #create(options: CorrelatorOptions): Correlator {
    const correlator = new Correlator(options)
    for (const dropped of correlator.dropped) options.host.log(4, describeDropped(dropped))
    return correlator
  }
}

/** Both one after the other. */
function merged(first: StateChanges, then: StateChanges): StateChanges {
  const set = new Map(first.set)
  const deleted = new Set(first.deleted)
  for (const [key, value] of then.set) {
    set.set(key, value)
    deleted.delete(key)
  }
  for (const key of then.deleted) {
    set.delete(key)
    deleted.add(key)
  }
  return { set, deleted: [...deleted] }
}
