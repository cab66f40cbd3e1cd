import { setOwnValue } from '../../plugin/own-value.ts'
import { isMap, valueText } from '../../plugin/record-fields.ts'
import type { LogRecord, RecordMap, RecordScope, RecordValue } from '../../plugin/record.ts'
import { type Codec, type CodecContext, giveUp } from './codec.ts'
import { spanIdOf, traceIdOf } from './json.ts'
import { parseJsonText } from './json-text.ts'
import { MOST_RECORDS } from './otlp-limits.ts'

/**
 * OTLP/JSON: one ExportLogsServiceRequest (or LogsData, which looks the same) a line, with any number of records.
 * Source: opentelemetry-proto, `docs/specification.md` ("JSON Protobuf Encoding") and `logs/v1/logs.proto`:
 *
 *     { "resourceLogs": [{
 *         "resource": { "attributes": [KeyValue …] },
 *         "scopeLogs": [{
 *           "scope": { "name", "version", "attributes": [KeyValue …] },
 *           "logRecords": [{ "timeUnixNano", "observedTimeUnixNano", "severityNumber", "severityText", "body": AnyValue,
 *                            "attributes": [KeyValue …], "flags", "traceId", "spanId", "eventName" }] }] }] }
 *     KeyValue: { "key", "value": AnyValue }
 *     AnyValue: one of stringValue, boolValue, intValue, doubleValue, arrayValue.values, kvlistValue.values, bytesValue
 *
 * Ids are hexadecimal, enums are integers, 64-bit integers are strings or numbers, fields that are unknown are ignored.
 */
export const otlpJsonCodec: Codec = (bytes, context, into) => {
  const parsed = parseJsonText(bytes)
  if (!('value' in parsed)) {
    if (/[^ \t\r\n]/.test(bytes)) giveUp(into, context, bytes, parsed.code, parsed.reason)
    return
  }
  // All or none of a line's records.
  const records: LogRecord[] = []
  try {
    readOtlpJson(parsed.value, 'the line', context, records, ({ reason }) => {
      throw new StructureFault(reason)
    })
  } catch (error) {
    if (!(error instanceof StructureFault)) throw error
    giveUp(into, context, bytes, 'otlp-structure', error.message)
    return
  }
  for (const record of records) into.records.push(record)
}

/** Something in a request is not what it should be. */
export class StructureFault extends Error {}

/** A record that is none. */
export interface RecordFault {
  readonly id: string
  readonly reason: string
  readonly value: RecordValue
}

type RequestContext = Pick<CodecContext, 'id' | 'source' | 'observedTimestamp' | 'tag'>

/**
 * Reads the log records of a request into `records`; `what` names the request in messages.
 *
 * @throws StructureFault of what is not in a record
 */
export function readOtlpJson(
  request: RecordValue,
  what: string,
  context: RequestContext,
  records: LogRecord[],
  onFault: (fault: RecordFault) => void
): void {
  const top = objectAt(request, what)
  // Fields that are unknown are ignored, but not where nothing else is: spans, metrics, names with underscores.
  const [other] = Object.keys(top)
  if (other !== undefined && !Object.hasOwn(top, 'resourceLogs')) {
    throw new StructureFault(`"${other.slice(0, 40)}" and no "resourceLogs"; expected logs`)
  }
  let ordinal = 0
  for (const [place, resourceLogs] of objectsAt(top, 'resourceLogs', '')) {
    const resource = attributesOf(resourceLogs['resource'], `${place}.resource`)
    for (const [scopePlace, scopeLogs] of objectsAt(resourceLogs, 'scopeLogs', `${place}.`)) {
      const scope = scopeOf(scopeLogs['scope'], `${scopePlace}.scope`)
      for (const [index, value] of listAt(scopeLogs, 'logRecords', `${scopePlace}.`).entries()) {
        const id = `${context.id}/${ordinal++}`
        if (ordinal > MOST_RECORDS)
          throw new StructureFault(`${what} has more than ${MOST_RECORDS} log records`)
        try {
          const recordPlace = `${scopePlace}.logRecords[${index}]`
          const record = objectAt(value, recordPlace)
          records.push(recordOf(record, recordPlace, resource, scope, id, context))
        } catch (error) {
          if (!(error instanceof StructureFault)) throw error
          onFault({ id, reason: error.message, value })
        }
      }
    }
  }
}

function objectAt(value: RecordValue, place: string): RecordMap {
  if (isMap(value)) return value
  throw new StructureFault(`${place} is ${shown(value)}; expected an object`)
}

function shown(value: RecordValue): string {
  return JSON.stringify(value).slice(0, 40)
}

/** The objects of a list, each with its place. In JSON a list of nothing may be `null` or missing. */
function objectsAt(parent: RecordMap, name: string, place: string): [string, RecordMap][] {
  return listAt(parent, name, place).map((item, index) => {
    const itemPlace = `${place}${name}[${index}]`
    return [itemPlace, objectAt(item, itemPlace)]
  })
}

