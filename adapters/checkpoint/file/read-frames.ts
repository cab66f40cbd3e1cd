import type { FileHandle } from 'node:fs/promises'
import { decodeFrame, FILE_HEADER, type Frame } from './frames.ts'

/** Bytes asked for at once: what is between two turns of the event loop. */
const READ_BYTES = 256 << 10

/** A file's first frame that can't be read. */
export interface Damage {
  /** Byte offset. */
  readonly offset: number
  /** `cut off`: the file ends within a frame, as after a crash. */
  readonly kind: 'cut off' | 'damaged'
}

/**
 * Gives a file's frames, each with the offset behind it, up to `end` (a byte offset) or the end of the file. Yields
 * what is wrong where the frames end before that, and then ends.
 */
export async function* readFrames(
  file: FileHandle,
  end = Infinity
): AsyncGenerator<(Frame & { readonly end: number }) | Damage> {
  let buffer = Buffer.alloc(0)
  let start = 0
  let position = 0
  let headerSeen = false
  for (;;) {
    let at = 0
    if (!headerSeen && buffer.length >= FILE_HEADER.length) {
      if (!buffer.subarray(0, FILE_HEADER.length).equals(FILE_HEADER)) {
        yield { offset: 0, kind: 'damaged' }
        return
      }
      headerSeen = true
      at = FILE_HEADER.length
    }
    while (headerSeen) {
      const frame = decodeFrame(buffer, at)
      if (frame === 'incomplete') break
      if (frame === 'damaged') {
        yield { offset: start + at, kind: 'damaged' }
        return
      }
      yield { ...frame, end: start + frame.next }
      at = frame.next
    }
    buffer = buffer.subarray(at)
    start += at
    const chunk = Buffer.allocUnsafe(Math.max(0, Math.min(READ_BYTES, end - position)))
    const { bytesRead } = await file.read(chunk, 0, chunk.length, position)
    if (bytesRead === 0) {
      if (buffer.length > 0 || !headerSeen) yield { offset: start, kind: 'cut off' }
      return
    }
    position += bytesRead
    buffer = Buffer.concat([buffer, chunk.subarray(0, bytesRead)])
  }
}
