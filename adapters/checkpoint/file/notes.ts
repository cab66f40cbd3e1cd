import { closeSync, constants, ftruncateSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { decodeFrame, encodeFrame, FILE_HEADER } from './frames.ts'
import { pathBytes } from './generation.ts'

/** Notes are dropped from the file when it has grown so much. */
const CLEAR_BYTES = 64 << 10

/**
 * The notes made between checkpoints: small frames that are written at once. They need to outlive the process, not the
 * machine, so they are not synced.
 */
export class NotesFile {
  readonly #directory: string
  #file: number
  #length: number
  #number: number

  /** `after`: the number of the last note before the checkpoint that is there. */
  constructor(directory: string, after: number) {
    this.#directory = directory
    this.#file = openSync(pathBytes(notesPath(directory)), constants.O_RDWR | constants.O_CREAT, 0o600)
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

  /**
   * Tells that a checkpoint has made the notes up to `number` superfluous. Those that came since move to a new file,
   * which takes the place of the old one at once: under steady load there always are some.
   *
   * @throws the system's error; then all is as it was.
   */
  covered(number: number): void {
    if (this.#length < CLEAR_BYTES) return
    const { notes } = readNotes(this.#directory, number)
    const frames = notes.map((note, index) => encodeFrame('N', [number + 1 + index, note]))
    const bytes = Buffer.concat([FILE_HEADER, ...frames])
    const path = `${notesPath(this.#directory)}.partial`
    const file = openSync(pathBytes(path), 'w', 0o600)
    try {
      writeAll(file, bytes, 0)
      renameSync(pathBytes(path), pathBytes(notesPath(this.#directory)))
    } catch (error) {
      closeSync(file)
      throw error
    }
    closeSync(this.#file)
    this.#file = file
    this.#length = bytes.length
  }

  close(): void {
    closeSync(this.#file)
  }

  #write(bytes: Buffer): void {
    try {
      writeAll(this.#file, bytes, this.#length)
    } catch (error) {
      // Of a note that does not fit nothing must stay.
      ftruncateSync(this.#file, this.#length)
      throw error
    }
    this.#length += bytes.length
  }
}

function writeAll(file: number, bytes: Buffer, position: number): void {
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(file, bytes, done, bytes.length - done, position + done)
  }
}

/**
 * The notes behind the one with the number `after`, and the byte offset where the last whole one ends. Where the first
 * of them are missing, the others are of no use: they are left out, too.
 */
export function readNotes(
  directory: string,
  after: number
): { notes: string[]; end: number; number: number } {
  let bytes: Buffer
  try {
    bytes = readFileSync(pathBytes(notesPath(directory)))
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
    if (own > number + 1) return { notes: [], end: FILE_HEADER.length, number: after }
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
