import type { BytePlace, KafkaHeaders, KafkaRecord, KafkaRecords } from '../client.ts'
import type { RecordBatch } from './record-batches.ts'

const NO_HEADERS: KafkaHeaders = Object.freeze({})
const EMPTY = Buffer.alloc(0)

/** A batch whose records were found and not yet taken apart. */
interface FoundBatch {
  readonly batch: RecordBatch
  /** Where in the batch's body its records begin. */
  readonly starts: Int32Array
  /** Records of the batches before. */
  readonly before: number
}

/**
 * Records of several batches, which are made when they are asked for: a fetch may bring a hundred thousand, and were they
 * there at once, every collection of garbage would carry them along.
 */
export class WireRecords implements KafkaRecords {
  readonly #found: FoundBatch[] = []
  #length = 0
  #bytes = 0

  get length(): number {
    return this.#length
  }

  /** Of keys and values. */
  get bytes(): number {
    return this.#bytes
  }

  /**
   * Adds those of a batch, from an offset on: compressed batches are given whole.
   *
   * @throws RangeError where the bytes are no records; then none of the batch is added
   */
  add(batch: RecordBatch, from: number): void {
    const { starts, bytes } = find(batch, from)
    this.#found.push({ batch, starts, before: this.#length })
    this.#length += starts.length
    this.#bytes += bytes
  }

  slice(from: number, to: number): readonly KafkaRecord[] {
    const records: KafkaRecord[] = []
    for (const { batch, starts, before } of this.#found) {
      const end = Math.min(to - before, starts.length)
      for (let index = Math.max(from - before, 0); index < end; index++) {
        records.push(new WireRecord(batch, starts[index] as number))
      }
    }
    return records
  }
}

/**
 * Where a batch's records begin, those from an offset on. Wire grammar:
 *
 *     length varint, attributes int8, timestampDelta varlong, offsetDelta varint, key varint + bytes,
 *     value varint + bytes, headers varint + [key varint + bytes, value varint + bytes]; a length of -1 is null
 *
 * @throws RangeError where the bytes say otherwise
 */
function find(batch: RecordBatch, from: number): { readonly starts: Int32Array; readonly bytes: number } {
  const reader = shared.on(batch.body, 0)
  // A record takes seven bytes at least, whatever the batch says of their number.
  const starts = new Int32Array(Math.min(Math.max(batch.count, 0), Math.ceil(batch.body.length / 7)))
  let found = 0
  let bytes = 0
  for (let read = 0; read < batch.count; read++) {
    const length = reader.varint()
    const start = reader.at
    const end = start + length
    if (length < 0 || end > batch.body.length) {
      throw new RangeError(
        `record ${read + 1} of ${batch.count} has a length of ${length} bytes, past the batch's end`
      )
    }
    reader.at++
    reader.varint()
    const offset = batch.baseOffset + reader.varint()
    if (offset < from) {
      reader.at = end
      continue
    }
    const ofRecord = reader.skip() + reader.skip()
    for (let left = reader.varint(); left > 0; left--) {
      reader.skip()
      reader.skip()
    }
    if (reader.at !== end) {
      throw new RangeError(`record ${read + 1} of ${batch.count} is not as long as its parts`)
    }
    starts[found++] = start
    bytes += ofRecord
  }
  return { starts: starts.subarray(0, found), bytes }
}

/** A record at its place in a batch. Most are asked for their value alone. */
class WireRecord implements KafkaRecord {
  readonly offset: number
  readonly #batch: RecordBatch
  readonly #timeDelta: number
  readonly #keyAt: number
  readonly #valueAt: number

  constructor(batch: RecordBatch, start: number) {
    const { body } = batch
    const reader = shared.on(body, start + 1)
    this.#batch = batch
    this.#timeDelta = reader.varint()
    this.offset = batch.baseOffset + reader.varint()
    this.#keyAt = reader.at
    reader.skip()
    this.#valueAt = reader.at
  }

  get timestamp(): number {
    const { appendTime, baseTimestamp } = this.#batch
    return appendTime ?? (baseTimestamp < 0 ? -1 : baseTimestamp + this.#timeDelta)
  }

  get key(): Buffer | null {
    return shared.on(this.#batch.body, this.#keyAt).bytes()
  }

  get value(): Buffer | null {
    return shared.on(this.#batch.body, this.#valueAt).bytes()
  }

  locateValue(place: BytePlace): boolean {
    const reader = shared.on(this.#batch.body, this.#valueAt)
    const length = reader.varint()
    if (length < 0) return false
    place.bytes = this.#batch.body
    place.start = reader.at
    place.end = reader.at + length
    return true
  }

  get headers(): KafkaHeaders {
    const reader = shared.on(this.#batch.body, this.#valueAt)
    reader.skip()
    return readHeaders(reader)
  }
}

/** A header that comes several times has several values; one without a value has an empty one. */
function readHeaders(reader: RecordReader): KafkaHeaders {
  const count = reader.varint()
  if (count <= 0) return NO_HEADERS
  const headers = Object.create(null) as Record<string, Buffer | Buffer[]>
  for (let read = 0; read < count; read++) {
    const key = (reader.bytes() ?? EMPTY).toString()
    const value = reader.bytes() ?? EMPTY
    const before = headers[key]
    if (before === undefined) headers[key] = value
    else if (Array.isArray(before)) before.push(value)
    else headers[key] = [before, value]
  }
  return headers
}

class RecordReader {
  #bytes: Buffer = EMPTY
  at = 0

  on(bytes: Buffer, at: number): this {
    this.#bytes = bytes
    this.at = at
    return this
  }

  /** Zigzag, seven bits a byte, the lowest first. */
  varint(): number {
    const bytes = this.#bytes
    let value = 0
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = bytes[this.at++]
      if (byte === undefined) throw new RangeError("a number goes past the batch's end")
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return (value >>> 1) ^ -(value & 1)
    }
    return this.#longVarint(value)
  }

  /** The rest of one of which 28 bits are read, without bit operators, which have 32. */
  #longVarint(low: number): number {
    const bytes = this.#bytes
    let value = low
    let factor = 2 ** 28
    for (;;) {
      const byte = bytes[this.at++]
      if (byte === undefined) throw new RangeError("a number goes past the batch's end")
      value += (byte & 0x7f) * factor
      if (byte < 0x80) break
      factor *= 0x80
    }
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }

  bytes(): Buffer | null {
    const length = this.varint()
    if (length < 0) return null
    this.at += length
    if (this.at > this.#bytes.length) throw new RangeError(`${length} bytes go past the batch's end`)
    return this.#bytes.subarray(this.at - length, this.at)
  }

  /** Passes bytes by. How many. */
  skip(): number {
    const length = Math.max(this.varint(), 0)
    this.at += length
    if (this.at > this.#bytes.length) throw new RangeError(`${length} bytes go past the batch's end`)
    return length
  }
}

/** One for all: nobody holds it over a call, and one for each part of each record would be garbage at once. */
const shared = new RecordReader()
