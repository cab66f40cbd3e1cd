import type { DeadRecord, LogRecord, RecordMap, RecordScope } from '../../plugin/record.ts'
import type { Codec, CodecContext, Decoded } from '../codecs/codec.ts'
import type { KafkaHeaders, KafkaRecord, TopicPartition } from './client.ts'
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
  /** Milliseconds since Epoch. */
  readonly now: () => number
}

/** What records of a partition hold. */
export type DecodeRecords = (partition: TopicPartition, records: readonly KafkaRecord[]) => Decoded

const KEY = 'messaging.kafka.message.key'
const HEADER = 'messaging.kafka.message.header.'
const TRACE_HEADER = 'traceparent'
const NOTHING: RecordMap = Object.freeze({})

/**
 * Makes log records of Kafka's. A record's id is `TOPIC/PARTITION/OFFSET`; key and headers are attributes, and
 * `traceparent` among them is its trace. Source: OpenTelemetry semantic conventions, "Kafka".
 */
export function recordDecoder(options: RecordOptions): DecodeRecords {
  const { source, codec, maxBytes, needsBody, timestamp, now } = options
  return ({ topic, partition }, records) => {
    const idPrefix = `${topic}/${partition}/`
    const observedTimestamp = now()
    const into: Decoded = { records: [], dead: [] }
    for (const record of records) {
      const { value } = record
      if (value === null || value.length > maxBytes) {
        into.dead.push(deadRecord(idPrefix, record, source, maxBytes))
      } else if (codec === undefined) {
        into.records.push(new KafkaLineRecord(idPrefix, topic, source, record, value, observedTimestamp))
      } else {
        const context: CodecContext = {
          source,
          id: `${idPrefix}${record.offset}`,
          observedTimestamp,
          tag: topic
        }
        decodeValue(value, record, codec, context, { needsBody, timestamp }, into)
      }
    }
    return into
  }
}

function decodeValue(
  value: Buffer,
  record: KafkaRecord,
  codec: Codec,
  context: CodecContext,
  { needsBody, timestamp }: Pick<RecordOptions, 'needsBody' | 'timestamp'>,
  into: Decoded
): void {
  const text = value.toString('latin1')
  const decoded: Decoded = { records: [], dead: [] }
  codec(text, context, decoded)
  const key = keyOf(record)
  for (const dead of decoded.dead) into.dead.push({ ...dead, ...key })
  for (const each of decoded.records) {
    if (needsBody && each.body === null) {
      const reason = 'an object without a body; expected one (requireBody: false takes it as it is)'
      into.dead.push({ id: each.id, source: each.source, reason, code: 'no-body', value: text, ...key })
    } else into.records.push(completed(each, record, timestamp))
  }
}

/** With what Kafka knows of it; what the value says itself wins, but for the time. */
function completed(record: LogRecord, kafka: KafkaRecord, timestamp: RecordOptions['timestamp']): LogRecord {
  const ofKafka = kafka.timestamp < 0 ? undefined : kafka.timestamp
  const attributes = attributesOf(kafka)
  const { traceId, spanId, traceFlags } = (record.traceId === '' && traceOf(kafka.headers)) || record
  // Field by field: to spread it and write some again takes six times the memory.
  return {
    id: record.id,
    body: record.body,
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

function deadRecord(idPrefix: string, record: KafkaRecord, source: string, maxBytes: number): DeadRecord {
  const { offset, value } = record
  const dead = { id: `${idPrefix}${offset}`, source, ...keyOf(record) }
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

/** A value that is the body. Most fields are asked for of few records, and made only then. */
class KafkaLineRecord implements LogRecord {
  readonly body: string
  readonly observedTimestamp: number
  readonly source: string
  readonly tag: string
  readonly #idPrefix: string
  readonly #kafka: KafkaRecord
  #attributes: RecordMap | undefined
  #trace: TraceParent | undefined

  constructor(
    idPrefix: string,
    topic: string,
    source: string,
    kafka: KafkaRecord,
    value: Buffer,
    observedTimestamp: number
  ) {
    this.body = value.toString('latin1')
    this.observedTimestamp = observedTimestamp
    this.source = source
    this.tag = topic
    this.#idPrefix = idPrefix
    this.#kafka = kafka
    if (TRACE_HEADER in kafka.headers) this.#trace = traceOf(kafka.headers)
  }

  get id(): string {
    return `${this.#idPrefix}${this.#kafka.offset}`
  }

  get timestamp(): number | undefined {
    const { timestamp } = this.#kafka
    return timestamp < 0 ? undefined : timestamp
  }

  get attributes(): RecordMap {
    this.#attributes ??= attributesOf(this.#kafka)
    return this.#attributes
  }

  get resource(): RecordMap {
    return NOTHING
  }

  get scope(): RecordScope | undefined {
    return undefined
  }

  get severityNumber(): number {
    return 0
  }

  get severityText(): string {
    return ''
  }

  get traceId(): string {
    return this.#trace?.traceId ?? ''
  }

  get spanId(): string {
    return this.#trace?.spanId ?? ''
  }

  get traceFlags(): number {
    return this.#trace?.traceFlags ?? 0
  }

  get eventName(): string {
    return ''
  }

  /** As a checkpoint keeps it that holds records back. */
  toJSON(): LogRecord {
    const { id, body, attributes, resource, severityNumber, severityText, timestamp } = this
    const { observedTimestamp, traceId, spanId, traceFlags, eventName, source, tag } = this
    return {
      id,
      body,
      attributes,
      resource,
      scope: undefined,
      severityNumber,
      severityText,
      timestamp,
      observedTimestamp,
      traceId,
      spanId,
      traceFlags,
      eventName,
      source,
      tag
    }
  }
}
