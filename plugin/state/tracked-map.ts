/** What became of one key: `before` it held this, `now` that; `undefined` is nothing. */
export interface KeyChange<Key, Value> {
  readonly key: Key
  readonly before: Value | undefined
  readonly now: Value | undefined
}

/**
 * A map that can say what has changed in it since it was last asked. It remembers that only after `track`: else nobody
 * would ever ask, and it is a map and nothing more.
 */
export class TrackedMap<Key, Value> {
  readonly #values = new Map<Key, Value>()
  /** What each key that has changed held before. */
  #before: Map<Key, Value | undefined> | undefined

  /** Remembers changes from now on. */
  track(): void {
    this.#before ??= new Map()
  }

  get size(): number {
    return this.#values.size
  }

  get(key: Key): Value | undefined {
    return this.#values.get(key)
  }

  has(key: Key): boolean {
    return this.#values.has(key)
  }

  keys(): MapIterator<Key> {
    return this.#values.keys()
  }

  values(): MapIterator<Value> {
    return this.#values.values()
  }

  [Symbol.iterator](): MapIterator<[Key, Value]> {
    return this.#values.entries()
  }

  set(key: Key, value: Value): void {
    if (this.#before !== undefined) this.#remember(this.#before, key)
    this.#values.set(key, value)
  }

  /** Tells that what a key holds has changed in itself. */
  touch(key: Key): void {
    const before = this.#before
    // Most of what changes has changed before.
    if (before === undefined || before.has(key) || !this.#values.has(key)) return
    before.set(key, this.#values.get(key))
  }

  delete(key: Key): boolean {
    if (this.#before !== undefined && this.#values.has(key)) {
      this.#remember(this.#before, key)
      // What came and went between two looks leaves no trace.
      if (this.#before.get(key) === undefined) this.#before.delete(key)
    }
    return this.#values.delete(key)
  }

  clear(): void {
    if (this.#before !== undefined) for (const key of this.#values.keys()) this.delete(key)
    this.#values.clear()
  }

  /** What has changed since it was last asked. */
  takeChanges(): readonly KeyChange<Key, Value>[] {
    const before = this.#before
    if (before === undefined) return []
    this.#before = new Map()
    return [...before].map(([key, value]) => ({ key, before: value, now: this.#values.get(key) }))
  }

  #remember(before: Map<Key, Value | undefined>, key: Key): void {
    if (!before.has(key)) before.set(key, this.#values.get(key))
  }
}
