import { codecNumbered } from './codecs.ts'
import { crc32c } from './crc32c.ts'
import { CODEC_MASK, HEADER_BYTES, LENGTH_BYTES, MAGIC, TRANSACTIONAL_FLAG } from './record-batches.ts'

/** A record as kafkajs gives it to be written. */
export interface RecordToWrite {
  readonly offsetDelta: number
  /** Milliseconds. */
  readonly timestampDelta: number
  readonly key?: Buffer | string | null
  readonly value: Buffer | string | null
  readonly headers?: Readonly<Record<string, HeaderToWrite | readonly HeaderToWrite[]>>
}

type HeaderToWrite = Buffer | string

/** A batch as kafkajs gives it to be written. Its 64-bit numbers are numbers, their digits, or objects that say these. */
export interface BatchToWrite {
  /** Number of the codec; 0: none. */
  readonly compression: number
  readonly transactional: boolean
  readonly firstTimestamp: Int64
  readonly maxTimestamp: Int64
  readonly producerId: Int64
  readonly producerEpoch: number
  readonly firstSequence: number
  readonly lastOffsetDelta: number
  readonly records: readonly RecordToWrite[]
}

type Int64 = number | string | { toString(): string }

/** Where what the checksum covers begins. */
const CHECKED_FROM = 21

/**
 * A record batch as it goes to a broker (`record-batches.ts` has its grammar, `records.ts` that of a record), in one piece
 * of memory. kafkajs makes an encoder of each record and of each of its headers, and copies them twice.
 */
export async function writeRecordBatch(batch: BatchToWrite): Promise<Buffer> {
  const { records } = batch
  const sizes = records.map(bodySize)
  const size = sizes.reduce((sum, bytes) => sum + varintSize(bytes) + bytes, 0)
  const codec = batch.compression & CODEC_MASK
  if (codec === 0) {
    const bytes = Buffer.allocUnsafe(HEADER_BYTES + size)
    writeRecords(bytes, HEADER_BYTES, records, sizes)
    return completed(bytes, batch)
  }
  const found = codecNumbered(codec)
  const plain = Buffer.allocUnsafe(size)
  writeRecords(plain, 0, records, sizes)
  return completed(Buffer.concat([Buffer.allocUnsafe(HEADER_BYTES), await found.compress(plain)]), batch)
}

/** With its header in front of the records. */
function completed(bytes: Buffer, batch: BatchToWrite): Buffer {
  const { compression, transactional } = batch
  bytes.writeBigInt64BE(0n, 0)
  bytes.writeInt32BE(bytes.length - LENGTH_BYTES, 8)
  bytes.writeInt32BE(0, 12)
  bytes.writeInt8(MAGIC, 16)
  bytes.writeInt16BE((compression & CODEC_MASK) | (transactional ? TRANSACTIONAL_FLAG : 0), CHECKED_FROM)
  bytes.writeInt32BE(batch.lastOffsetDelta, 23)
  bytes.writeBigInt64BE(bigint(batch.firstTimestamp), 27)
  bytes.writeBigInt64BE(bigint(batch.maxTimestamp), 35)
  bytes.writeBigInt64BE(bigint(batch.producerId), 43)
  bytes.writeInt16BE(batch.producerEpoch, 51)
  bytes.writeInt32BE(batch.firstSequence, 53)
  bytes.writeInt32BE(batch.records.length, 57)
  bytes.writeUInt32BE(crc32c(bytes.subarray(CHECKED_FROM)), 17)
  return bytes
}

function bigint(value: Int64): bigint {
  return BigInt(String(value))
}

function writeRecords(
  into: Buffer,
  start: number,
  records: readonly RecordToWrite[],
  sizes: readonly number[]
): void {
  let at = start
  for (const [index, record] of records.entries()) {
    at = writeVarint(into, at, sizes[index] as number)
    into[at++] = 0
    at = writeVarint(into, at, record.timestampDelta)
    at = writeVarint(into, at, record.offsetDelta)
    at = writeBytes(into, at, record.key)
    at = writeBytes(into, at, record.value)
    const { headers = {} } = record
    at = writeVarint(into, at, headerCount(headers))
    for (const name in headers) {
      const values = headers[name] as HeaderToWrite | readonly HeaderToWrite[]
      if (!isSeveral(values)) at = writeBytes(into, writeBytes(into, at, name), values)
      else for (const value of values) at = writeBytes(into, writeBytes(into, at, name), value)
    }
  }
}

/** Of a record without its length. */
function bodySize({ timestampDelta, offsetDelta, key, value, headers = {} }: RecordToWrite): number {
  let size = 1 + varintSize(timestampDelta) + varintSize(offsetDelta) + bytesSize(key) + bytesSize(value)
  size += varintSize(headerCount(headers))
  for (const name in headers) {
    const values = headers[name] as HeaderToWrite | readonly HeaderToWrite[]
    if (!isSeveral(values)) size += bytesSize(name) + bytesSize(values)
    else for (const each of values) size += bytesSize(name) + bytesSize(each)
  }
  return size
}

function headerCount(headers: NonNullable<RecordToWrite['headers']>): number {
  let count = 0
  for (const name in headers) {
    const values = headers[name] as HeaderToWrite | readonly HeaderToWrite[]
    count += isSeveral(values) ? values.length : 1
  }
  return count
}

function isSeveral(values: HeaderToWrite | readonly HeaderToWrite[]): values is readonly HeaderToWrite[] {
  return Array.isArray(values)
}

function bytesSize(value: Buffer | string | null | undefined): number {
  if (value === null || value === undefined) return 1
  const length = Buffer.byteLength(value)
  return varintSize(length) + length
}

function writeBytes(into: Buffer, at: number, value: Buffer | string | null | undefined): number {
  if (value === null || value === undefined) return writeVarint(into, at, -1)
  if (typeof value === 'string') {
    const start = writeVarint(into, at, Buffer.byteLength(value))
    return start + into.write(value, start)
  }
  const start = writeVarint(into, at, value.length)
  into.set(value, start)
  return start + value.length
}

/** Zigzag: small numbers of either sign are short. Beyond 31 bits without bit operators, which have no more. */
function zigzag(value: number): number {
  return value >= 0 ? value * 2 : -value * 2 - 1
}

function varintSize(value: number): number {
  let size = 1
  for (let rest = zigzag(value); rest >= 0x80; rest = Math.floor(rest / 0x80)) size++
  return size
}

function writeVarint(into: Buffer, start: number, value: number): number {
  let at = start
  let rest = zigzag(value)
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) into[at++] = (rest % 0x80) | 0x80
  into[at++] = rest
  return at
}
