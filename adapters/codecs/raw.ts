import { lineRecord, type RecordValue } from '../../plugin/record.ts'
import type { Codec } from './codec.ts'
import { parseJsonText } from './json-text.ts'

/**
 * What the Collector's Kafka exporter calls raw: the body alone. It writes a body of bytes as it is and any other as JSON,
 * so that a text stands in quotes, with Go's escapes (`"\u003c13\u003esu: \"x\""` for `<13>su: "x"`). Such a value is the
 * text again; an object or a list is a body with structure; what is neither is the body as it is.
 * Source: open-telemetry/opentelemetry-collector-contrib, exporter/kafkaexporter/internal/marshaler/raw_marshaler.go, 0.149.
 */
export const rawCodec: Codec = (bytes, { id, source, observedTimestamp, tag }, into) => {
  const record = lineRecord(id, source, bytes, observedTimestamp, tag)
  const body = structureOf(bytes)
  into.records.push(body === undefined ? record : { ...record, body })
}

function structureOf(bytes: string): RecordValue | undefined {
  if (!/^["[{]/.test(bytes)) return undefined
  const parsed = parseJsonText(bytes)
  return 'value' in parsed ? parsed.value : undefined
}