function listAt(parent: RecordMap, name: string, place: string): readonly RecordValue[] {
  const list: RecordValue = parent[name] ?? []
  if (!Array.isArray(list)) throw new StructureFault(`${place}${name} is no array`)
  return list as readonly RecordValue[]
}

function recordOf(
  record: RecordMap,
  place: string,
  resource: RecordMap,
  scope: RecordScope | undefined,
  id: string,
  { source, observedTimestamp, tag }: RequestContext
): LogRecord {
  const severity = record['severityNumber']
  const flags = integerOf(record['flags'] ?? 0)
  return {
    id,
    body: anyValue(record['body'], `${place}.body`),
    attributes: attributesOf(record, place),
    resource,
    scope,
    severityNumber:
      typeof severity === 'number' && severity >= 0 && severity <= 24 ? Math.trunc(severity) : 0,
    severityText: valueText(record['severityText']),
    timestamp: millisecondsOf(record['timeUnixNano']),
    observedTimestamp: millisecondsOf(record['observedTimeUnixNano']) ?? observedTimestamp,
    traceId: traceIdOf(record['traceId'] ?? null) ?? '',
    spanId: spanIdOf(record['spanId'] ?? null) ?? '',
    // The flags of W3C Trace Context are the lowest byte of the field.
    traceFlags: typeof flags === 'number' ? flags % 256 : 0,
    eventName: valueText(record['eventName']),
    source,
    tag
  }
}

function scopeOf(scope: RecordValue | undefined, place: string): RecordScope | undefined {
  if (!isMap(scope)) return undefined
  return {
    name: valueText(scope['name']),
    version: valueText(scope['version']),
    attributes: attributesOf(scope, place)
  }
}

/** The attributes of a resource, scope or record. */
function attributesOf(holder: RecordValue | undefined, place: string): RecordMap {
  return isMap(holder) ? keyValues(holder['attributes'], `${place}.attributes`) : {}
}

function keyValues(list: RecordValue | undefined, place: string): RecordMap {
  const map: Record<string, RecordValue> = {}
  if (list === undefined || list === null) return map
  if (!Array.isArray(list)) throw new StructureFault(`${place} is no array`)
  for (const [index, item] of (list as readonly RecordValue[]).entries()) {
    if (!isMap(item) || typeof item['key'] !== 'string') continue
    setOwnValue(map, item['key'], anyValue(item['value'], `${place}[${index}].value`))
  }
  return map
}

/** `null` where nothing is said, or a kind of value that is yet to come. */
function anyValue(value: RecordValue | undefined, place: string): RecordValue {
  if (value === undefined || value === null) return null
  // A text that stands there by itself would be lost, and the record with nothing in it be matched.
  if (!isMap(value)) throw new StructureFault(`${place} is ${shown(value)}; expected an AnyValue (an object)`)
  const { stringValue, boolValue, intValue, doubleValue, arrayValue, kvlistValue, bytesValue } = value
  if (stringValue !== undefined) return valueText(stringValue)
  if (boolValue !== undefined) return boolValue === true
  if (intValue !== undefined) return integerOf(intValue)
  if (doubleValue !== undefined) return doubleOf(doubleValue)
  if (arrayValue !== undefined) {
    const values = isMap(arrayValue) ? arrayValue['values'] : undefined
    if (!Array.isArray(values)) return []
    return (values as readonly RecordValue[]).map((item, index) => {
      return anyValue(item, `${place}.arrayValue.values[${index}]`)
    })
  }
  if (kvlistValue !== undefined) {
    return isMap(kvlistValue) ? keyValues(kvlistValue['values'], `${place}.kvlistValue.values`) : {}
  }
  return bytesValue === undefined ? null : Buffer.from(valueText(bytesValue), 'base64').toString('latin1')
}

function integerOf(value: RecordValue): RecordValue {
  if (typeof value !== 'string' || !/^-?[0-9]{1,20}$/.test(value)) return value
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}

/** A JSON number or one of `"NaN"`, `"Infinity"`, `"-Infinity"`, which stay the strings that they are. */
function doubleOf(value: RecordValue): RecordValue {
  const number = typeof value === 'string' && value !== '' ? Number(value) : Number.NaN
  return Number.isFinite(number) ? number : value
}

/** Milliseconds of a time in nanoseconds; 0 says that it is unknown. */
function millisecondsOf(nanoseconds: RecordValue | undefined): number | undefined {
  const digits = valueText(nanoseconds)
  if (!/^[0-9]{1,20}$/.test(digits)) return undefined
  // In two parts, or the number would be rounded twice.
  return Number(digits.slice(0, -6)) + Number(digits.slice(-6)) / 1_000_000 || undefined
}
