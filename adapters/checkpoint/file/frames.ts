import { crc32 } from 'node:zlib'

/**
 * The frames that the files of a checkpoint consist of, after a line that names the format:
 *
 *   frame      => length:u32 crc:u32 type:u8 payload     (big endian; length and crc are of type and payload)
 *   'S' set    => (keyLength:u32 key valueLength:u32 value)*
 *   'D' delete => (keyLength:u32 key)*
 *   'C' commit => number:f64 upTo:f64 (noteLength:u32 note)*
 *                 closes a checkpoint, without which it did not happen; checkpoints are numbered without a gap
 *   'N' note   => number:f64 note
 *   'E' end    =>                                         the last frame of a snapshot
 *
 * Texts are latin1: one character is one byte.
 */
export type FrameType = 'S' | 'D' | 'C' | 'N' | 'E'

export const FILE_HEADER = Buffer.from('correlog state, format 1\n', 'latin1')

/** A frame is filled up to about so much before the next one begins. */
export const FRAME_BYTES = 64 << 10

/** More than any frame of ours has: a commit may name 100,000 notes, each with the path of a source. */
const LONGEST_FRAME = 64 << 20

const HEAD_BYTES = 9

export interface Frame {
  readonly type: FrameType
  readonly payload: Buffer
  /** Where in the buffer the frame after it begins. */
  readonly next: number
}

export function encodeFrame(type: FrameType, fields: readonly (string | number)[]): Buffer {
  let length = 0
  for (const field of fields) length += typeof field === 'number' ? 8 : field.length
  const frame = Buffer.allocUnsafe(HEAD_BYTES + length)
  frame.writeUInt32BE(length + 1, 0)
  frame.write(type, 8, 'latin1')
  let offset = HEAD_BYTES
  for (const field of fields) {
    if (typeof field === 'number') offset = frame.writeDoubleBE(field, offset)
    else offset += frame.write(field, offset, 'latin1')
  }
  frame.writeUInt32BE(crc32(frame.subarray(8)), 4)
  return frame
}

/**
 * The frame at `offset`; `incomplete`: its end is not in the buffer; `damaged`: what stands there is none, or its
 * checksum is wrong.
 */
export function decodeFrame(buffer: Buffer, offset: number): Frame | 'incomplete' | 'damaged' {
  if (buffer.length - offset < HEAD_BYTES) return 'incomplete'
  const length = buffer.readUInt32BE(offset)
  if (length < 1 || length > LONGEST_FRAME) return 'damaged'
  const next = offset + 8 + length
  if (next > buffer.length) return 'incomplete'
  if (crc32(buffer.subarray(offset + 8, next)) !== buffer.readUInt32BE(offset + 4)) return 'damaged'
  const type = String.fromCharCode(buffer[offset + 8] as number)
  return isFrameType(type) ? { type, payload: buffer.subarray(offset + HEAD_BYTES, next), next } : 'damaged'
}

function isFrameType(type: string): type is FrameType {
  return type.length === 1 && 'SDCNE'.includes(type)
}

/** A text with its length before it. */
export function lengthAndText(text: string): string {
  const { length } = text
  return `${String.fromCharCode(length >>> 24, (length >>> 16) & 255, (length >>> 8) & 255, length & 255)}${text}`
}

/** The texts of a payload from `offset` on, each with its length before it. @throws RangeError if they do not fill it. */
export function* textsOf(payload: Buffer, offset = 0): Generator<string> {
  let at = offset
  while (at < payload.length) {
    const start = at + 4
    const end = start + payload.readUInt32BE(at)
    if (end > payload.length) throw new RangeError('a text is longer than its frame')
    yield payload.toString('latin1', start, end)
    at = end
  }
}

/** The frames that set and delete keys, each about `FRAME_BYTES` long. */
export function* encodeChanges(
  set: Iterable<readonly [key: string, value: string]>,
  deleted: Iterable<string>
): Generator<Buffer> {
  yield* framesOf('S', pairs(set))
  yield* framesOf('D', deleted)
}

function* pairs(set: Iterable<readonly [string, string]>): Generator<string> {
  for (const [key, value] of set) yield lengthAndText(key) + lengthAndText(value)
}

function* framesOf(type: 'S' | 'D', entries: Iterable<string>): Generator<Buffer> {
  let fields: string[] = []
  let size = 0
  for (const entry of entries) {
    const field = type === 'S' ? entry : lengthAndText(entry)
    fields.push(field)
    size += field.length
    if (size < FRAME_BYTES) continue
    yield encodeFrame(type, fields)
    fields = []
    size = 0
  }
  if (fields.length > 0) yield encodeFrame(type, fields)
}
