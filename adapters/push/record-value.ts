import { setOwnValue } from '../../plugin/own-value.ts'
import type { RecordMap, RecordValue } from '../../plugin/record.ts'
import { byteString, encodeUtf8 } from '../../plugin/utf8.ts'

/** What lies deeper is left out, and so is what has itself as a part. */
const MOST_DEPTH = 32

/**
 * A value of a program as it stands in a record: a plain copy, texts as UTF-8. Integers beyond 2^53 and numbers that are
 * none become strings, dates text as in RFC 3339, errors maps; functions, symbols and `undefined` are `null`.
 *
 * @throws what a getter of it throws
 */
export function recordValue(value: unknown, depth: number = 0): RecordValue {
  switch (typeof value) {
    case 'string':
      return encodeUtf8(value)
    case 'number':
      return Number.isFinite(value) ? value : String(value)
    case 'boolean':
      return value
    case 'bigint':
      return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
    case 'object':
      return value === null || depth >= MOST_DEPTH ? null : objectValue(value, depth)
    default:
      return null
  }
}

/** Its own properties; those that are `undefined` are left out. */
export function recordMap(values: object, depth: number = 0): RecordMap {
  const map: Record<string, RecordValue> = {}
  for (const [name, value] of Object.entries(values) as [string, unknown][]) {
    if (value !== undefined) setOwnValue(map, encodeUtf8(name), recordValue(value, depth + 1))
  }
  return map
}

function objectValue(value: object, depth: number): RecordValue {
  if (Array.isArray(value)) return value.map(item => recordValue(item, depth + 1))
  if (value instanceof Uint8Array) return byteString(value)
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString()
  if (value instanceof Error) {
    const { name, message, stack } = value
    return { ...recordMap({ type: name, message, stack }, depth), ...recordMap(value, depth) }
  }
  return recordMap(value, depth)
}
