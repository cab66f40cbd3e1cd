import { existsSync, mkdirSync } from 'node:fs'
import { type FileHandle, open, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  AdapterError,
  type Checkpoint,
  type CheckpointStore,
  type StateChanges
} from '../../../plugin/adapter.ts'
import { systemErrorText } from '../../system-error.ts'
import { type CommitHead, compact, encodeCommit, partsOf, writeAll } from './compact.ts'
import { encodeChanges, FILE_HEADER } from './frames.ts'
import { journalPath, listGenerations, pathBytes, snapshotPath, syncDirectory } from './generation.ts'
import { lockDirectory } from './lock.ts'
import { NotesFile, readNotes } from './notes.ts'
import { type Journal, recover } from './recover.ts'

export interface FileCheckpointOptions {
  /** Of this state alone; it is made if need be. A byte string. */
  readonly directory: string
  /** Takes what an administrator should know: that something was damaged, that a snapshot can't be written. */
  readonly report: (message: string) => void
  /** How long to wait for another process that has the folder; by default not at all. */
  readonly lockTimeoutMs?: number | undefined
  /** A journal longer than this is merged into a new snapshot; by default than 4 MiB, and than twice the snapshot. */
  readonly compactBytes?: number | undefined
}

const COMPACT_BYTES = 4 << 20

/** How often it is looked whether the folder is free. */
const LOCK_PAUSE_MS = 100

/**
 * Keeps checkpoints in a folder: changes are appended to a journal and synced, and a long journal is merged with the
 * snapshot before it into a new one while further checkpoints go to the next journal. A crash at any moment leaves the
 * last checkpoint that `save` has resolved for, or a later one.
 */
export function fileCheckpointStore(options: FileCheckpointOptions): CheckpointStore {
  return new FileCheckpointStore(options)
}

class FileCheckpointStore implements CheckpointStore {
  readonly name: string
  readonly #directory: string
  readonly #report: (message: string) => void
  readonly #compactBytes: number | undefined
  readonly #lockTimeoutMs: number
  #lock: { release(): void } | undefined
  #journal: FileHandle | undefined
  #notes: NotesFile | undefined
  #generation = 0
  #end = 0
  #number = 0
  /** Journals before the current one that are not in a snapshot. */
  #older: Journal[] = []
  #base = 0
  #snapshotBytes = 0
  #saving: Promise<unknown> = Promise.resolve()
  #compacting: Promise<void> | undefined

  constructor({ directory, report, lockTimeoutMs = 0, compactBytes }: FileCheckpointOptions) {
    this.name = `file:${directory}`
    this.#directory = directory
    this.#report = report
    this.#lockTimeoutMs = lockTimeoutMs
    this.#compactBytes = compactBytes
  }

  async load(): Promise<Checkpoint | undefined> {
    try {
      return await this.#explained('read', () => this.#load())
    } catch (error) {
      await this.close()
      throw error
    }
  }

  save(changes: StateChanges, notes: readonly string[]): Promise<void> {
    const upTo = this.#opened(this.#notes).number
    const saved = this.#saving.then(() => this.#explained('write', () => this.#save(changes, notes, upTo)))
    this.#saving = saved.catch(() => {})
    return saved
  }

  note(note: string): void {
    try {
      this.#opened(this.#notes).write(note)
    } catch (error) {
      throw this.#asAdapterError('write', error)
    }
  }

  async close(): Promise<void> {
    await this.#saving
    await this.#compacting
    await this.#journal?.close()
    this.#journal = undefined
    this.#notes?.close()
    this.#notes = undefined
    this.#lock?.release()
    this.#lock = undefined
  }

  async #load(): Promise<Checkpoint | undefined> {
    const directory = this.#directory
    makeDirectory(directory)
    this.#lock = await this.#locked(directory)
    const found = await recover(directory, this.#report)
    this.#generation = found.generation
    this.#number = found.number
    this.#base = found.base
    this.#snapshotBytes = found.snapshotBytes
    this.#older = [...found.older]
    const { snapshots, journals, unfinished } = await listGenerations(directory)
    for (const path of unfinished) await unlink(pathBytes(path))
    await this.#removeBefore(snapshots, journals)
    const { notes } = readNotes(directory, found.notesUpTo)
    this.#notes = new NotesFile(directory, found.notesUpTo)
    this.#journal = await openJournal(directory, found.generation)
    this.#end = await beginJournal(this.#journal, found.journalEnd, directory)
    return found.number === 0 && notes.length === 0
      ? undefined
      : { entries: found.entries, notes: [...found.notes, ...notes] }
  }

