import { codecNumbered } from './codecs.ts'

/**
 * A record batch as it was fetched, uncompressed but not yet taken apart. Wire grammar (magic 2), big endian:
 *
 *     baseOffset int64, batchLength int32, partitionLeaderEpoch int32, magic int8, crc uint32, attributes int16,
 *     lastOffsetDelta int32, baseTimestamp int64, maxTimestamp int64, producerId int64, producerEpoch int16,
 *     baseSequence int32, records int32 + [record]
 *
 * https://kafka.apache.org/documentation/#recordbatch
 */
export interface RecordBatch {
  readonly baseOffset: number
  /** Also where compaction took the last records away: how far the partition was read shows in nothing else. */
  readonly lastOffset: number
  readonly producerId: string
  readonly transactional: boolean
  /** Holds a marker, no records. */
  readonly control: boolean
  readonly baseTimestamp: number
  /** Of all its records, where the broker notes the time of appending. */
  readonly appendTime: number | undefined
  readonly count: number
  readonly body: Buffer
}

/** What a partition gave to one fetch. */
export interface FetchedSet {
  readonly batches: readonly RecordBatch[]
  /** Behind the last whole batch, one that can't be decoded. */
  readonly failure: UndecodableBatch | undefined
}

export interface UndecodableBatch {
  readonly offset: number
  readonly reason: string
  readonly cause?: unknown
}

export const HEADER_BYTES = 61
/** Offset and length, which the length does not count. */
export const LENGTH_BYTES = 12
export const MAGIC = 2
export const CODEC_MASK = 0x07
const APPEND_TIME_FLAG = 0x08
export const TRANSACTIONAL_FLAG = 0x10
const CONTROL_FLAG = 0x20

/** Reads the batches of one partition in a fetch response. The last one may be cut off; it is fetched again. */
export async function readRecordBatches(bytes: Buffer): Promise<FetchedSet> {
  const batches: RecordBatch[] = []
  let at = 0
  while (at + HEADER_BYTES <= bytes.length) {
    const end = at + LENGTH_BYTES + bytes.readInt32BE(at + 8)
    if (end > bytes.length) break
    const offset = Number(bytes.readBigInt64BE(at))
    try {
      batches.push(await readRecordBatch(bytes.subarray(at, end), offset))
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      return { batches, failure: { offset, reason, cause: error } }
    }
    at = end
  }
  return { batches, failure: undefined }
}

async function readRecordBatch(bytes: Buffer, baseOffset: number): Promise<RecordBatch> {
  const magic = bytes.readInt8(16)
  if (magic !== MAGIC) {
    throw new Error(`record format ${magic}, which brokers before Kafka 0.11 wrote; expected format ${MAGIC}`)
  }
  if (bytes.length < HEADER_BYTES) throw new Error(`${bytes.length} bytes, shorter than a batch's header`)
  const attributes = bytes.readInt16BE(21)
  const codec = attributes & CODEC_MASK
  const packed = bytes.subarray(HEADER_BYTES)
  return {
    baseOffset,
    lastOffset: baseOffset + bytes.readInt32BE(23),
    baseTimestamp: Number(bytes.readBigInt64BE(27)),
    appendTime: attributes & APPEND_TIME_FLAG ? Number(bytes.readBigInt64BE(35)) : undefined,
    producerId: bytes.readBigInt64BE(43).toString(),
    transactional: (attributes & TRANSACTIONAL_FLAG) !== 0,
    control: (attributes & CONTROL_FLAG) !== 0,
    count: bytes.readInt32BE(57),
    // A batch that compaction has emptied has no bytes to uncompress.
    body: codec === 0 || packed.length === 0 ? packed : await codecNumbered(codec).decompress(packed)
  }
}
