import { write, writeSync } from 'node:fs'
import { promisify } from 'node:util'
import { AdapterError, type WallClock } from '../plugin/adapter.ts'
import { systemErrorText } from './system-error.ts'

const writeBytes = promisify(write)

/** Between two attempts at a pipe that is full, and how long that may take before it is said. */
const FULL_PAUSE_MS = 5
const FULL_LIMIT_MS = 1000

export interface WriteAllOptions {
  readonly clock: WallClock
  readonly signal: AbortSignal
  /** For messages: `output file alerts.jsonl`. */
  readonly what: string
  /** It never waits (O_NONBLOCK): a thread, which costs more than the writing, is not needed for that. */
  readonly neverWaits?: boolean
}

/**
 * Writes bytes to a descriptor, waiting a while where there is no room. `onWritten` hears of each part that is written.
 *
 * @throws AdapterError: retryable (no room, full disk), or not (`EPIPE`: nobody reads any more).
 */
export async function writeAll(
  fd: number,
  bytes: Buffer,
  { clock, signal, what, neverWaits = false }: WriteAllOptions,
  onWritten: (count: number) => void
): Promise<void> {
  let fullSince: number | undefined
  for (let start = 0; start < bytes.length; ) {
    if (signal.aborted) throw new AdapterError('given up', { code: 'ABORTED', retryable: true })
    try {
      const bytesWritten = neverWaits
        ? writeSync(fd, bytes, start)
        : (await writeBytes(fd, bytes, start)).bytesWritten
      start += bytesWritten
      onWritten(bytesWritten)
      fullSince = undefined
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code !== 'EAGAIN') throw writeFailure(what, error)
      fullSince ??= clock.monotonic()
      if (clock.monotonic() - fullSince >= FULL_LIMIT_MS) {
        const text = `${what} is full: its reader takes nothing`
        throw new AdapterError(text, { code: 'OUTPUT_FULL', retryable: true })
      }
      await clock.delay(FULL_PAUSE_MS, signal)
    }
  }
}

export function writeFailure(what: string, error: unknown): AdapterError {
  const { code } = error as NodeJS.ErrnoException
  return new AdapterError(`can't write to ${what} (${systemErrorText(error)})`, {
    code: code === 'EPIPE' ? 'OUTPUT_CLOSED' : 'OUTPUT_FAILED',
    retryable: code !== 'EPIPE',
    cause: error
  })
}
