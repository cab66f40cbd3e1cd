import type { LineBuffer } from '../line-buffer.ts'
import type { FilePosition } from '../file/file-position.ts'
import { type ByteReader, FileReader } from './byte-reader.ts'

/** Seconds without news after which nobody is expected to write to a replaced file any more. */
const PATIENCE = 30

/**
 * A file whose name stands for another one by now. Its writer may hold it until it is told of the rotation, so it is
 * read for some time yet: SEC closes it at once and loses those lines.
 */
export class ReplacedFile {
  readonly #reader: ByteReader
  readonly #lines: LineBuffer
  #newsAt: number | undefined
  #isOver = false

  constructor(reader: ByteReader, lines: LineBuffer) {
    this.#reader = reader
    this.#lines = lines
  }

  /** Nothing comes any more; it is closed. */
  get isOver(): boolean {
    return this.#isOver
  }

  /**
   * The next line, or, once the patience is over, what is left without a newline. `now` in seconds; who is not
   * `patient` closes the file as soon as it is quiet.
   */
  next(now: number, patient: boolean): string | undefined {
    if (this.#isOver) return undefined
    const line = this.#lines.next()
    if (line !== undefined) return line
    this.#newsAt ??= now
    try {
      const count = this.#reader.read(this.#lines.room())
      if (count > 0) {
        this.#lines.filled(count)
        this.#newsAt = now
        return this.#lines.next()
      }
    } catch {
      return this.#finish()
    }
    return !patient || now - this.#newsAt > PATIENCE ? this.#finish() : undefined
  }

  /** Where reading is to go on after a restart. */
  get position(): FilePosition | undefined {
    return this.#reader instanceof FileReader ? this.#reader.resumePosition(this.#lines.waiting) : undefined
  }

  close(): void {
    this.#isOver = true
    this.#reader.close()
  }

  #finish(): string | undefined {
    this.close()
    return this.#lines.rest()
  }
}
