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
  #fd: number | undefined

  /** `fd`: the descriptor that standard output is. */
  constructor(clock: WallClock, fd: number = STANDARD_OUTPUT) {
    this.#clock = clock
    this.#given = fd
  }

  /** @throws AdapterError: not retryable when nobody reads any more. */
  async write(bytes: Buffer, signal: AbortSignal, onWritten: (count: number) => void): Promise<void> {
    this.#fd ??= openedWithoutWaiting(this.#given)
    await writeAll(this.#fd, bytes, { clock: this.#clock, signal, what: 'standard output' }, onWritten)
  }

  close(): void {
    if (this.#fd !== undefined && this.#fd !== this.#given) closeSync(this.#fd)
    this.#fd = undefined
  }
}

function openedWithoutWaiting(fd: number): number {
  try {
    if (fstatSync(fd).isFIFO()) return openSync(`/dev/fd/${fd}`, O_WRONLY | O_NONBLOCK)
  } catch {
    // No such device here, or its reader has gone, which writing will find.
  }
  return fd
}
