/** The least and the most that is read at once. */
const BLOCK_BYTES = { least: 64 * 1024, most: 1024 * 1024 }

const NEWLINE = 10

export interface LineBufferOptions {
  /** How much to read at once; smaller blocks than 64 KiB would only cost time. */
  readonly blockBytes?: number
  /** A longer line is cut there. */
  readonly maxLineBytes: number
  /** Hears of each part of a line that is dropped; `first` is true once for each line. */
  readonly onCut: (bytes: number, first: boolean) => void
}

/**
 * Makes lines of blocks of bytes: blocks are read into `room()` and announced by `filled()`, lines come from `next()`.
 * Each line is a string of its own and keeps no block in memory.
 */
export class LineBuffer {
  readonly #options: LineBufferOptions
  readonly #blockBytes: number
  #bytes: Buffer
  /** What was read and not given out: from `#start` to the end of this view. */
  #filled: Buffer
  #start = 0
  /** Up to here there is no newline. */
  #searched = 0
  #dropping = false
  /** Bytes that were there before this view's. */
  #before = 0

  constructor(options: LineBufferOptions) {
    this.#options = options
    this.#blockBytes = Math.min(Math.max(options.blockBytes ?? 0, BLOCK_BYTES.least), BLOCK_BYTES.most)
    this.#bytes = Buffer.allocUnsafeSlow(this.#blockBytes)
    this.#filled = this.#bytes.subarray(0, 0)
  }

  /** Bytes given out or dropped so far: where the next line begins, unless `isInLongLine`. */
  get taken(): number {
    return this.#before + this.#start
  }

  /** Bytes read and not given out. */
  get waiting(): number {
    return this.#filled.length - this.#start
  }

  /** The head of a line that is too long was given out, and its end has not come. */
  get isInLongLine(): boolean {
    return this.#dropping
  }

  /** Where the next block is read to. Call it when `next` has nothing more. */
  room(): Buffer {
    const { waiting } = this
    // A long line has made it larger.
    if (waiting === 0 && this.#bytes.length > this.#blockBytes) {
      this.#bytes = Buffer.allocUnsafeSlow(this.#blockBytes)
    }
    if (this.#start > 0) {
      this.#filled.copy(this.#bytes, 0, this.#start)
      this.#before += this.#start
      this.#searched -= this.#start
      this.#start = 0
    }
    if (waiting > this.#bytes.length / 2) {
      const larger = Buffer.allocUnsafeSlow(2 * this.#bytes.length)
      this.#bytes.copy(larger, 0, 0, waiting)
      this.#bytes = larger
    }
    this.#filled = this.#bytes.subarray(0, waiting)
    return this.#bytes.subarray(waiting)
  }

  /** Tells how many bytes were put into the last `room()`. */
  filled(bytes: number): void {
    this.#filled = this.#bytes.subarray(0, this.#filled.length + bytes)
  }

  /** The next line without its newline; undefined when there is no whole line. */
  next(): string | undefined {
    for (;;) {
      const newline = this.#filled.indexOf(NEWLINE, this.#searched)
      if (newline < 0) return this.#dropping ? this.#drop(this.#filled.length) : this.#overlong()
      const start = this.#start
      if (this.#dropping) {
        this.#drop(newline)
        this.#dropping = false
        this.#start = this.#searched = newline + 1
        continue
      }
      this.#start = this.#searched = newline + 1
      return this.#line(start, newline)
    }
  }

  /** What waits for its newline, as a line; undefined when nothing does. */
  rest(): string | undefined {
    const end = this.#filled.length
    if (this.#dropping) this.#drop(end)
    this.#dropping = false
    const start = this.#start
    this.#start = this.#searched = end
    return start === end ? undefined : this.#line(start, end)
  }

  /** The head of a line that is already too long, whose end has not come. */
  #overlong(): string | undefined {
    const { maxLineBytes } = this.#options
    const start = this.#start
    const end = this.#filled.length
    this.#searched = end
    if (end - start <= maxLineBytes) return undefined
    this.#start = end
    this.#dropping = true
    return this.#line(start, end)
  }

  #line(start: number, end: number): string {
    const { maxLineBytes, onCut } = this.#options
    if (end - start <= maxLineBytes) return this.#filled.toString('latin1', start, end)
    onCut(end - start - maxLineBytes, true)
    return this.#filled.toString('latin1', start, start + maxLineBytes)
  }

  #drop(end: number): undefined {
    if (end > this.#start) this.#options.onCut(end - this.#start, false)
    this.#start = this.#searched = end
  }
}
