import {
  type DeadRecord,
  lineRecord,
  type LogRecord,
  type RecordMap,
  type RecordValue
} from '../../plugin/record.ts'
import type { Codec, Decoded } from '../codecs/codec.ts'
import type { BytePlace, KafkaHeaders, KafkaRecord, TopicPartition } from './client.ts'
import { LateRecord, type LateOrigin, OF_KAFKA } from './late-record.ts'
import { type TraceParent, parseTraceParent } from './trace-parent.ts'

export interface RecordOptions {
  /** The input's name. */
  readonly source: string
  /** `undefined`: every value is a record, and its bytes are the body. */
  readonly codec: Codec | undefined
  /** A longer value is a dead letter. */
  readonly maxBytes: number
  /** A record without a body is a dead letter. */
  readonly needsBody: boolean
  /** Whose word on the time counts; where that has none, the other's. */
  readonly timestamp: 'kafka' | 'codec'
}

/** What records of a partition hold. `readAt`: when they were read, in milliseconds since Epoch. */
export type DecodeRecords = (
  partition: TopicPartition,
  records: readonly KafkaRecord[],
  readAt: number
) => Decoded

const KEY = `${OF_KAFKA}key`
const HEADER = `${OF_KAFKA}header.`
const TRACE_HEADER = 'traceparent'
const NOTHING: RecordMap = Object.freeze({})

/**
 * Makes log records of Kafka's. A record's id is `TOPIC/PARTITION/OFFSET`; key and headers are attributes, and
 * `traceparent` among them is its trace. Source: OpenTelemetry semantic conventions, "Kafka".
 */
export function recordDecoder(options: RecordOptions): DecodeRecords {
  const place: BytePlace = { bytes: Buffer.alloc(0), start: 0, end: 0 }
  const lateness = new Lateness()
  return (partition, records, readAt) => {
    lateness.startBatch()
    const batch = new BatchDecoder(options, lateness, partition, readAt)
    const into: Decoded = { records: [], dead: [] }
    for (const record of records) batch.decode(record, place, into)
    return into
  }
}

/** Batches that are decoded at once before it is tried again whether they need be. */
const BATCHES_AT_ONCE = 15

/** Whether to decode no more than the body at first: not where most records are asked for the rest later on. */
class Lateness {
  #late = 0
  #decoded = 0
  #atOnce = 0
  isOn = true

  startBatch(): void {
    if (this.#atOnce > 0) {
      this.#atOnce--
      return
    }
    this.isOn = this.#decoded * 2 <= this.#late
    this.#late = 0
    this.#decoded = 0
    if (!this.isOn) this.#atOnce = BATCHES_AT_ONCE - 1
  }

  countLate(): void {
    this.#late++
  }

  countDecoded(): void {
    this.#decoded++
  }
}

class BatchDecoder implements LateOrigin {
  readonly source: string
  readonly topic: string
  readonly observedTimestamp: number
  readonly #options: RecordOptions
  readonly #lateness: Lateness
  readonly #idPrefix: string

  constructor(
    options: RecordOptions,
    lateness: Lateness,
    { topic, partition }: TopicPartition,
    readAt: number
  ) {
    this.#options = options
    this.#lateness = lateness
    this.#idPrefix = `${topic}/${partition}/`
    this.source = options.source
    this.topic = topic
    this.observedTimestamp = readAt
  }

  decode(record: KafkaRecord, place: BytePlace, into: Decoded): void {
    const { codec, maxBytes } = this.#options
    if (!locateValue(record, place) || place.end - place.start > maxBytes) {
      into.dead.push(deadRecord(this.idOf(record), record, this.source, maxBytes))
      return
    }
    const { bytes, start, end } = place
    if (codec === undefined) {
      into.records.push(new LateRecord(this, record, bytes.toString('latin1', start, end), 0, end - start))
      return
    }
    const glance = this.#lateness.isOn ? codec.glance?.(bytes, start, end) : undefined
    if (glance === undefined) {
      this.#decodeValue(bytes.toString('latin1', start, end), record, codec, into)
      return
    }
    this.#lateness.countLate()
    into.records.push(new LateRecord(this, record, glance.body, glance.keyLengths, end - start))
  }

  idOf({ offset }: KafkaRecord): string {
    return `${this.#idPrefix}${offset}`
  }

  timeOf({ timestamp }: KafkaRecord): number | undefined {
    return this.#options.timestamp === 'kafka' && timestamp >= 0 ? timestamp : undefined
  }

  hasText(record: KafkaRecord, text: string): boolean {
    return valueText(record).includes(text)
  }

