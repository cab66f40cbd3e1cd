/** Below this nothing is said. */
const FIRST_WARNING = 100_000

/**
 * Watches things that SEC lets grow without a bound. It says so when there are 100,000 of a kind, and again at each
 * doubling; after they have shrunk to less than half of what was said last, anew.
 */
export class GrowthWatch {
  readonly #said = new Map<string, number>()

  clear(): void {
    this.#said.clear()
  }

  /** Looks at how many there are of a kind; what is to be logged, if anything. */
  check(kind: string, count: number): string | undefined {
    let said = this.#said.get(kind) ?? 0
    if (count < said / 2) {
      this.#said.delete(kind)
      said = 0
    }
    if (count < Math.max(FIRST_WARNING, said * 2)) return undefined
    this.#said.set(kind, count)
    return `${kind} in memory: ${count}; nothing limits their number`
  }
}
