import { createHash } from 'node:crypto'
import { readSync } from 'node:fs'

/** Bytes of a first line that tell a file from others. */
const HEAD_BYTES = 1024
/** Bytes before an offset that must be the same for reading to go on there. */
const TAIL_BYTES = 256

const NEWLINE = 10

/** How far one file was read: plain JSON data. */
export interface FilePosition {
  /** Of its first line. */
  readonly fingerprint: string
  /** Bytes. */
  readonly offset: number
  /** How many bytes before `offset` are known, and their hash: what says that it is the same file. */
  readonly tailBytes: number
  readonly tail: string
}

/**
 * Which file it is, by its first line or its first KiB: the same when it is moved, copied or has grown. `undefined`:
 * its first line has not come to its end. @throws the system's error
 */
export function fingerprintOf(fd: number): string | undefined {
  const bytes = Buffer.alloc(HEAD_BYTES)
  const head = bytes.subarray(0, readSync(fd, bytes, 0, HEAD_BYTES, 0))
  const newline = head.indexOf(NEWLINE)
  if (newline < 0 && head.length < HEAD_BYTES) return undefined
  return hashOf(newline < 0 ? head : head.subarray(0, newline))
}

/** The position `offset` in an open file. @throws the system's error */
export function positionAt(fd: number, fingerprint: string, offset: number): FilePosition {
  const bytes = Buffer.alloc(Math.min(offset, TAIL_BYTES))
  const count = readSync(fd, bytes, 0, bytes.length, offset - bytes.length)
  return { fingerprint, offset, tailBytes: bytes.length, tail: hashOf(bytes.subarray(0, count)) }
}

/** Whether an open file is the one that was read up to a position. @throws the system's error */
export function isAtPosition(fd: number, { offset, tailBytes, tail }: FilePosition): boolean {
  const bytes = Buffer.alloc(tailBytes)
  const count = readSync(fd, bytes, 0, tailBytes, offset - tailBytes)
  return count === tailBytes && hashOf(bytes) === tail
}

/** Positions out of a checkpoint, oldest file first; `undefined`: it is none of ours. */
export function parsePositions(value: unknown): readonly FilePosition[] | undefined {
  return Array.isArray(value) && value.every(isFilePosition) ? value : undefined
}

function isFilePosition(value: unknown): value is FilePosition {
  if (typeof value !== 'object' || value === null) return false
  const { fingerprint, offset, tailBytes, tail } = value as Partial<Record<string, unknown>>
  return (
    typeof fingerprint === 'string' &&
    typeof offset === 'number' &&
    typeof tailBytes === 'number' &&
    typeof tail === 'string'
  )
}

export function hashOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 16)
}
