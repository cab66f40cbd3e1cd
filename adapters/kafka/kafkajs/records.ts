import type { KafkaHeaders, KafkaRecord } from '../client.ts'
import type { RecordBatch } from './record-batches.ts'

const NO_HEADERS: KafkaHeaders = Object.freeze({})
const EMPTY = Buffer.alloc(0)

/**
 * Takes a batch apart, from an offset on: compressed batches are given whole. Wire grammar:
 *
 *     length varint, attributes int8, timestampDelta varlong, offsetDelta varint, key varint + bytes,
 *     value varint + bytes, headers varint + [key varint + bytes, value varint + bytes]; a length of -1 is null
 *
 * @throws RangeError where the bytes say otherwise
 */
export function readRecords(batch: RecordBatch, from: number, into: KafkaRecord[]): void {
  const reader = new RecordReader(batch.body)
  for (let read = 0; read < batch.count; read++) {
    const length = reader.varint()
    const end = reader.at + length
    if (length < 0 || end > batch.body.length) {
      throw new RangeError(
        `record ${read + 1} of ${batch.count} has a length of ${length} bytes, past the batch's end`
      )
    }
    reader.at++
    const timeDelta = reader.varint()
    const offset = batch.baseOffset + reader.varint()
    if (offset < from) {
      reader.at = end
      continue
    }
    into.push({
      offset,
      timestamp: batch.appendTime ?? (batch.baseTimestamp < 0 ? -1 : batch.baseTimestamp + timeDelta),
      key: reader.bytes(),
      value: reader.bytes(),
      headers: readHeaders(reader)
    })
    if (reader.at !== end) {
      throw new RangeError(`record ${read + 1} of ${batch.count} is not as long as its parts`)
    }
  }
}

/** A header that comes several times has several values; one without a value has an empty one. */
function readHeaders(reader: RecordReader): KafkaHeaders {
  const count = reader.varint()
  if (count === 0) return NO_HEADERS
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
  readonly #bytes: Buffer
  at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  /** Zigzag, seven bits a byte, the lowest first; beyond 31 bits without bit operators, which have no more. */
  varint(): number {
    const bytes = this.#bytes
    let value = 0
    let factor = 1
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
    const start = this.at
    this.at += length
    if (this.at > this.#bytes.length) throw new RangeError(`${length} bytes go past the batch's end`)
    return this.#bytes.subarray(start, this.at)
  }
}
