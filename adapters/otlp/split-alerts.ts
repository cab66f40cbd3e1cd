import type { Alert } from '../../plugin/alert.ts'

/** Of one request, uncompressed: receivers over gRPC take 4 MiB by default, and text may grow when it is decoded. */
const MOST_BYTES = 1024 * 1024

/** A part of a list, without its end. */
export interface Part {
  readonly start: number
  readonly end: number
}

/** Cuts alerts into requests that receivers take. One that is larger than that goes alone. */
export function requestsOf(alerts: readonly Alert[]): readonly Part[] {
  const parts: Part[] = []
  let start = 0
  let bytes = 0
  for (const [index, alert] of alerts.entries()) {
    const size = sizeOf(alert)
    if (index > start && bytes + size > MOST_BYTES) {
      parts.push({ start, end: index })
      start = index
      bytes = 0
    }
    bytes += size
  }
  if (start < alerts.length) parts.push({ start, end: alerts.length })
  return parts
}

/** Roughly. */
function sizeOf({ body, attributes }: Alert): number {
  let bytes = 200 + body.length
  for (const [name, value] of Object.entries(attributes)) {
    bytes += 20 + name.length
    if (typeof value === 'string') bytes += value.length
    else if (typeof value === 'object') for (const each of value) bytes += 8 + each.length
  }
  return bytes
}
