import type { Alert } from '../plugin/alert.ts'
import { decodeUtf8, encodeUtf8, isAscii } from '../plugin/utf8.ts'

/**
 * An alert as one line of JSON, without a newline: `docs/alert.schema.json` describes it. The result is a byte string
 * (latin1) again: UTF-8. Bytes that are no UTF-8 come out as U+FFFD.
 */
export function alertToJson(alert: Alert): string {
  const { traceId, spanId } = alert
  // Nothing above ASCII is escaped: bytes of the texts are bytes of the JSON.
  const json = JSON.stringify({
    timestamp: new Date(Math.min(Math.max(alert.time * 1000, -LAST_DATE), LAST_DATE)).toISOString(),
    event_name: alert.eventName,
    severity_number: alert.severityNumber,
    severity_text: alert.severityText,
    body: alert.body,
    attributes: alert.attributes,
    ...(traceId !== '' && { trace_id: traceId }),
    ...(spanId !== '' && { span_id: spanId }),
    ...(traceId !== '' && { trace_flags: alert.traceFlags })
  })
  return isAscii(json) ? json : encodeUtf8(decodeUtf8(json))
}

/** In milliseconds: of later ones, or ones as long before Epoch, JavaScript knows no date. */
const LAST_DATE = 8.64e15
