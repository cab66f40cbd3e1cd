import type { Cause } from './alerts/cause.ts'
import type { AlertDraft } from './alerts/raise.ts'
import { Scheduler } from './scheduler.ts'
import { TrackedMap } from './state/tracked-map.ts'

/** A synthetic event that waits to be matched. */
export interface SyntheticEvent {
  readonly text: string
  /** The internal context set up for it, where internal contexts are on. */
  readonly context: string
  /** Why it was created, where causes are kept. */
  readonly cause?: Cause | undefined
}

/** A synthetic event that is to be created later. */
export interface PendingEvent extends SyntheticEvent {
  /** Seconds since Epoch. */
  readonly due: number
  /** Raised when it is created. */
  readonly alert?: AlertDraft | undefined
}

/** The internal context of synthetic events whose action names no other. */
export const DEFAULT_EVENT_CONTEXT = '_INTERNAL_EVENT'

/** Synthetic events: those that wait to be matched, first in first out, and those scheduled for later. */
export class SyntheticEvents {
  #queue: SyntheticEvent[] = []
  #head = 0
  /** How many were taken off the front of `#queue` before its first. */
  #forgotten = 0
  /** By number, ascending in order of scheduling. */
  readonly pending = new TrackedMap<number, PendingEvent>()
  readonly deadlines = new Scheduler(id => lastSecondBefore(this.pending.get(id)))
  nextId = 1

  /** How many wait to be matched. */
  get size(): number {
    return this.#queue.length - this.#head
  }

  /** The number of the first of those that wait, or of the next that will. Each has a number, ascending. */
  get firstWaiting(): number {
    return this.#forgotten + this.#head
  }

  /** One that waits, by its number. */
  waiting(number: number): SyntheticEvent | undefined {
    return this.#queue[number - this.#forgotten]
  }

  /** How many are to come later. */
  get scheduled(): number {
    return this.pending.size
  }

  push(event: SyntheticEvent): void {
    this.#queue.push(event)
  }

  shift(): SyntheticEvent | undefined {
    const event = this.#queue[this.#head]
    if (event === undefined) return undefined
    this.#head++
    // Taking from the front of a long array would move all the rest each time.
    if (this.#head > 1024 && this.#head * 2 > this.#queue.length) {
      this.#queue = this.#queue.slice(this.#head)
      this.#forgotten += this.#head
      this.#head = 0
    }
    return event
  }

  schedule(event: PendingEvent): void {
    this.#schedule(this.nextId++, event)
  }

  /** Puts back what there was before a restart: those that waited, from number `first` on, and those scheduled. */
  restore(queue: SyntheticEvent[], first: number, pending: Iterable<readonly [number, PendingEvent]>): void {
    this.#queue = queue
    this.#forgotten = first
    for (const [id, event] of pending) this.#schedule(id, event)
  }

  #schedule(id: number, event: PendingEvent): void {
    this.pending.set(id, event)
    this.deadlines.schedule(id, event.due - 1)
  }

  /** Takes the scheduled events that are due, in the order in which they were scheduled. */
  takeDue(now: number): PendingEvent[] {
    return this.deadlines.takeDue(now).map(id => {
      const event = this.pending.get(id) as PendingEvent
      this.pending.delete(id)
      return event
    })
  }

  clearPending(): void {
    this.pending.clear()
    this.deadlines.clear()
  }
}

/** The last second before an event is due, which is what a scheduler calls a deadline. */
function lastSecondBefore(event: PendingEvent | undefined): number | undefined {
  return event === undefined ? undefined : event.due - 1
}
