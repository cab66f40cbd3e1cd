/** One thing that is to happen: `id` names it, `deadline` is the last second (since Epoch) before it is due. */
interface Entry {
  readonly deadline: number
  readonly id: number
}

/** Fewer entries than this are not worth a look for stale ones. */
const LEAST_ENTRIES_TO_CLEAR = 1024

const NONE: readonly number[] = []

/**
 * The deadlines of one class of things (contexts, operations), as a binary heap. A thing whose deadline moves is
 * scheduled again, and one that ends is not reported: the older entry stays until it comes up, or until the heap has
 * doubled since stale entries were last cleared. So a change costs a push, and what lives bounds the memory.
 */
export class Scheduler {
  readonly #deadlineOf: (id: number) => number | undefined
  #heap: Entry[] = []
  #clearAt = LEAST_ENTRIES_TO_CLEAR
  #mostId = Infinity

  /** `deadlineOf` gives the deadline that an id has today, or `undefined` if it has none. */
  constructor(deadlineOf: (id: number) => number | undefined) {
    this.#deadlineOf = deadlineOf
  }

  get size(): number {
    return this.#heap.length
  }

  /** How many ids have a deadline. */
  countIds(): number {
    this.#clearStale()
    return this.#heap.length
  }

  schedule(id: number, deadline: number): void {
    if (id > this.#mostId) return
    if (this.#heap.length >= this.#clearAt) this.#clearStale()
    const heap = this.#heap
    const entry = { id, deadline }
    let index = heap.push(entry) - 1
    while (index > 0) {
      const parentIndex = (index - 1) >> 1
      const parent = heap[parentIndex] as Entry
      if (parent.deadline <= deadline) break
      heap[index] = parent
      index = parentIndex
    }
    heap[index] = entry
  }

  /** The earliest deadline; `undefined` if nothing is scheduled. */
  get earliest(): number | undefined {
    for (let first = this.#heap[0]; first !== undefined; first = this.#heap[0]) {
      if (this.#deadlineOf(first.id) === first.deadline) return first.deadline
      this.#removeFirst()
    }
    return undefined
  }

  /** Takes off the ids of what is due, that is whose deadline is before `now`, ascending: in order of creation. */
  takeDue(now: number): readonly number[] {
    const first = this.#heap[0]
    if (first === undefined || first.deadline >= now) return NONE
    return this.#takeFirst(now)
  }

  /** From now on nothing is due whose id is greater. */
  ignoreAbove(mostId: number): void {
    this.#mostId = mostId
    this.#heap = this.#heap.filter(({ id }) => id <= mostId).sort((a, b) => a.deadline - b.deadline)
  }

  clear(): void {
    this.#heap = []
    this.#mostId = Infinity
    this.#clearAt = LEAST_ENTRIES_TO_CLEAR
  }

  #takeFirst(now: number): number[] {
    const due = new Set<number>()
    for (let first = this.#heap[0]; first !== undefined && first.deadline < now; first = this.#heap[0]) {
      this.#removeFirst()
      if (this.#deadlineOf(first.id) === first.deadline) due.add(first.id)
    }
    return [...due].sort((a, b) => a - b)
  }

  #clearStale(): void {
    const current = new Map<number, Entry>()
    for (const entry of this.#heap) {
      if (this.#deadlineOf(entry.id) === entry.deadline) current.set(entry.id, entry)
    }
    // Sorted entries are a heap.
    this.#heap = [...current.values()].sort((a, b) => a.deadline - b.deadline)
    this.#clearAt = Math.max(2 * this.#heap.length, LEAST_ENTRIES_TO_CLEAR)
  }

  #removeFirst(): void {
    const heap = this.#heap
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
    let index = 0
    for (;;) {
      let childIndex = 2 * index + 1
      let child = heap[childIndex]
      if (child === undefined) break
      const right = heap[childIndex + 1]
      if (right !== undefined && right.deadline < child.deadline) {
        child = right
        childIndex++
      }
      if (child.deadline >= last.deadline) break
      heap[index] = child
      index = childIndex
    }
    heap[index] = last
  }
}
