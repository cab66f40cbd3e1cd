/** As the zstd library has it when it is not told otherwise. */
const MOST_WINDOW_BYTES = 2 ** 27

/** Each of them takes its time, however short it is. */
const MOST_FRAMES = 100_000

const MAGIC = 0xfd2fb528
/** Of sixteen numbers that end in another digit. */
const SKIPPABLE_MAGIC = 0x184d2a5

/**
 * The frames of zstd that stand one behind the other, without those that are to be skipped. Node.js's own decompressor
 * stops after the first one, and says nothing; and a few bytes can ask for terabytes of memory. Source: RFC 8878, section 3.1.
 *
 * @throws Error in words
 */
export function zstdFrames(bytes: Buffer): Buffer[] {
  const frames: Buffer[] = []
  for (let position = 0; position < bytes.length; ) {
    const start = position
    const magic = uintAt(bytes, position, 4)
    if (magic >>> 4 === SKIPPABLE_MAGIC) {
      position += 8 + uintAt(bytes, position + 4, 4)
    } else {
      if (magic !== MAGIC) throw new Error(`no frame at byte ${position}`)
      position = frameEnd(bytes, position + 4)
      frames.push(bytes.subarray(start, position))
    }
    if (frames.length > MOST_FRAMES) throw new Error(`more than ${MOST_FRAMES} frames`)
    if (position > bytes.length) throw new Error(`the frame at byte ${start} has no end`)
  }
  return frames
}

/** @param start - of its header, behind the magic number */
function frameEnd(bytes: Buffer, start: number): number {
  const descriptor = uintAt(bytes, start, 1)
  const isSingle = (descriptor & 0x20) !== 0
  const idBytes = [0, 1, 2, 4][descriptor & 3] as number
  const sizeBytes = [isSingle ? 1 : 0, 2, 4, 8][descriptor >> 6] as number
  let position = start + 1 + (isSingle ? 0 : 1) + idBytes
  const windowBytes = isSingle ? uintAt(bytes, position, sizeBytes) : windowOf(uintAt(bytes, start + 1, 1))
  if (windowBytes > MOST_WINDOW_BYTES) {
    throw new Error(`a window of ${windowBytes} bytes; expected at most ${MOST_WINDOW_BYTES}`)
  }
  position += sizeBytes
  for (let isLast = false; !isLast; ) {
    const block = uintAt(bytes, position, 3)
    isLast = (block & 1) === 1
    const isRepeatedByte = (block & 6) === 2
    position += 3 + (isRepeatedByte ? 1 : block >> 3)
  }
  return position + ((descriptor & 4) === 0 ? 0 : 4)
}

function windowOf(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3))
  return base + (base / 8) * (descriptor & 7)
}

function uintAt(bytes: Buffer, position: number, length: number): number {
  if (position + length > bytes.length) throw new Error('a frame has no end')
  return length === 8 ? Number(bytes.readBigUInt64LE(position)) : bytes.readUIntLE(position, length)
}
