import { ROOT_CONTEXT, trace } from '@opentelemetry/api'
import type { Logger } from '@opentelemetry/api-logs'
import type { Alert, AlertAttribute } from '../../plugin/alert.ts'
import { setOwnValue } from '../../plugin/own-value.ts'
import { decodeUtf8 } from '../../plugin/utf8.ts'

/** An alert has some fifty attributes; nobody should find out where OpenTelemetry's 128 end. */
export const MOST_ATTRIBUTES = 10_000

/** Gives an alert to a logger of OpenTelemetry, as an event. */
export function emitAlert(
  logger: Pick<Logger, 'emit'>,
  { uid, eventName, body, severityNumber, severityText, time, attributes, ...spanContext }: Alert
): void {
  const decoded: Record<string, AttributeValue> = {}
  for (const [name, value] of Object.entries(attributes)) {
    setOwnValue(decoded, decodeUtf8(name), decodeAttribute(value))
  }
  logger.emit({
    eventName: decodeUtf8(eventName),
    timestamp: [time, 0],
    severityNumber,
    severityText: decodeUtf8(severityText),
    body: decodeUtf8(body),
    attributes: { ...decoded, 'log.record.uid': uid },
    // The program that we run in has a context of its own.
    context: spanContext.traceId === '' ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, spanContext)
  })
}

type AttributeValue = string | number | boolean | string[]

function decodeAttribute(value: AlertAttribute): AttributeValue {
  if (typeof value === 'string') return decodeUtf8(value)
  return typeof value === 'object' ? value.map(decodeUtf8) : value
}
