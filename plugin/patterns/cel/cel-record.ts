import { Environment } from '@marcbachmann/cel-js'
import type { LogRecord, RecordMap, RecordValue } from '../../record.ts'
import { decodeUtf8, isAscii } from '../../utf8.ts'

/** A value as CEL sees it: strings of characters, and a JavaScript map where an object would be taken for something else. */
export type CelValue = string | number | boolean | null | readonly CelValue[] | CelMap
export type CelMap = { readonly [name: string]: CelValue } | ReadonlyMap<string, CelValue>

/**
 * A record as CEL sees it. What an expression does not look at is not decoded. A field that is `undefined` is missing:
 * `has()` says so, and an expression that needs it does not match.
 */
export class CelRecord {
  readonly #record: LogRecord

  constructor(record: LogRecord) {
    this.#record = record
  }

  get body(): CelValue {
    return celValue(this.#record.body)
  }

  get attributes(): CelValue {
    return celValue(this.#record.attributes)
  }

  get resource(): CelValue {
    return celValue(this.#record.resource)
  }

  get scope(): CelValue | undefined {
    const { scope } = this.#record
    if (scope === undefined) return undefined
    const { name, version, attributes } = scope
    return { name: decodeUtf8(name), version: decodeUtf8(version), attributes: celValue(attributes) }
  }

  get severity_number(): number {
    return this.#record.severityNumber
  }

  get severity_text(): string {
    return decodeUtf8(this.#record.severityText)
  }

  get timestamp(): Date | undefined {
    return celTimestamp(this.#record.timestamp)
  }

  get observed_timestamp(): Date | undefined {
    return celTimestamp(this.#record.observedTimestamp)
  }

  get trace_id(): string {
    return this.#record.traceId
  }

  get span_id(): string {
    return this.#record.spanId
  }

  get event_name(): string {
    return decodeUtf8(this.#record.eventName)
  }

  get source(): string {
    return decodeUtf8(this.#record.source)
  }

  get tag(): string {
    return decodeUtf8(this.#record.tag)
  }
}

const timestampAt = new Environment()
  .registerVariable('seconds', 'int')
  .registerVariable('rest', 'string')
  .parse('timestamp(seconds) + duration(rest)') as (context: object) => Date

/** `undefined` where there is none, or none that CEL knows: years 1 to 9999. */
function celTimestamp(milliseconds: number | undefined): Date | undefined {
  if (milliseconds === undefined) return undefined
  try {
    const seconds = Math.floor(milliseconds / 1000)
    return timestampAt({ seconds: BigInt(seconds), rest: `${Math.trunc(milliseconds - seconds * 1000)}ms` })
  } catch {
    return undefined
  }
}

function celValue(value: RecordValue): CelValue {
  if (typeof value === 'string') return decodeUtf8(value)
  if (isSeenAsItIs(value)) return value
  if (Array.isArray(value)) return (value as readonly RecordValue[]).map(celValue)
  const entries = Object.entries(value as RecordMap).map(([name, item]): [string, CelValue] => [
    decodeUtf8(name),
    celValue(item)
  ])
  return new Map(entries)
}

/**
 * Whether a value needs no copy: all its strings are ASCII. An object with a field `constructor` does, as the CEL library
 * tells types by that property: a sender could hide a record from rules by it.
 */
function isSeenAsItIs(value: RecordValue): boolean {
  if (typeof value === 'string') return isAscii(value)
  if (typeof value !== 'object' || value === null) return true
  if (Array.isArray(value)) return (value as readonly RecordValue[]).every(isSeenAsItIs)
  for (const [name, item] of Object.entries(value as RecordMap)) {
    if (name === 'constructor' || !isAscii(name) || !isSeenAsItIs(item)) return false
  }
  return true
}
