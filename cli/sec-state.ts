import { fileCheckpointStore } from '../adapters/checkpoint/file/store.ts'
import { type FilePosition, parsePositions } from '../adapters/file/file-position.ts'
import type { CheckpointStore, StateChanges } from '../plugin/adapter.ts'
import type { LogLevel } from '../plugin/host.ts'

/** The longest time between two checkpoints while there is something new, and while only the clock has moved on. */
const INTERVAL_MS = { busy: 250, quiet: 10_000 }

/** The entry that holds the clock, which each timer pass changes. */
const CLOCK_KEY = 'correlator'

type Log = (level: LogLevel, message: string) => void

/** What `--state` has brought back. */
export interface SavedSecState {
  /** For the correlator; `undefined` at the first start. */
  readonly entries: ReadonlyMap<string, string> | undefined
  /** For the inputs, by path. */
  readonly positions: ReadonlyMap<string, readonly FilePosition[]>
}

/** What is to be saved. */
export interface SecStateSource {
  changes(): StateChanges
  positions(): ReadonlyMap<string, readonly FilePosition[]>
}

/**
 * `--state`: checkpoints of the correlator and of the place in each input file, made together, so that no line counts
 * twice. Outputs are not part of them: after a crash, what the last lines before it had written is written again.
 */
export class SecState {
  readonly #store: CheckpointStore
  readonly #log: Log
  #positions = new Map<string, string>()
  #savedAt = performance.now()
  #saving: Promise<void> | undefined
  /** Changes that no checkpoint holds yet. */
  #unsaved: { readonly set: Map<string, string>; readonly deleted: Set<string> } = newChanges()
  #failed = false

  constructor(directory: string, log: Log) {
    this.#store = fileCheckpointStore({ directory, report: message => log(3, message) })
    this.#log = log
  }

  /** @throws AdapterError */
  async load(): Promise<SavedSecState> {
    const checkpoint = await this.#store.load()
    const positions = new Map<string, readonly FilePosition[]>()
    for (const [key, value] of checkpoint?.entries ?? []) {
      if (!key.startsWith(POSITION)) continue
      this.#positions.set(key, value)
      positions.set(key.slice(POSITION.length), parsePositions(JSON.parse(value)) ?? [])
    }
    return { entries: checkpoint?.entries, positions }
  }

  /** Begins a checkpoint if it is time for one. To be called between two events. */
  saveIfDue(source: SecStateSource): void {
    const elapsed = performance.now() - this.#savedAt
    if (this.#saving !== undefined || elapsed < INTERVAL_MS.busy) return
    this.#gather(source)
    const { set, deleted } = this.#unsaved
    if (set.size + deleted.size === 0) return
    const isQuiet = deleted.size === 0 && set.size === 1 && set.has(CLOCK_KEY)
    if (isQuiet && elapsed < INTERVAL_MS.quiet) return
    this.#saving = this.#save().finally(() => {
      this.#saving = undefined
    })
  }

  /** Saves the rest; then the folder is free for the next process. */
  async close(source: SecStateSource | undefined): Promise<void> {
    await this.#saving
    if (source !== undefined) {
      this.#gather(source)
      await this.#save()
    }
    await this.#store.close()
  }

  #gather(source: SecStateSource): void {
    const changes = source.changes()
    const { set, deleted } = this.#unsaved
    for (const key of changes.deleted) {
      set.delete(key)
      deleted.add(key)
    }
    const put = (key: string, value: string): void => {
      deleted.delete(key)
      set.set(key, value)
    }
    for (const [key, value] of changes.set) put(key, value)
    for (const [path, positions] of source.positions()) {
      const key = POSITION + path
      const value = JSON.stringify(positions)
      if (this.#positions.get(key) === value) continue
      this.#positions.set(key, value)
      put(key, value)
    }
  }

  async #save(): Promise<void> {
    this.#savedAt = performance.now()
    const { set, deleted } = this.#unsaved
    this.#unsaved = newChanges()
    try {
      await this.#store.save({ set, deleted: [...deleted] }, [])
      if (this.#failed) this.#log(4, 'State is saved again')
      this.#failed = false
    } catch (error) {
      this.#putBack(set, deleted)
      if (!this.#failed) this.#log(2, `${(error as Error).message}; it is tried again`)
      this.#failed = true
    }
  }

  /** What could not be saved, under what has changed since. */
  #putBack(set: ReadonlyMap<string, string>, deleted: ReadonlySet<string>): void {
    const later = this.#unsaved
    for (const [key, value] of set) {
      if (!later.set.has(key) && !later.deleted.has(key)) later.set.set(key, value)
    }
    for (const key of deleted) if (!later.set.has(key)) later.deleted.add(key)
  }
}

const POSITION = 'position/'

function newChanges(): { set: Map<string, string>; deleted: Set<string> } {
  return { set: new Map(), deleted: new Set() }
}
