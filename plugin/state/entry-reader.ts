import { chunkKey } from './chunks.ts'
import { damaged } from './state-error.ts'

/** Reads entries as `EntryWriter` wrote them. */
export class EntryReader {
  /** How many chunks each entry has that was cut and read. */
  readonly cut = new Map<string, number>()
  readonly #entries: ReadonlyMap<string, string>

  constructor(entries: ReadonlyMap<string, string>) {
    this.#entries = entries
  }

  keys(): Iterable<string> {
    return this.#entries.keys()
  }

  has(key: string): boolean {
    return this.#entries.has(key)
  }

  /** The JSON of an entry, whole. @throws StateError */
  text(key: string): string {
    const text = this.#entries.get(key)
    if (text === undefined) return damaged(key, 'missing')
    const [, chunks] = /^\{"chunks":(\d+)\}$/.exec(text) ?? []
    if (chunks === undefined) return text
    this.cut.set(key, Number(chunks))
    const pieces = Array.from({ length: Number(chunks) }, (_, index) => {
      const piece = chunkKey(key, index)
      return this.#entries.get(piece) ?? damaged(piece, 'missing')
    })
    return pieces.join('')
  }

  /** What an entry holds. @throws StateError */
  value(key: string): unknown {
    try {
      return JSON.parse(this.text(key))
    } catch (error) {
      if (error instanceof SyntaxError) return damaged(key, `no JSON: ${error.message}`)
      throw error
    }
  }
}
