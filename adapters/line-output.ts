/** A line that is to be written, and what it is known by when it is given again. */
export interface OutputLine {
  /** Without a newline; a byte string. */
  readonly text: string
  readonly key: string
}

interface Attempt {
  readonly bytes: Buffer
  /** Behind each line, in `bytes`. */
  readonly ends: readonly number[]
  readonly keys: readonly (string | undefined)[]
}

const NOTHING = Buffer.alloc(0)

/**
 * Remembers how far an attempt to write lines came, so that the next one goes on there: the line that was begun is
 * ended first, and lines that were written are not written again when they are given again.
 */
export class LineOutput {
  /** Lines that failed attempts have written or begun. */
  readonly #written = new Set<string>()
  /** The end of the line that was begun. */
  #rest: Buffer = NOTHING
  #begun: string | undefined
  #attempt: Attempt = { bytes: NOTHING, ends: [], keys: [] }
  #count = 0

  /** Begins an attempt: its bytes. */
  begin(lines: readonly OutputLine[]): Buffer {
    const parts: Buffer[] = []
    const ends: number[] = []
    const keys: (string | undefined)[] = []
    let end = 0
    const add = (bytes: Buffer, key: string | undefined): void => {
      parts.push(bytes)
      end += bytes.length
      ends.push(end)
      keys.push(key)
    }
    if (this.#rest.length > 0) add(this.#rest, this.#begun)
    for (const { text, key } of lines) {
      if (!this.#written.has(key)) add(Buffer.from(`${text}\n`, 'latin1'), key)
    }
    const bytes = Buffer.concat(parts)
    this.#attempt = { bytes, ends, keys }
    this.#count = 0
    return bytes
  }

  /** So many bytes more of the attempt are written. */
  wrote(bytes: number): void {
    this.#count += bytes
  }

  succeeded(): void {
    this.#written.clear()
    this.#rest = NOTHING
    this.#begun = undefined
  }

  failed(): void {
    const { bytes, ends, keys } = this.#attempt
    // Nothing written: what was begun before is still to be ended.
    if (this.#count === 0) return
    this.#rest = NOTHING
    this.#begun = undefined
    let start = 0
    for (const [index, end] of ends.entries()) {
      if (start >= this.#count) return
      const key = keys[index]
      if (key !== undefined) this.#written.add(key)
      if (this.#count < end) {
        this.#rest = bytes.subarray(this.#count, end)
        this.#begun = key
      }
      start = end
    }
  }

  /** What was written has nobody who has read it to its end: the line that was begun is given again whole. */
  forgetBegun(): void {
    if (this.#begun !== undefined) this.#written.delete(this.#begun)
    this.#rest = NOTHING
    this.#begun = undefined
  }
}
