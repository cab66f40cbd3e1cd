import { setOwnValue } from '../../plugin/own-value.ts'
import { fieldAt, isMap, valueText } from '../../plugin/record-fields.ts'
import type { LogRecord, RecordMap, RecordScope, RecordValue } from '../../plugin/record.ts'
import { isWritableTime } from '../../plugin/time/record-clock.ts'
import { type Codec, type CodecContext, type Decoded, giveUp } from './codec.ts'
import { JsonGlance } from './json-glance.ts'
import { parseJsonText } from './json-text.ts'
import { parseRfc3339 } from './rfc3339.ts'
import { severityNumberOf } from './severity.ts'

/**
 * Where the fields of a record are in a JSON object: for each, the paths where it may be, of which the first that holds
 * something of the right form counts. A path is a name or, for what is in objects in the object, names joined by dots.
 */
export interface JsonFields {
  /** A number (see `timestampUnit`), the same as a string of digits, or RFC 3339; before the year 10000. */
  readonly timestamp: readonly string[]
  readonly observedTimestamp: readonly string[]
  /** Anything but `null`. One newline at the end of a field called `log` is cut off. */
  readonly body: readonly string[]
  /** 0 to 24. Where there is none, or 0, the severity text says it, if it is a usual one. */
  readonly severityNumber: readonly string[]
  readonly severityText: readonly string[]
  /** 32 hexadecimal digits. */
  readonly traceId: readonly string[]
  /** 16 hexadecimal digits. */
  readonly spanId: readonly string[]
  /** 0 to 255. */
  readonly traceFlags: readonly string[]
  readonly eventName: readonly string[]
  /** An object of attributes. */
  readonly attributes: readonly string[]
  /** An object of resource attributes. */
  readonly resource: readonly string[]
  /** An object with `name`, `version`, `attributes`. */
  readonly scope: readonly string[]
}

export interface JsonCodecOptions {
  readonly fields?: Partial<JsonFields>
  /** Of times that are numbers. */
  readonly timestampUnit?: TimestampUnit
}

export type TimestampUnit = 's' | 'ms' | 'us' | 'ns'

export const DEFAULT_JSON_FIELDS: JsonFields = {
  timestamp: ['timestamp'],
  observedTimestamp: ['observed_timestamp'],
  body: ['body', 'message', 'log', 'msg'],
  severityNumber: ['severity_number'],
  severityText: ['severity_text', 'level'],
  traceId: ['trace_id'],
  spanId: ['span_id'],
  traceFlags: ['trace_flags'],
  eventName: ['event_name'],
  attributes: ['attributes'],
  resource: ['resource'],
  scope: ['scope']
}

/**
 * One JSON object a line. The fields that no field of a record was taken from are its attributes, beside those of an
 * object under `attributes`, which win. A line of white space is no record and no fault.
 */
export function jsonCodec({ fields, timestampUnit = 'ms' }: JsonCodecOptions = {}): Codec {
  const paths: JsonFields = { ...DEFAULT_JSON_FIELDS, ...fields }
  return Object.assign(decode, glanceFor(paths))

  function decode(bytes: string, context: CodecContext, into: Decoded): void {
    const parsed = parseJsonText(bytes)
    if (!('value' in parsed)) {
      if (/[^ \t\r\n]/.test(bytes)) giveUp(into, context, bytes, parsed.code, parsed.reason)
      return
    }
    const { value } = parsed
    if (!isMap(value)) {
      const reason = `JSON, but ${kindOf(value)}; expected an object`
      giveUp(into, context, bytes, 'json-not-object', reason)
      return
    }
    into.records.push(objectRecord(value, context, paths, timestampUnit))
  }
}

/** None where a field may be in an object in the object. */
function glanceFor({ body, observedTimestamp }: JsonFields): Pick<Codec, 'glance'> {
  if ([...body, ...observedTimestamp].some(path => path.includes('.'))) return {}
  return { glance: new JsonGlance({ body, bodyOf, leftToParser: observedTimestamp }).at }
}

