import { randomUUID } from 'node:crypto'
import { closeSync, openSync, unlinkSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * A descriptor from which a program reads `input` (a byte string): a file without a name, written before the program
 * starts. So nothing has to be fed while it runs, it may end before it has read all, and it goes on if we end.
 * Undefined where no such file can be made. The caller closes it once the program has it.
 */
export function programInput(input: string): number | undefined {
  const path = join(tmpdir(), `correlog-${randomUUID()}`)
  let fd: number | undefined
  try {
    fd = openSync(path, 'wx+', 0o600)
    unlinkSync(path)
    writeAtStart(fd, Buffer.from(input, 'latin1'))
    return fd
  } catch {
    if (fd !== undefined) closeSync(fd)
    return undefined
  }
}

/** Writes by position, so that the descriptor still stands at the start. */
function writeAtStart(fd: number, bytes: Buffer): void {
  let written = 0
  while (written < bytes.length) {
    written += writeSync(fd, bytes, written, bytes.length - written, written)
  }
}
