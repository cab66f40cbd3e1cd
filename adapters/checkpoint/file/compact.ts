import { type FileHandle, open, rename, unlink } from 'node:fs/promises'
import { encodeFrame, FILE_HEADER, FRAME_BYTES, lengthAndText, textsOf } from './frames.ts'
import { journalPath, pathBytes, snapshotPath, syncDirectory } from './generation.ts'
import { readFrames } from './read-frames.ts'
import type { Journal } from './recover.ts'

/** A file to be merged, up to a byte offset. */
export interface Part {
  readonly path: string
  readonly end: number
}

/** Bytes written at once. */
const WRITE_BYTES = 256 << 10

/** What a commit says beside the changes: its number, the notes that it does not cover, the number of the last one. */
export interface CommitHead {
  readonly number: number
  readonly notes: readonly string[]
  readonly notesUpTo: number
}

export function encodeCommit({ number, notes, notesUpTo }: CommitHead): Buffer {
  return encodeFrame('C', [number, notesUpTo, ...notes.map(lengthAndText)])
}

/** The parts of a state: its snapshot, if there is one, and the journals behind it. */
export function partsOf(
  directory: string,
  base: number,
  snapshotBytes: number,
  journals: readonly Journal[]
): Part[] {
  const parts: Part[] = base === 0 ? [] : [{ path: snapshotPath(directory, base), end: snapshotBytes }]
  for (const { generation, end } of journals) parts.push({ path: journalPath(directory, generation), end })
  return parts
}

/**
 * Makes a snapshot out of what was written before: reads the parts twice, first for the place of each key's last value,
 * then for the values, so that no more than the keys are in memory. It works in pieces, between which the event loop
 * runs. Yields the snapshot's length in bytes. Every frame of the parts belongs to a checkpoint that is whole.
 */
export async function compact(
  directory: string,
  generation: number,
  parts: readonly Part[],
  head: CommitHead
): Promise<number> {
  const last = new Map<string, number>()
  await eachEntry(parts, (key, value, place) => {
    if (value === undefined) last.delete(key)
    else last.set(key, place)
    return undefined
  })
  const path = snapshotPath(directory, generation)
  const partial = `${path}.partial`
  let length = 0
  try {
    length = await writeSnapshot(partial, parts, last, head)
    await rename(pathBytes(partial), pathBytes(path))
  } catch (error) {
    // Where the disk is full, it would stand in the way of what comes next.
    await unlink(pathBytes(partial)).catch(() => {})
    throw error
  }
  await syncDirectory(directory)
  return length
}

/** `last`: the place of each key's last value. */
async function writeSnapshot(
  path: string,
  parts: readonly Part[],
  last: ReadonlyMap<string, number>,
  head: CommitHead
): Promise<number> {
  const file = await open(pathBytes(path), 'w', 0o600)
  try {
    const writer = new Writer(file)
    await writer.write(FILE_HEADER)
    let fields: string[] = []
    let size = 0
    await eachEntry(parts, (key, value, place) => {
      if (value === undefined || last.get(key) !== place) return undefined
      const field = lengthAndText(key) + lengthAndText(value)
      fields.push(field)
      size += field.length
      if (size < FRAME_BYTES) return undefined
      const frame = encodeFrame('S', fields)
      fields = []
      size = 0
      return writer.write(frame)
    })
    if (fields.length > 0) await writer.write(encodeFrame('S', fields))
    await writer.write(encodeCommit(head))
    await writer.write(encodeFrame('E', []))
    const length = await writer.end()
    await file.datasync()
    return length
  } finally {
    await file.close()
  }
}

/** Calls back for every key that is set or deleted, in order; `place` numbers them. */
async function eachEntry(
  parts: readonly Part[],
  take: (key: string, value: string | undefined, place: number) => Promise<void> | undefined
): Promise<void> {
  let place = 0
  for (const { path, end } of parts) {
    const file = await open(pathBytes(path), 'r')
    try {
      for await (const frame of readFrames(file, end)) {
        if ('kind' in frame) throw new Error(`${path} is ${frame.kind} at byte ${frame.offset}`)
        const { type, payload } = frame
        if (type !== 'S' && type !== 'D') continue
        let key: string | undefined
        for (const text of textsOf(payload)) {
          if (type === 'S' && key === undefined) {
            key = text
            continue
          }
          const taken = key === undefined ? take(text, undefined, place) : take(key, text, place)
          if (taken !== undefined) await taken
          key = undefined
          place++
        }
      }
    } finally {
      await file.close()
    }
  }
}

/** Gathers small pieces into few writes. */
class Writer {
  readonly #file: FileHandle
  #pieces: Buffer[] = []
  #waiting = 0
  #written = 0

  constructor(file: FileHandle) {
    this.#file = file
  }

  async write(piece: Buffer): Promise<void> {
    this.#pieces.push(piece)
    this.#waiting += piece.length
    if (this.#waiting >= WRITE_BYTES) await this.#flush()
  }

  /** Yields how many bytes were written in all. */
  async end(): Promise<number> {
    await this.#flush()
    return this.#written
  }

  async #flush(): Promise<void> {
    const bytes = Buffer.concat(this.#pieces)
    this.#pieces = []
    this.#waiting = 0
    await writeAll(this.#file, bytes, this.#written)
    this.#written += bytes.length
  }
}

/** Writes all of it, at a byte offset. */
export async function writeAll(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done)
    done += bytesWritten
  }
}
