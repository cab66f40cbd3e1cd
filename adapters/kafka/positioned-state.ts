import type { Checkpoint, CheckpointStore, StateChanges } from '../../plugin/adapter.ts'

/**
 * A task's store that knows where to begin before anything was read: positions that it does not hold are found once and
 * made durable at once, or `latest` would be somewhere else after each restart.
 */
export class PositionedState implements CheckpointStore {
  readonly name: string
  readonly #store: CheckpointStore
  readonly #positions: (entries: ReadonlyMap<string, string>) => Promise<ReadonlyMap<string, string>>
  readonly #isReset: boolean

  constructor(
    store: CheckpointStore,
    positions: (entries: ReadonlyMap<string, string>) => Promise<ReadonlyMap<string, string>>,
    isReset: boolean
  ) {
    this.name = store.name
    this.#store = store
    this.#positions = positions
    this.#isReset = isReset
  }

  async load(): Promise<Checkpoint> {
    const found = await this.#store.load()
    const kept = found?.entries ?? new Map<string, string>()
    const positions = await this.#positions(kept)
    const deleted = this.#isReset ? [...kept.keys()].filter(key => !positions.has(key)) : []
    if (positions.size > 0 || deleted.length > 0) await this.#store.save({ set: positions, deleted }, [])
    return this.#isReset
      ? { entries: positions, notes: [] }
      : { entries: new Map([...kept, ...positions]), notes: found?.notes ?? [] }
  }

  save(changes: StateChanges, notes: readonly string[]): Promise<void> {
    return this.#store.save(changes, notes)
  }

  note(note: string): void {
    this.#store.note(note)
  }

  close(): Promise<void> {
    return this.#store.close()
  }
}
