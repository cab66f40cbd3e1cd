import type { StateChanges } from '../adapter.ts'
import { type Chunks, chunkKey, MOST_CHARACTERS } from './chunks.ts'

/** Collects entries that are set and keys that are deleted; cuts what is too large for one entry. */
export class EntryWriter implements StateChanges {
  readonly set = new Map<string, string>()
  readonly #deleted = new Set<string>()
  readonly #cut: Map<string, number>

  /** `cut`: how many chunks each entry has that was cut before. */
  constructor(cut: Map<string, number> = new Map()) {
    this.#cut = cut
  }

  get deleted(): readonly string[] {
    return [...this.#deleted]
  }

  put(key: string, value: string): void {
    const chunks = value.length > MOST_CHARACTERS ? Math.ceil(value.length / MOST_CHARACTERS) : 0
    for (let index = 0; index < chunks; index++) {
      const start = index * MOST_CHARACTERS
      this.#putOne(chunkKey(key, index), value.slice(start, start + MOST_CHARACTERS))
    }
    this.#removeChunks(key, chunks)
    if (chunks > 0) this.#cut.set(key, chunks)
    this.#putOne(key, chunks > 0 ? JSON.stringify({ chunks } satisfies Chunks) : value)
  }

  remove(key: string): void {
    this.#removeChunks(key, 0)
    this.#removeOne(key)
  }

  /** Those from a number on. */
  #removeChunks(key: string, from: number): void {
    const count = this.#cut.get(key)
    if (count === undefined) return
    for (let index = from; index < count; index++) this.#removeOne(chunkKey(key, index))
    this.#cut.delete(key)
  }

  #putOne(key: string, value: string): void {
    this.#deleted.delete(key)
    this.set.set(key, value)
  }

  #removeOne(key: string): void {
    this.set.delete(key)
    this.#deleted.add(key)
  }
}
