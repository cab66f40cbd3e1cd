import { writeSync } from 'node:fs'

/** Writes a byte string to standard error at once. Where nobody reads it, it is lost. */
export function writeStandardError(text: string): void {
  const bytes = Buffer.from(text, 'latin1')
  try {
    for (let offset = 0; offset < bytes.length; ) offset += writeSync(2, bytes, offset)
  } catch {
    // There is no better place to complain.
  }
}
