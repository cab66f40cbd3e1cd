/** The clock of record time: a function of what each input has brought, which today is the greatest second of all. */
export class Clock {
  readonly #seconds = new Map<string, number>()

  /** An input has come to a second; an earlier one than before counts for nothing. */
  hear(input: string, seconds: number): void {
    const before = this.#seconds.get(input)
    if (before === undefined || seconds > before) this.#seconds.set(input, seconds)
  }

  /** Seconds since Epoch; -Infinity before anything was heard. */
  get now(): number {
    return Math.max(...this.#seconds.values())
  }

  /** How far each input has come, as plain data. */
  state(): Record<string, number> {
    return Object.fromEntries(this.#seconds)
  }

  restore(state: Readonly<Record<string, number>>): void {
    this.#seconds.clear()
    for (const [input, seconds] of Object.entries(state)) this.#seconds.set(input, seconds)
  }
}
