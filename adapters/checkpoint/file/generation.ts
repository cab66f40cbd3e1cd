import { open, readdir, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * A folder of state holds, for a generation N, `snapshot-N` (all entries, without which N is 0 and there are none) and
 * `journal-N` (the checkpoints since). While a new snapshot is made, the journals of several generations follow one
 * another.
 */
export interface Generations {
  /** Ascending. */
  readonly snapshots: readonly number[]
  readonly journals: readonly number[]
  /** Left over by a crash. */
  readonly unfinished: readonly string[]
}

export async function listGenerations(directory: string): Promise<Generations> {
  const snapshots: number[] = []
  const journals: number[] = []
  const unfinished: string[] = []
  for (const name of await readdir(pathBytes(directory), 'latin1')) {
    const [, kind, number] = /^(snapshot|journal)-([0-9]+)$/.exec(name) ?? []
    if (kind === 'snapshot') snapshots.push(Number(number))
    else if (kind === 'journal') journals.push(Number(number))
    else if (name.endsWith('.partial')) unfinished.push(join(directory, name))
  }
  const ascending = (left: number, right: number): number => left - right
  return { snapshots: snapshots.sort(ascending), journals: journals.sort(ascending), unfinished }
}

export function snapshotPath(directory: string, generation: number): string {
  return join(directory, `snapshot-${generation}`)
}

export function journalPath(directory: string, generation: number): string {
  return join(directory, `journal-${generation}`)
}

/** A path as the system takes it: here it is a byte string. */
export function pathBytes(path: string): Buffer {
  return Buffer.from(path, 'latin1')
}

/** Makes names that were created, renamed or removed in a folder durable. */
export async function syncDirectory(directory: string): Promise<void> {
  let handle: FileHandle | undefined
  try {
    handle = await open(pathBytes(directory), 'r')
    await handle.sync()
  } finally {
    await handle?.close()
  }
}