  whole(record: KafkaRecord, body: string): LogRecord {
    const { codec, timestamp } = this.#options
    const into: Decoded = { records: [], dead: [] }
    if (codec !== undefined) {
      this.#lateness.countDecoded()
      // One text, not the same twice.
      this.#decodeValue(valueText(record), record, codec, into, body)
    }
    const [decoded] = into.records
    if (decoded !== undefined) return decoded
    const line = lineRecord(this.idOf(record), this.source, body, this.observedTimestamp, this.topic)
    return completed(line, record, timestamp)
  }

  /** `body`: of the record that it is known to hold. */
  #decodeValue(text: string, record: KafkaRecord, codec: Codec, into: Decoded, body?: string): void {
    const { needsBody, timestamp } = this.#options
    const { source, observedTimestamp, topic: tag } = this
    const decoded: Decoded = { records: [], dead: [] }
    codec(text, { source, id: this.idOf(record), observedTimestamp, tag }, decoded)
    const key = keyOf(record)
    for (const dead of decoded.dead) into.dead.push({ ...dead, ...key })
    for (const each of decoded.records) {
      if (needsBody && each.body === null) {
        const reason = 'an object without a body; expected one (requireBody: false takes it as it is)'
        into.dead.push({ id: each.id, source: each.source, reason, code: 'no-body', value: text, ...key })
      } else into.records.push(completed(each, record, timestamp, body))
    }
  }
}

/** False: there is none. */
function locateValue(record: KafkaRecord, place: BytePlace): boolean {
  if (record.locateValue !== undefined) return record.locateValue(place)
  const { value } = record
  if (value === null) return false
  place.bytes = value
  place.start = 0
  place.end = value.length
  return true
}

function valueText({ value }: KafkaRecord): string {
  return value?.toString('latin1') ?? ''
}

/** With what Kafka knows of it; what the value says itself wins, but for the time. */
function completed(
  record: LogRecord,
  kafka: KafkaRecord,
  timestamp: RecordOptions['timestamp'],
  body: RecordValue = record.body
): LogRecord {
  const ofKafka = kafka.timestamp < 0 ? undefined : kafka.timestamp
  const attributes = attributesOf(kafka)
  const { traceId, spanId, traceFlags } = (record.traceId === '' && traceOf(kafka.headers)) || record
  // Field by field: to spread it and write some again takes six times the memory.
  return {
    id: record.id,
    body,
    attributes: attributes === NOTHING ? record.attributes : { ...attributes, ...record.attributes },
    resource: record.resource,
    scope: record.scope,
    severityNumber: record.severityNumber,
    severityText: record.severityText,
    timestamp: timestamp === 'kafka' ? (ofKafka ?? record.timestamp) : (record.timestamp ?? ofKafka),
    observedTimestamp: record.observedTimestamp,
    traceId,
    spanId,
    traceFlags,
    eventName: record.eventName,
    source: record.source,
    tag: record.tag
  }
}

function deadRecord(id: string, record: KafkaRecord, source: string, maxBytes: number): DeadRecord {
  const { value } = record
  const dead = { id, source, ...keyOf(record) }
  if (value === null) {
    return { ...dead, reason: 'no value (a tombstone); expected one', code: 'null-value', value: '' }
  }
  return {
    ...dead,
    reason: `value of ${value.length} bytes; expected at most ${maxBytes} (maxLineBytes)`,
    code: 'too-long',
    value: value.toString('latin1', 0, maxBytes),
    size: value.length
  }
}

function keyOf({ key }: KafkaRecord): Pick<DeadRecord, 'key'> {
  return key === null ? {} : { key: key.toString('latin1') }
}

function attributesOf({ key, headers }: KafkaRecord): RecordMap {
  let attributes: Record<string, string | string[]> | undefined
  if (key !== null) attributes = { [KEY]: key.toString('latin1') }
  for (const name in headers) {
    attributes ??= {}
    const value = headers[name] as Buffer | readonly Buffer[]
    const attribute = HEADER + Buffer.from(name).toString('latin1')
    attributes[attribute] = Buffer.isBuffer(value)
      ? value.toString('latin1')
      : value.map(each => each.toString('latin1'))
  }
  return attributes ?? NOTHING
}

function traceOf(headers: KafkaHeaders): TraceParent | undefined {
  const value = headers[TRACE_HEADER]
  const first = Buffer.isBuffer(value) ? value : value?.[0]
  return first === undefined ? undefined : parseTraceParent(first.toString('latin1'))
}
