import type { Alert, AlertAttribute } from '../plugin/alert.ts'
import { decodeUtf8, encodeUtf8 } from '../plugin/utf8.ts'

/**
 * An alert as one line of JSON, without a newline: `docs/alert.schema.json` describes it. The result is a byte string
 * (latin1) again: UTF-8. Bytes that are no UTF-8 come out as U+FFFD.
 */
export function alertToJson(alert: Alert): string {
  return encodeUtf8(JSON.stringify(alertToObject(alert)))
}

/** In milliseconds: of later ones, or ones as long before Epoch, JavaScript knows no date. */
const LAST_DATE = 8.64e15

/** An alert with its texts decoded, as it stands in JSON. */
function alertToObject(alert: Alert): Record<string, unknown> {
  const { traceId, spanId } = alert
  return {
    timestamp: new Date(Math.min(Math.max(alert.time * 1000, -LAST_DATE), LAST_DATE)).toISOString(),
    event_name: decodeUtf8(alert.eventName),
    severity_number: alert.severityNumber,
    severity_text: decodeUtf8(alert.severityText),
    body: decodeUtf8(alert.body),
    attributes: Object.fromEntries(
      Object.entries(alert.attributes).map(([name, value]) => [decodeUtf8(name), decodeAttribute(value)])
    ),
    ...(traceId !== '' && { trace_id: traceId }),
    ...(spanId !== '' && { span_id: spanId }),
    ...(traceId !== '' && { trace_flags: alert.traceFlags })
  }
}

function decodeAttribute(value: AlertAttribute): AlertAttribute {
  if (typeof value === 'string') return decodeUtf8(value)
  return typeof value === 'object' ? value.map(decodeUtf8) : value
}
