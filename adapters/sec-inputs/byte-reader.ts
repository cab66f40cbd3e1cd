import { closeSync, readSync } from 'node:fs'
import { type FilePosition, fingerprintOf, positionAt } from '../file/file-position.ts'

/** There is nothing now; more may come. */
export const NOTHING = 0
/** There is nothing any more: the last writer has gone. */
export const ENDED = -1

/** Where an input's bytes come from. Nothing here waits. */
export interface ByteReader {
  readonly kind: 'file' | 'pipe'
  /** Puts bytes into `room`; gives their count, `NOTHING` or `ENDED`. @throws the system's error. */
  read(room: Buffer): number
  close(): void
}

/** Reads a regular file from a position on; undefined: where the descriptor stands. */
export class FileReader implements ByteReader {
  readonly kind = 'file'
  readonly #fd: number
  readonly #positioned: boolean
  #fingerprint: string | undefined
  /** Bytes read so far, counted from the file's start where the reader was given a position. */
  position: number

  constructor(fd: number, position: number | undefined) {
    this.#fd = fd
    this.#positioned = position !== undefined
    this.position = position ?? 0
  }

  /**
   * Where reading is to go on after a restart: so many of the bytes read are not used yet. `undefined` where that can't
   * be said: before the end of the first line.
   */
  resumePosition(unused: number): FilePosition | undefined {
    try {
      this.#fingerprint ??= fingerprintOf(this.#fd)
      if (this.#fingerprint === undefined || !this.#positioned) return undefined
      return positionAt(this.#fd, this.#fingerprint, Math.max(this.position - unused, 0))
    } catch {
      return undefined
    }
  }

  read(room: Buffer): number {
    const count = readSync(this.#fd, room, 0, room.length, this.#positioned ? this.position : null)
    this.position += count
    return count
  }

  close(): void {
    closeQuietly(this.#fd)
  }
}

/** Reads a FIFO that is opened without waiting. */
export class FifoReader implements ByteReader {
  readonly kind = 'pipe'
  readonly #fd: number
  /** A FIFO without a writer reads as ended, also before its first writer came. */
  #hadWriter = false

  constructor(fd: number) {
    this.#fd = fd
  }

  read(room: Buffer): number {
    try {
      const count = readSync(this.#fd, room, 0, room.length, null)
      if (count === 0) return this.#hadWriter ? ENDED : NOTHING
      this.#hadWriter = true
      return count
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
      this.#hadWriter = true
      return NOTHING
    }
  }

  close(): void {
    closeQuietly(this.#fd)
  }
}

function closeQuietly(fd: number): void {
  try {
    closeSync(fd)
  } catch {
    // What was read stays read: an error at closing changes nothing.
  }
}
