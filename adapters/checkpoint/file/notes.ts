import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { decodeFrame, encodeFrame, FILE_HEADER } from './frames.ts'

/** Notes are dropped from the file when it has grown so much. */
const CLEAR_BYTES = 64 << 10

/**
 * The notes made between checkpoints: small frames that are written at once. They need to outlive the process, not the
 * machine, so they are not synced.
 */
export class NotesFile {
  readonly #file: number
  #length: number
  #number: number

  /** `after`: the number of the last note before the checkpoint that is there. */
  constructor(directory: string, after: number) {
    this.#file = openSync(notesPath(directory), 'a+', 0o600)
    const { end, number } = readNotes(directory, after)
    this.#length = end
    this.#number = Math.max(after, number)
    // What a crash left half written would hide what comes after it.
    ftruncateSync(this.#file, end)
    if (end === 0) this.#write(FILE_HEADER)
  }

  /** The number of the last note. */
  get number(): number {
    return this.#number
  }

  write(note: string): void {
    this.#write(encodeFrame('N', [this.#number + 1, note]))
    this.#number++
  }

  /** Tells that a checkpoint has made the notes up to `number` superfluous. */
  covered(number: number): void {
    if (number < this.#number || this.#length < CLEAR_BYTES) return
    ftruncateSync(this.#file, 0)
    this.#length = 0
    this.#write(FILE_HEADER)
  }

  close(): void {
    closeSync(this.#file)
  }

  #write(bytes: Buffer): void {
    try {
      for (let done = 0; done < bytes.length; ) done += writeSync(this.#file, bytes, done)
    } catch (error) {
      // Of a note that does not fit nothing must stay.
      ftruncateSync(this.#file, this.#length)
      throw error
    }
    this.#length += bytes.length
  }
}

/** The notes behind the one with the number `after`, and the byte offset where the last whole one ends. */
export function readNotes(
  directory: string,
  after: number
): { notes: string[]; end: number; number: number } {
  let bytes: Buffer
  try {
    bytes = readFileSync(notesPath(directory))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { notes: [], end: 0, number: after }
    throw error
  }
  const notes: string[] = []
  let number = after
  if (!bytes.subarray(0, FILE_HEADER.length).equals(FILE_HEADER)) return { notes, end: 0, number }
  let end = FILE_HEADER.length
  for (;;) {
    const frame = decodeFrame(bytes, end)
    if (typeof frame === 'string' || frame.type !== 'N') return { notes, end, number }
    const own = frame.payload.readDoubleBE(0)
    if (own > after) {
      notes.push(frame.payload.toString('latin1', 8))
      number = own
    }
    end = frame.next
  }
}

function notesPath(directory: string): string {
  return join(directory, 'notes')
}
