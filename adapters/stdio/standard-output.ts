import { closeSync, constants, fstatSync, openSync } from 'node:fs'
import type { WallClock } from '../../plugin/adapter.ts'
import { writeAll } from '../write-all.ts'

const { O_NONBLOCK, O_WRONLY } = constants
const STANDARD_OUTPUT = 1

/**
 * Writes to standard output without making anything else wait: a pipe is opened anew for that, as its other end may
 * share it, and expect it to wait.
 */
export class StandardOutput {
  readonly #clock: WallClock
  readonly #given: number
  #opened: { readonly fd: number; readonly neverWaits: boolean } | undefined

  /** `fd`: the descriptor that standard output is. */
  constructor(clock: WallClock, fd: number = STANDARD_OUTPUT) {
    this.#clock = clock
    this.#given = fd
  }

  /** @throws AdapterError: not retryable when nobody reads any more. */
  async write(bytes: Buffer, signal: AbortSignal, onWritten: (count: number) => void): Promise<void> {
    this.#opened ??= openedWithoutWaiting(this.#given)
    const { fd, neverWaits } = this.#opened
    const options = { clock: this.#clock, signal, what: 'standard output', neverWaits }
    await writeAll(fd, bytes, options, onWritten)
  }

  close(): void {
    if (this.#opened?.neverWaits) closeSync(this.#opened.fd)
    this.#opened = undefined
  }
}

function openedWithoutWaiting(fd: number): { readonly fd: number; readonly neverWaits: boolean } {
  try {
    if (fstatSync(fd).isFIFO()) {
      return { fd: openSync(`/dev/fd/${fd}`, O_WRONLY | O_NONBLOCK), neverWaits: true }
    }
  } catch {
    // No such device here, or its reader has gone, which writing will find.
  }
  return { fd, neverWaits: false }
}
