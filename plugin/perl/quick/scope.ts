import { NotQuick } from './cursor.ts'

/** The variables that `my` has declared, by name with sigil, in nested blocks. */
export class Scope {
  readonly #blocks: Map<string, number>[] = [new Map<string, number>()]
  #count = 0

  /** How many there are in all. */
  get count(): number {
    return this.#count
  }

  open(): void {
    this.#blocks.push(new Map())
  }

  close(): void {
    this.#blocks.pop()
  }

  declare(name: string): number {
    const variable = this.#count++
    this.#blocks.at(-1)?.set(name, variable)
    return variable
  }

  /** @throws NotQuick of one that others share. */
  find(name: string): number {
    for (const block of this.#blocks.toReversed()) {
      const variable = block.get(name)
      if (variable !== undefined) return variable
    }
    throw new NotQuick()
  }
}
