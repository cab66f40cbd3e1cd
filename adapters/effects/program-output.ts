import { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { LineBuffer } from '../line-buffer.ts'

/** A longer line of a program is cut there. */
const MAX_LINE_BYTES = 16 * 1024 * 1024

export interface ProgramOutputOptions {
  readonly onLine: (line: string) => void
  /** Hears of bytes that exceed a line's greatest length and are dropped. */
  readonly onCut: (bytes: number) => void
}

/** The lines that a program prints. */
export class ProgramOutput {
  readonly #stream: Readable
  readonly #options: ProgramOutputOptions
  #lines: LineBuffer | undefined
  #isEnded = false
  /** Counts what has come, to see whether more does. */
  #chunks = 0

  constructor(stream: Readable, options: ProgramOutputOptions) {
    this.#stream = stream
    this.#options = options
    if (stream instanceof Socket) stream.unref()
    const end = (): void => {
      this.#isEnded = true
    }
    stream.on('data', this.#take).on('end', end).on('close', end).on('error', end)
  }

  pause(): void {
    this.#stream.pause()
  }

  resume(): void {
    this.#stream.resume()
  }

  /**
   * Calls `done` when all that a program printed has become lines, a last one without newline too. It has ended; what
   * its own children may print later is not waited for.
   */
  finish(done: () => void): void {
    // One turn of the event loop reads what is there; the first may be half over.
    const seen = this.#chunks
    setImmediate(() => {
      setImmediate(() => {
        if (!this.#isEnded && (this.#chunks !== seen || this.#stream.isPaused())) this.finish(done)
        else {
          this.#stream.off('data', this.#take).destroy()
          const rest = this.#lines?.rest()
          if (rest !== undefined) this.#options.onLine(rest)
          done()
        }
      })
    })
  }

  readonly #take = (chunk: Buffer): void => {
    this.#chunks++
    const lines = (this.#lines ??= new LineBuffer({
      maxLineBytes: MAX_LINE_BYTES,
      onCut: this.#options.onCut
    }))
    for (let taken = 0; taken < chunk.length; ) {
      const count = chunk.copy(lines.room(), 0, taken)
      lines.filled(count)
      taken += count
      for (let line = lines.next(); line !== undefined; line = lines.next()) this.#options.onLine(line)
    }
  }
}
