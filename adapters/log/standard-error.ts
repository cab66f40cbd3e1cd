import { writeSync } from 'node:fs'

/** How long a reader that takes nothing is waited for, in all, with each text. */
const PATIENCE_MS = 1000
const PAUSE_MS = 5

const pause = new Int32Array(new SharedArrayBuffer(4))

/**
 * Writes a byte string to standard error at once. Where nobody reads it, it is lost. A pipe that was opened not to block (Node.js
 * does so itself, for process.stderr) may be full: it is waited for.
 */
export function writeStandardError(text: string): void {
  const bytes = Buffer.from(text, 'latin1')
  let waited = 0
  for (let offset = 0; offset < bytes.length; ) {
    try {
      offset += writeSync(2, bytes, offset)
    } catch (error) {
      // There is no better place to complain.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN' || waited >= PATIENCE_MS) return
      Atomics.wait(pause, 0, 0, PAUSE_MS)
      waited += PAUSE_MS
    }
  }
}