/** The record that an object stands for; `id` and what the object does not say are the context's. */
export function objectRecord(
  value: RecordMap,
  context: CodecContext,
  paths: JsonFields,
  timestampUnit: TimestampUnit
): LogRecord {
  const taken: string[] = []
  const readTime = TIME_READERS[timestampUnit]
  const severityText = take(value, paths.severityText, nonEmptyString, taken) ?? ''
  return {
    id: context.id,
    body: take(value, paths.body, bodyOf, taken) ?? null,
    severityNumber: take(value, paths.severityNumber, severityOf, taken) || severityNumberOf(severityText),
    severityText,
    // Time 0 says nothing.
    timestamp: take(value, paths.timestamp, readTime, taken) || undefined,
    observedTimestamp: take(value, paths.observedTimestamp, readTime, taken) || context.observedTimestamp,
    traceId: take(value, paths.traceId, traceIdOf, taken) ?? '',
    spanId: take(value, paths.spanId, spanIdOf, taken) ?? '',
    traceFlags: take(value, paths.traceFlags, traceFlagsOf, taken) ?? 0,
    eventName: take(value, paths.eventName, nonEmptyString, taken) ?? '',
    resource: take(value, paths.resource, mapOf, taken) ?? {},
    scope: take(value, paths.scope, scopeOf, taken),
    attributes: attributesOf(value, take(value, paths.attributes, mapOf, taken), taken),
    source: context.source,
    tag: context.tag
  }
}

/** No closure over the object: every record comes by here a dozen times. */
function take<T>(
  object: RecordMap,
  paths: readonly string[],
  read: (value: RecordValue, path: string) => T | undefined,
  taken: string[]
): T | undefined {
  for (const path of paths) {
    const value = fieldAt(object, path)
    const result = value === undefined ? undefined : read(value, path)
    if (result === undefined) continue
    // What was taken out of an object in the object stays there, too.
    taken.push(path)
    return result
  }
  return undefined
}

function attributesOf(object: RecordMap, given: RecordMap | undefined, taken: readonly string[]): RecordMap {
  let attributes: Record<string, RecordValue> | undefined
  for (const name in object) {
    if (taken.includes(name)) continue
    attributes ??= {}
    setOwnValue(attributes, name, object[name] as RecordValue)
  }
  // Often there are no others: then the object is taken as it is.
  if (attributes === undefined) return given ?? {}
  for (const name in given) setOwnValue(attributes, name, given[name] as RecordValue)
  return attributes
}

function bodyOf(value: RecordValue, path: string): RecordValue | undefined {
  if (value === null) return undefined
  return path === 'log' && typeof value === 'string' && value.endsWith('\n') ? value.slice(0, -1) : value
}

const UNITS: Readonly<Record<TimestampUnit, (value: number) => number>> = {
  s: value => value * 1000,
  ms: value => value,
  us: value => value / 1000,
  ns: value => value / 1_000_000
}

const TIME_READERS: Readonly<Record<TimestampUnit, (value: RecordValue) => number | undefined>> = {
  s: value => timeOf(value, 's'),
  ms: value => timeOf(value, 'ms'),
  us: value => timeOf(value, 'us'),
  ns: value => timeOf(value, 'ns')
}

function timeOf(value: RecordValue, unit: TimestampUnit): number | undefined {
  const ms = millisecondsOf(value, unit)
  return ms !== undefined && isWritableTime(ms) ? ms : undefined
}

function millisecondsOf(value: RecordValue, unit: TimestampUnit): number | undefined {
  if (typeof value === 'number') return value >= 0 ? UNITS[unit](value) : undefined
  if (typeof value !== 'string') return undefined
  return /^[0-9]+(?:\.[0-9]+)?$/.test(value) ? UNITS[unit](Number(value)) : parseRfc3339(value)
}

function severityOf(value: RecordValue): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 24 ? value : undefined
}

function nonEmptyString(value: RecordValue): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

function traceFlagsOf(value: RecordValue): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 255
    ? value
    : undefined
}

/** A trace id, in small letters; `undefined` for what is none. */
export function traceIdOf(value: RecordValue): string | undefined {
  return typeof value === 'string' && /^(?!0{32})[0-9a-fA-F]{32}$/.test(value)
    ? value.toLowerCase()
    : undefined
}

/** A span id, in small letters; `undefined` for what is none. */
export function spanIdOf(value: RecordValue): string | undefined {
  return typeof value === 'string' && /^(?!0{16})[0-9a-fA-F]{16}$/.test(value)
    ? value.toLowerCase()
    : undefined
}

function mapOf(value: RecordValue): RecordMap | undefined {
  return isMap(value) ? value : undefined
}

function scopeOf(value: RecordValue): RecordScope | undefined {
  if (!isMap(value) || typeof value['name'] !== 'string') return undefined
  const { name, version, attributes } = value
  return { name, version: valueText(version), attributes: mapOf(attributes ?? null) ?? {} }
}

function kindOf(value: RecordValue): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'an array' : `a ${typeof value}`
}
