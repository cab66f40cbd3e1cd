import type { Alert, AlertAttribute } from '../plugin/alert.ts'

/**
 * An alert as one line of JSON, without a newline: `docs/alert.schema.json` describes it. The result is a byte string
 * (latin1) again: UTF-8. Bytes that are no UTF-8 come out as U+FFFD.
 */
export function alertToJson(alert: Alert): string {
  const text = JSON.stringify(alertToObject(alert))
  return isAscii(text) ? text : Buffer.from(text, 'utf8').toString('latin1')
}

/** In milliseconds: of later ones, or ones as long before Epoch, JavaScript knows no date. */
const LAST_DATE = 8.64e15

/** An alert with its texts decoded, as it stands in JSON. */
export function alertToObject(alert: Alert): Record<string, unknown> {
  const { traceId, spanId } = alert
  return {
    timestamp: new Date(Math.min(Math.max(alert.time * 1000, -LAST_DATE), LAST_DATE)).toISOString(),
    event_name: decode(alert.eventName),
    severity_number: alert.severityNumber,
    severity_text: decode(alert.severityText),
    body: decode(alert.body),
    attributes: Object.fromEntries(
      Object.entries(alert.attributes).map(([name, value]) => [decode(name), decodeAttribute(value)])
    ),
    ...(traceId !== '' && { trace_id: traceId }),
    ...(spanId !== '' && { span_id: spanId }),
    ...(traceId !== '' && { trace_flags: alert.traceFlags })
  }
}

function decodeAttribute(value: AlertAttribute): AlertAttribute {
  if (typeof value === 'string') return decode(value)
  return typeof value === 'object' ? value.map(decode) : value
}

function decode(bytes: string): string {
  return isAscii(bytes) ? bytes : Buffer.from(bytes, 'latin1').toString('utf8')
}

function isAscii(text: string): boolean {
  return /^[\0-\x7f]*$/.test(text)
}
