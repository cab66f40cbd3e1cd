import { open, rename, stat } from 'node:fs/promises'
import { AdapterError } from '../../../plugin/adapter.ts'
import { FILE_HEADER, type Frame, textsOf } from './frames.ts'
import { journalPath, listGenerations, pathBytes, snapshotPath } from './generation.ts'
import { type Damage, readFrames } from './read-frames.ts'

/** A journal, and the byte offset where its last checkpoint ends. */
export interface Journal {
  readonly generation: number
  readonly end: number
}

/** What a folder of state holds. */
export interface Recovered {
  readonly entries: Map<string, string>
  /** The number of the last checkpoint that is whole; 0: none was ever made. */
  readonly number: number
  /** The notes that it does not cover, and the number of the last note before it was made. */
  readonly notes: readonly string[]
  readonly notesUpTo: number
  /** The generation of the journal to go on with, and where in it the last checkpoint ends; 0: it is to be begun. */
  readonly generation: number
  readonly journalEnd: number
  /** The journals before it that are in no snapshot. */
  readonly older: readonly Journal[]
  /** The generation of the snapshot in use (0: none) and how long its file is. */
  readonly base: number
  readonly snapshotBytes: number
}

/** The state as the frames build it up, one checkpoint after the other. */
class Loading {
  readonly entries = new Map<string, string>()
  number = 0
  notes: readonly string[] = []
  notesUpTo = 0
  #sets: [string, string][] = []
  #deletes: string[] = []

  /** `gap`: a checkpoint is missing before this one. */
  take({ type, payload }: Frame, isSnapshot: boolean): 'more' | 'checkpoint' | 'gap' {
    switch (type) {
      case 'S': {
        let key: string | undefined
        for (const text of textsOf(payload)) {
          if (key === undefined) {
            key = text
            continue
          }
          this.#sets.push([key, text])
          key = undefined
        }
        return 'more'
      }
      case 'D':
        for (const key of textsOf(payload)) this.#deletes.push(key)
        return 'more'
      case 'C': {
        const number = payload.readDoubleBE(0)
        if (!isSnapshot && number !== this.number + 1) return 'gap'
        for (const [key, value] of this.#sets) this.entries.set(key, value)
        for (const key of this.#deletes) this.entries.delete(key)
        this.forgetUncommitted()
        this.number = number
        this.notesUpTo = payload.readDoubleBE(8)
        this.notes = [...textsOf(payload, 16)]
        return 'checkpoint'
      }
      case 'N':
      case 'E':
        return 'more'
    }
  }

  forgetUncommitted(): void {
    this.#sets = []
    this.#deletes = []
  }

  forgetAll(): void {
    this.entries.clear()
    this.forgetUncommitted()
    this.number = 0
    this.notes = []
    this.notesUpTo = 0
  }
}

/**
 * Reads the last checkpoint that is whole. What is damaged behind it is reported and left out, and journals that can't
 * be applied because of that are set aside.
 *
 * @throws AdapterError if no checkpoint can be trusted.
 */
export async function recover(directory: string, report: (message: string) => void): Promise<Recovered> {
  const { snapshots, journals } = await listGenerations(directory)
  const loading = new Loading()
  let base = 0
  let snapshotBytes = 0
  for (const generation of [...snapshots].reverse()) {
    const size = await loadSnapshot(snapshotPath(directory, generation), loading, report)
    if (size === undefined) continue
    base = generation
    snapshotBytes = size
    break
  }
  if (base === 0 && (snapshots.length > 0 || (journals[0] ?? 0) > 0) && journals[0] !== 0) {
    throw new AdapterError(
      `${directory}: none of its snapshots is whole, and its journals do not go back to the beginning; expected the state of a stage, or an empty folder`,
      { code: 'STATE_DAMAGED', retryable: false }
    )
  }
  const used: Journal[] = []
  for (const next of journals.filter(each => each >= base)) {
    const path = journalPath(directory, next)
    const { end, damage } = await loadJournal(path, loading)
    if (damage === 'gap') {
      report(`${path} does not follow the checkpoint before it: it is set aside`)
      await rename(pathBytes(path), pathBytes(`${path}.unusable`))
      continue
    }
    used.push({ generation: next, end })
    if (damage !== undefined)
      report(`${path} is damaged at byte ${damage.offset}: ${usedInstead(end, loading)}`)
    else if (loading.number === 0 && (await stat(pathBytes(path))).size > FILE_HEADER.length) {
      report(`${path} ends before its first checkpoint: ${usedInstead(end, loading)}`)
    }
  }
  const { entries, number, notes, notesUpTo } = loading
  const { generation, end: journalEnd } = used.pop() ?? { generation: base, end: 0 }
  return { entries, number, notes, notesUpTo, generation, journalEnd, older: used, base, snapshotBytes }
}

function usedInstead(end: number, { number }: Loading): string {
  if (number === 0) return 'nothing is remembered, all begins anew'
  return end === 0 ? 'the checkpoint before it is used' : `the checkpoint that ends at byte ${end} is used`
}

/** Yields its length in bytes, or `undefined` if it is not whole: then nothing of it is kept. */
async function loadSnapshot(
  path: string,
  loading: Loading,
  report: (message: string) => void
): Promise<number | undefined> {
  const file = await open(pathBytes(path), 'r')
  try {
    for await (const frame of readFrames(file)) {
      if ('kind' in frame) {
        report(`${path} is ${frame.kind} at byte ${frame.offset}: the snapshot before it is used`)
        break
      }
      loading.take(frame, true)
      if (frame.type === 'E') return frame.end
    }
  } finally {
    await file.close()
  }
  loading.forgetAll()
  return undefined
}

/** `end`: where its last checkpoint ends. One whose commit is missing at the end of the file is as after any crash. */
async function loadJournal(
  path: string,
  loading: Loading
): Promise<{ end: number; damage: Damage | 'gap' | undefined }> {
  const file = await open(pathBytes(path), 'r')
  let end = 0
  let damage: Damage | 'gap' | undefined
  try {
    for await (const frame of readFrames(file)) {
      if ('kind' in frame) {
        if (frame.kind === 'damaged') damage = frame
        break
      }
      const taken = loading.take(frame, false)
      if (taken === 'gap') {
        // Behind checkpoints that are in use it is what a failed attempt has left.
        damage = end === 0 ? 'gap' : { offset: end, kind: 'damaged' }
        break
      }
      if (taken === 'checkpoint') end = frame.end
    }
  } finally {
    await file.close()
  }
  loading.forgetUncommitted()
  return { end, damage }
}
