import { Optional } from '@marcbachmann/cel-js'
import { valueText } from '../../record-fields.ts'
import type { RecordValue } from '../../record.ts'
import { byteString, encodeUtf8 } from '../../utf8.ts'
import { setOwnValue } from '../../own-value.ts'
import type { MatchVariables } from '../match-variables.ts'

/** What the value of an expression means: no match, a match, or a match that sets variables. */
export function matchOf(value: unknown): MatchVariables | boolean {
  if (value instanceof Optional) return value.hasValue() ? matchOf(value.value()) : false
  if (typeof value !== 'object' || value === null) return value === true
  const entries = isPlainMap(value) ? entriesOf(value) : []
  if (entries.length === 0) return false
  const variables: Record<string, string | undefined> = {}
  for (const [name, item] of entries) setOwnValue(variables, encodeUtf8(name), valueText(recordValue(item)))
  return variables
}

/** The value of an expression as text; '' of one that is nothing. */
export function celText(value: unknown): string {
  return valueText(recordValue(value))
}

/** A value of CEL as a value of a record: bytes for characters, integers beyond 2^53 as strings. */
function recordValue(value: unknown): RecordValue {
  switch (typeof value) {
    case 'string':
      return encodeUtf8(value)
    case 'number':
    case 'boolean':
      return value
    case 'bigint':
      return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
    case 'object':
      return value === null ? null : recordValueOfObject(value)
    default:
      return null
  }
}

function recordValueOfObject(value: object): RecordValue {
  if (Array.isArray(value)) return value.map(recordValue)
  if (value instanceof Uint8Array) return byteString(value)
  if (value instanceof Optional) return value.hasValue() ? recordValue(value.value()) : null
  if (isPlainMap(value)) {
    const map: Record<string, RecordValue> = {}
    for (const [name, item] of entriesOf(value)) setOwnValue(map, encodeUtf8(name), recordValue(item))
    return map
  }
  return textOf(value)
}

/** A timestamp as JSON has it (RFC 3339); a duration (`90s`), an unsigned integer or a type as the CEL library prints it. */
function textOf(value: { toString(): string }): string {
  const json = JSON.stringify(value)
  return encodeUtf8(json.startsWith('"') ? (JSON.parse(json) as string) : value.toString())
}

function isPlainMap(
  value: object
): value is Readonly<Record<string, unknown>> | ReadonlyMap<unknown, unknown> {
  if (value instanceof Map) return true
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

function entriesOf(
  map: Readonly<Record<string, unknown>> | ReadonlyMap<unknown, unknown>
): [string, unknown][] {
  if (!(map instanceof Map)) return Object.entries(map)
  return [...map].map(([name, item]) => [String(name), item])
}
