import type { ActionListDefinition } from '../actions/definition.ts'
import { Scheduler } from '../scheduler.ts'
import { SegmentedList } from '../state/segmented-list.ts'
import { TrackedMap } from '../state/tracked-map.ts'

/** One string of an event store. */
export interface StoredEvent {
  readonly text: string
  /** When it was written, seconds since Epoch. */
  readonly time: number
}

/** What is to run before a context is dropped: data of its own, which outlives the rule that gave it. */
export interface ExpiryActions {
  /** Its match variables are substituted already; action list variables are not. */
  readonly actions: ActionListDefinition
  /** `%s` of the action list that gave it. */
  readonly description: string
  /** The rule that gave it, which `reset`, `getwpos` and `setwpos` count from; -1 if it is gone. */
  readonly rule: number
  /** `RuleIdentity.id` of that rule. */
  readonly identity: string
}

/** One context. Plain data. */
export interface Context {
  /** Ascending in order of creation. */
  readonly id: number
  /** The names that refer to it, in order of creation. */
  readonly names: string[]
  /** Seconds since Epoch. */
  created: number
  /** Seconds; 0 is for ever. */
  lifetime: number
  expiry: ExpiryActions | undefined
  readonly events: SegmentedList<StoredEvent>
}

interface NamedContext {
  readonly context: Context
  readonly number: number
}

/** A context as it was before a restart, with `nameNumbers`. */
export interface RestoredContext {
  readonly context: Context
  readonly numbers: readonly (number | null)[]
}

/** A context that SEC sets up while one line is matched. It has no store and no actions, and rules can't change it. */
export interface InternalContext {
  readonly name: string
  readonly created: number
}

/**
 * The contexts by name, with their deadlines. It knows nothing of actions: what runs before a context is dropped, and
 * when, is the correlator's.
 */
export class ContextStore {
  readonly #byName = new Map<string, NamedContext>()
  readonly byId = new TrackedMap<number, Context>()
  readonly deadlines = new Scheduler(id => deadline(this.byId.get(id)))
  /** Contexts whose expiry actions run at this moment: they exist, but can't be created, changed or dropped again. */
  readonly #expiring = new Set<Context>()
  /** `_THIS`, innermost last. */
  readonly #this: Context[] = []
  #internal: InternalContext | undefined
  nextId = 1
  /** Names are numbered in order of creation. */
  nextName = 1

  /** How many there are, aliases not counted. */
  get size(): number {
    return this.byId.size
  }

  /** By name, `_THIS` included. An internal context is not found here. */
  find(name: string): Context | undefined {
    if (name === '_THIS' && this.#this.length > 0) return this.#this[this.#this.length - 1]
    return this.#byName.get(name)?.context
  }

  /** The internal context of the line being matched, if that is its name. */
  findInternal(name: string): InternalContext | undefined {
    return this.#internal?.name === name ? this.#internal : undefined
  }

  /**
   * Sets up the internal context of a line, or takes it away. A rule's own context of that name loses the name for
   * good, as in SEC, and with its last name its life.
   */
  setInternal(context: InternalContext | undefined): void {
    this.#internal = context
    const shadowed = context === undefined ? undefined : this.#byName.get(context.name)?.context
    if (shadowed === undefined || context === undefined) return
    this.#byName.delete(context.name)
    if (shadowed.names.some(name => this.#byName.get(name)?.context === shadowed)) this.changed(shadowed)
    else this.byId.delete(shadowed.id)
  }

  create(name: string, created: number, lifetime: number, expiry: ExpiryActions | undefined): Context {
    const events = new SegmentedList<StoredEvent>()
    const context: Context = { id: this.nextId++, names: [name], created, lifetime, expiry, events }
    this.#byName.set(name, { context, number: this.nextName++ })
    this.byId.set(context.id, context)
    this.#schedule(context)
    return context
  }

  /** Puts back those that were there before a restart, in order of creation. */
  restore(contexts: readonly RestoredContext[]): void {
    for (const { context } of contexts) {
      this.byId.set(context.id, context)
      this.#schedule(context)
    }
    const names = contexts.flatMap(({ context, numbers }) =>
      context.names.map((name, index) => ({ name, context, number: numbers[index] ?? null }))
    )
    for (const { name, context, number } of names.sort((a, b) => (a.number ?? 0) - (b.number ?? 0))) {
      if (number !== null) this.#byName.set(name, { context, number })
    }
  }

  /** The numbers of its names; `null` for one that does not lead to it any more. */
  nameNumbers(context: Context): (number | null)[] {
    return context.names.map(name => {
      const named = this.#byName.get(name)
      return named?.context === context ? named.number : null
    })
  }

  /** Tells that a context has changed, `created` and `lifetime` not. */
  changed(context: Context): void {
    this.byId.touch(context.id)
  }

  /** Tells that a context has changed, and `created` or `lifetime` too. */
  reschedule(context: Context): void {
    this.byId.touch(context.id)
    this.#schedule(context)
  }

  addName(context: Context, name: string): void {
    context.names.push(name)
    this.#byName.set(name, { context, number: this.nextName++ })
    this.changed(context)
  }

  removeName(context: Context, name: string): void {
    this.#byName.delete(name)
    context.names.splice(context.names.indexOf(name), 1)
    if (context.names.length === 0) this.byId.delete(context.id)
    else this.changed(context)
  }

  /** Drops it with all its names. */
  remove(context: Context): void {
    for (const name of context.names) {
      // A name that an internal context took away may have become another one's.
      const named = this.#byName.get(name)
      if (named !== undefined && named.context !== context) this.changed(named.context)
      this.#byName.delete(name)
    }
    this.byId.delete(context.id)
  }

  isAlive(context: Context): boolean {
    return this.byId.get(context.id) === context
  }

  isExpiring(context: Context): boolean {
    return this.#expiring.has(context)
  }

  /** Runs `body` while the context is expiring and is called `_THIS`. */
  whileExpiring(context: Context, body: () => void): void {
    this.#expiring.add(context)
    this.#this.push(context)
    try {
      body()
    } finally {
      this.#this.pop()
      this.#expiring.delete(context)
    }
  }

  isDue(context: Context, now: number): boolean {
    return context.lifetime > 0 && now - context.created > context.lifetime
  }

  /** The contexts that are due, in order of creation. */
  takeDue(now: number): Context[] {
    return this.deadlines.takeDue(now).map(id => this.byId.get(id) as Context)
  }

  /** Names of all contexts, in order of creation, the internal one last. */
  names(): string[] {
    const names = [...this.#byName.keys()]
    if (this.#internal !== undefined) names.push(this.#internal.name)
    return names
  }

  clear(): void {
    this.#byName.clear()
    this.byId.clear()
    this.deadlines.clear()
  }

  #schedule(context: Context): void {
    const last = deadline(context)
    if (last !== undefined) this.deadlines.schedule(context.id, last)
  }
}

/** The last second of a context's life; `undefined` for one that lives for ever or does not exist. */
function deadline(context: Context | undefined): number | undefined {
  return context === undefined || context.lifetime === 0 ? undefined : context.created + context.lifetime
}
