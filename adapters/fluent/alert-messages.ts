import { createHash } from 'node:crypto'
import { Encoder, ExtData } from '@msgpack/msgpack'
import type { AlertTemplate } from '../../plugin/alert-template.ts'
import type { Alert, AlertAttribute } from '../../plugin/alert.ts'
import { decodeUtf8 } from '../../plugin/utf8.ts'

/** A message of the form PackedForward, and the id by which it is acknowledged. */
export interface AlertMessage {
  readonly bytes: Buffer
  readonly chunk: string
}

/** Bytes of entries that make a message at most, unless one alone has more. */
const MOST_BYTES = 1024 * 1024

const encoder = new Encoder()

/**
 * Alerts as messages, in order: those with the same tag that stand together make one. The same alerts make the same messages with the
 * same ids, so that a receiver that looks for that knows again what is sent a second time.
 */
export function alertMessages(alerts: readonly Alert[], tagOf: AlertTemplate): AlertMessage[] {
  const messages: AlertMessage[] = []
  let tag = ''
  let entries: Uint8Array[] = []
  let bytes = 0
  const finish = (): void => {
    if (entries.length > 0) messages.push(message(tag, entries))
    entries = []
    bytes = 0
  }
  for (const alert of alerts) {
    const alertTag = tagOf(alert)
    const entry = encoder.encode([eventTime(alert.time), recordOf(alert)])
    if (alertTag !== tag || bytes + entry.length > MOST_BYTES) finish()
    tag = alertTag
    entries.push(entry)
    bytes += entry.length
  }
  finish()
  return messages
}

function message(tag: string, entries: readonly Uint8Array[]): AlertMessage {
  const packed = Buffer.concat(entries)
  const hash = createHash('sha256').update(`${tag}\0`, 'latin1').update(packed)
  const chunk = hash.digest().subarray(0, 16).toString('base64')
  return {
    chunk,
    bytes: Buffer.from(encoder.encode([decodeUtf8(tag), packed, { size: entries.length, chunk }]))
  }
}

/** Flat, as Fluentd's own records are, under the names that the codec `json` reads. */
function recordOf(alert: Alert): Record<string, AlertAttribute> {
  const { uid, eventName, severityNumber, severityText, body, attributes, traceId, spanId, traceFlags } =
    alert
  return {
    message: decodeUtf8(body),
    event_name: decodeUtf8(eventName),
    severity_number: severityNumber,
    severity_text: decodeUtf8(severityText),
    'log.record.uid': uid,
    ...Object.fromEntries(
      Object.entries(attributes).map(([name, value]) => [decodeUtf8(name), decoded(value)])
    ),
    ...(traceId !== '' && { trace_id: traceId, trace_flags: traceFlags }),
    ...(spanId !== '' && { span_id: spanId })
  }
}

function decoded(value: AlertAttribute): AlertAttribute {
  if (typeof value === 'string') return decodeUtf8(value)
  return typeof value === 'object' ? value.map(decodeUtf8) : value
}

/** Seconds beyond what 32 bits hold are the last that they hold. */
function eventTime(seconds: number): ExtData {
  const time = Buffer.alloc(8)
  time.writeUInt32BE(Math.min(Math.max(seconds, 0), 0xffff_ffff))
  return new ExtData(0, time)
}
