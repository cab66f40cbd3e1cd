import { isMap, valueText } from '../../plugin/record-fields.ts'
import type { LogRecord, RecordMap, RecordScope, RecordValue } from '../../plugin/record.ts'
import { isWritableTime } from '../../plugin/time/record-clock.ts'
import { DEFAULT_JSON_FIELDS, type JsonFields, objectRecord, spanIdOf, traceIdOf } from '../codecs/json.ts'
import type { Entry, EntryTime } from './entries.ts'

/** What of an entry has its place in a record: as the codec `json` has it, but the time, which stands beside the record. */
const FIELDS: JsonFields = { ...DEFAULT_JSON_FIELDS, timestamp: [], observedTimestamp: [] }

/**
 * Fluent Bit brackets records of one OpenTelemetry resource by entries whose seconds are -1 and -2, which as unsigned numbers
 * of an EventTime are these. Source: Fluent Bit, `flb_log_event.h`.
 */
const GROUP_START = 0xffff_ffff
const GROUP_END = 0xffff_fffe

export interface EntryContext {
  readonly source: string
  readonly tag: string
  readonly id: string
  readonly observedTimestamp: number
}

type Writable<Type> = { -readonly [Key in keyof Type]: Type[Key] }

type GoodEntry = Exclude<Entry, { readonly error: unknown }>

/** Makes records of the entries of one request, in their order. */
export class EntryRecords {
  #resource: RecordMap | undefined
  #scope: RecordScope | undefined

  /** `undefined`: the entry only says what those behind it belong to. */
  record({ time, metadata, record }: GoodEntry, context: EntryContext): LogRecord | undefined {
    if (time.seconds >= GROUP_END) {
      this.#group(time.seconds === GROUP_START ? record : {})
      return undefined
    }
    // It was decoded for this alone: writing to it saves a copy of each record.
    const fields = record as Record<string, RecordValue>
    fields['fluent.tag'] ??= context.tag
    const whole: Writable<LogRecord> = objectRecord(fields, context, FIELDS, 'ms')
    whole.timestamp = millisecondsOf(time)
    if (this.#resource !== undefined) whole.resource = { ...this.#resource, ...whole.resource }
    if (this.#scope !== undefined) whole.scope ??= this.#scope
    return withMetadata(whole, metadata)
  }

  #group({ resource, scope }: RecordMap): void {
    const attributes = isMap(resource) ? resource['attributes'] : undefined
    this.#resource = isMap(attributes) ? attributes : undefined
    this.#scope = isMap(scope)
      ? {
          name: valueText(scope['name']),
          version: valueText(scope['version']),
          attributes: isMap(scope['attributes']) ? scope['attributes'] : {}
        }
      : undefined
  }
}

/** Time 0 says nothing. */
function millisecondsOf({ seconds, nanoseconds }: EntryTime): number | undefined {
  const ms = seconds * 1000 + nanoseconds / 1_000_000
  return ms > 0 && isWritableTime(ms) ? ms : undefined
}

/** What Fluent Bit keeps of OpenTelemetry's fields beside the record is under `otlp`. */
function withMetadata(record: LogRecord, metadata: RecordMap): LogRecord {
  const { otlp } = metadata
  if (!isMap(otlp)) {
    if (Object.keys(metadata).length === 0) return record
    return { ...record, attributes: { ...record.attributes, 'fluent.metadata': metadata } }
  }
  const { severity_number: number, severity_text: text, attributes } = otlp
  return {
    ...record,
    attributes: isMap(attributes) ? { ...record.attributes, ...attributes } : record.attributes,
    severityNumber: typeof number === 'number' && number > 0 && number <= 24 ? number : record.severityNumber,
    severityText: typeof text === 'string' && text !== '' ? text : record.severityText,
    traceId: traceIdOf(hexOf(otlp['trace_id'], 16)) ?? record.traceId,
    spanId: spanIdOf(hexOf(otlp['span_id'], 8)) ?? record.spanId
  }
}

/** Ids are their bytes, or hexadecimal digits already. */
function hexOf(value: RecordValue | undefined, bytes: number): RecordValue {
  if (typeof value !== 'string' || value.length !== bytes) return value ?? null
  return Buffer.from(value, 'latin1').toString('hex')
}