  /** The stage before may end late. @throws AdapterError when that takes too long */
  async #locked(directory: string): Promise<{ release(): void }> {
    const deadline = performance.now() + this.#lockTimeoutMs
    for (let isTold = false; ; isTold = true) {
      try {
        return lockDirectory(directory)
      } catch (error) {
        const isInUse = error instanceof AdapterError && error.code === 'STATE_IN_USE'
        if (!isInUse || performance.now() >= deadline) throw error
        if (!isTold)
          this.#report(`${error.message}; it is waited for, ${this.#lockTimeoutMs / 1000} s at most`)
        await sleep(LOCK_PAUSE_MS)
      }
    }
  }

  async #save({ set, deleted }: StateChanges, notes: readonly string[], upTo: number): Promise<void> {
    const journal = this.#opened(this.#journal)
    const head = { number: this.#number + 1, notes, notesUpTo: upTo }
    let end = this.#end
    try {
      // A small checkpoint is one write: its way to a thread and back costs more than the bytes.
      let last: Buffer | undefined
      for (const frame of encodeChanges(set, deleted)) {
        if (last !== undefined) end = await append(journal, last, end)
        last = frame
      }
      const commit = encodeCommit(head)
      end = await append(journal, last === undefined ? commit : Buffer.concat([last, commit]), end)
      await journal.datasync()
    } catch (error) {
      // A commit that may or may not have reached the disk must not stand before the one that replaces it.
      await journal.truncate(this.#end).catch(() => {})
      throw error
    }
    this.#end = end
    this.#number++
    this.#forgetNotes(upTo)
    const longest = this.#compactBytes ?? Math.max(COMPACT_BYTES, 2 * this.#snapshotBytes)
    if (this.#end > longest && this.#compacting === undefined) {
      await this.#startCompaction(head)
    }
  }

  /** The next journal takes over at once; the merge goes on beside it. */
  async #startCompaction(head: CommitHead): Promise<void> {
    const directory = this.#directory
    const generation = this.#generation + 1
    let next: FileHandle | undefined
    let end: number
    try {
      next = await openJournal(directory, generation)
      end = await beginJournal(next, 0, directory)
    } catch (error) {
      this.#report(`${directory}: can't begin a new journal (${systemErrorText(error)}); it is tried again`)
      await next?.close()
      return
    }
    const last = this.#journal
    this.#older.push({ generation: this.#generation, end: this.#end })
    this.#journal = next
    this.#generation = generation
    this.#end = end
    await last?.close()
    const parts = partsOf(directory, this.#base, this.#snapshotBytes, this.#older)
    this.#compacting = this.#compact(generation, parts, head)
  }

  async #compact(generation: number, parts: ReturnType<typeof partsOf>, head: CommitHead): Promise<void> {
    const directory = this.#directory
    try {
      this.#snapshotBytes = await compact(directory, generation, parts, head)
      this.#base = generation
      this.#older = this.#older.filter(journal => journal.generation >= generation)
      const { snapshots, journals } = await listGenerations(directory)
      await this.#removeBefore(snapshots, journals)
    } catch (error) {
      this.#report(`${directory}: can't write a snapshot (${systemErrorText(error)}); the journal grows`)
    } finally {
      this.#compacting = undefined
    }
  }

  async #removeBefore(snapshots: readonly number[], journals: readonly number[]): Promise<void> {
    for (const each of snapshots)
      if (each < this.#base) await unlink(pathBytes(snapshotPath(this.#directory, each)))
    for (const each of journals)
      if (each < this.#base) await unlink(pathBytes(journalPath(this.#directory, each)))
  }

  /** The checkpoint is durable: that its notes can't be dropped is no failure of it. */
  #forgetNotes(upTo: number): void {
    try {
      this.#notes?.covered(upTo)
    } catch (error) {
      this.#report(`${this.#directory}: can't drop old notes (${systemErrorText(error)}); it is tried again`)
    }
  }

  #opened<T>(part: T | undefined): T {
    if (part !== undefined) return part
    throw new AdapterError(`${this.name} is not open`, { code: 'STATE_CLOSED', retryable: false })
  }

  async #explained<T>(what: 'read' | 'write', work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw this.#asAdapterError(what, error)
    }
  }

  #asAdapterError(what: 'read' | 'write', error: unknown): AdapterError {
    if (error instanceof AdapterError) return error
    return new AdapterError(`${this.#directory}: can't ${what} state (${systemErrorText(error)})`, {
      code: 'STATE_UNAVAILABLE',
      retryable: true,
      cause: error
    })
  }
}

/**
 * Makes a folder and those above it. Node.js' own way to do that never returns where a folder is there in which none can
 * be made (`/proc`).
 */
function makeDirectory(path: string): void {
  if (existsSync(pathBytes(path))) return
  const parent = dirname(path)
  if (!existsSync(pathBytes(parent))) makeDirectory(parent)
  mkdirSync(pathBytes(path), { mode: 0o700 })
}

/** Opens it for reading and writing, and makes it if need be. */
async function openJournal(directory: string, generation: number): Promise<FileHandle> {
  const path = journalPath(directory, generation)
  try {
    return await open(pathBytes(path), 'r+')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    return open(pathBytes(path), 'w+', 0o600)
  }
}

/** Yields where it ends. */
async function append(journal: FileHandle, bytes: Buffer, end: number): Promise<number> {
  await writeAll(journal, bytes, end)
  return end + bytes.length
}

/** Cuts off what stands behind the last checkpoint and belongs to none. Yields where the next one begins. */
async function beginJournal(journal: FileHandle, end: number, directory: string): Promise<number> {
  await journal.truncate(end)
  if (end === 0) await writeAll(journal, FILE_HEADER, 0)
  await journal.datasync()
  await syncDirectory(directory)
  return end === 0 ? FILE_HEADER.length : end
}
