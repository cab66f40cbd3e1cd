import { ownValue } from './own-value.ts'
import type { RecordMap, RecordValue } from './record.ts'

/**
 * Finds a field by its path: `http.status` is the field of that name, or else the field `status` of the map `http`.
 * `undefined`: there is none.
 */
export function fieldAt(map: RecordMap, path: string): RecordValue | undefined {
  const value = ownValue(map, path)
  if (value !== undefined) return value
  for (let dot = path.indexOf('.'); dot !== -1; dot = path.indexOf('.', dot + 1)) {
    const inner = ownValue(map, path.slice(0, dot))
    const found = isMap(inner) ? fieldAt(inner, path.slice(dot + 1)) : undefined
    if (found !== undefined) return found
  }
  return undefined
}

export function isMap(value: RecordValue | undefined): value is RecordMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A value as text: strings as they are, `null` as '', maps and lists as JSON. */
export function valueText(value: RecordValue | undefined): string {
  if (typeof value === 'string') return value
  if (value === undefined || value === null) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
