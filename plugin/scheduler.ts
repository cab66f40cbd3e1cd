/** One thing that is to happen: `id` names it, `deadline` is the last second (since Epoch) before it is due. */
interface Entry {
  readonly deadline: number
  readonly id: number
}

/**
 * The deadlines of one class of things (contexts, operations), as a binary heap. A thing whose deadline moves is
 * scheduled again and its older entry stays until it comes up, when the owner's `deadlineOf` says that it is stale:
 * so moving a deadline costs a push and nothing is ever scanned.
 */
export class Scheduler {
  readonly #heap: Entry[] = []

  get size(): number {
    return this.#heap.length
  }

  schedule(id: number, deadline: number): void {
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

  /** The earliest deadline, of an entry that may be stale; `undefined` if nothing is scheduled. */
  get earliest(): number | undefined {
    return this.#heap[0]?.deadline
  }

  /**
   * Takes off the ids of what is due, that is whose deadline is before `now`, ascending: in order of creation.
   * `deadlineOf` gives the deadline that an id has today, or `undefined` if it has none.
   */
  takeDue(now: number, deadlineOf: (id: number) => number | undefined): number[] {
    const due = new Set<number>()
    for (let first = this.#heap[0]; first !== undefined && first.deadline < now; first = this.#heap[0]) {
      this.#removeFirst()
      if (deadlineOf(first.id) === first.deadline) due.add(first.id)
    }
    return [...due].sort((a, b) => a - b)
  }

  clear(): void {
    this.#heap.length = 0
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
