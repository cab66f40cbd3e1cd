import type { Alert, AlertAttribute } from '../../plugin/alert.ts'
import type { AlertEncoding } from './alert-encodings.ts'
import type { KafkaMessage } from './client.ts'
import { formatTraceParent } from './trace-parent.ts'

export interface AlertMessageOptions {
  readonly topic: string
  /** Name of the attribute whose value is the key; `undefined`: none. */
  readonly key: string | undefined
  /** Of a longer body only the head is sent. */
  readonly maxBodyBytes: number
  readonly encoding: AlertEncoding
}

/** Where the default key is not there: alerts of a context, and of rules that keep no operation. */
const STAND_INS = ['correlog.operation.key', 'correlog.context.name', 'correlog.description']

const UID = 'log.record.uid'

/** What receivers can route and drop by without reading the value. */
const HEADERS = [
  UID,
  'correlog.application',
  'correlog.task',
  'correlog.rule.file',
  'correlog.rule.number',
  'correlog.rule.hash'
]

const BODY_BYTES = 'correlog.body.bytes'

/**
 * An alert as a record of a topic, with what it is about in headers. The record's time is that of sending: with
 * the time of an alert over old records the topic's retention would take it away again.
 */
export function alertMessage(alert: Alert, options: AlertMessageOptions): KafkaMessage {
  const { topic, key, encoding } = options
  const { value, isCut } = bodyWithin(alert, options)
  const headers: Record<string, Buffer> = { 'content-type': knownBytesOf(encoding.contentType) }
  for (const name of HEADERS) {
    const attribute = alert.attributes[name]
    if (attribute !== undefined) headers[name] = name === UID ? bytesOf(attribute) : knownBytesOf(attribute)
  }
  if (alert.traceId !== '') headers['traceparent'] = Buffer.from(formatTraceParent(alert))
  // The rules cut very long ones themselves.
  const bytes = alert.attributes[BODY_BYTES] ?? (isCut ? alert.body.length : undefined)
  if (bytes !== undefined) headers[BODY_BYTES] = bytesOf(bytes)
  return { topic, key: key === undefined ? null : keyOf(alert, key), value, headers }
}

function keyOf({ attributes }: Alert, key: string): Buffer | null {
  const [first = ''] = STAND_INS
  const names = key === first ? STAND_INS : [key]
  const found = names.map(name => attributes[name]).find(value => value !== undefined)
  return found === undefined ? null : bytesOf(found)
}

/** What is encoded may be several times as long as the body: it is cut until a broker takes what comes of it. */
function bodyWithin(
  alert: Alert,
  { maxBodyBytes, encoding }: AlertMessageOptions
): { value: Buffer; isCut: boolean } {
  let { body } = alert
  for (let most = maxBodyBytes; ; most = Math.floor(body.length / 2)) {
    body = cutUtf8(body, most)
    const value = encoding.encode(body === alert.body ? alert : { ...alert, body })
    if (value.length <= 2 * maxBodyBytes || body === '') return { value, isCut: body !== alert.body }
  }
}

/** Not within a character. */
function cutUtf8(text: string, most: number): string {
  if (text.length <= most) return text
  let end = most
  while (end > Math.max(most - 3, 0) && (text.charCodeAt(end) & 0xc0) === 0x80) end--
  return text.slice(0, end)
}

/** Of values that an alert shares with many others: two for each rule, and a few more. */
const known = new Map<AlertAttribute, Buffer>()
const MOST_KNOWN = 10_000

function knownBytesOf(value: AlertAttribute): Buffer {
  if (typeof value === 'object') return bytesOf(value)
  const found = known.get(value)
  if (found !== undefined) return found
  const bytes = bytesOf(value)
  if (known.size === MOST_KNOWN) known.clear()
  known.set(value, bytes)
  return bytes
}

function bytesOf(value: AlertAttribute): Buffer {
  const text = typeof value === 'object' ? value.join(' ') : String(value)
  return Buffer.from(text, 'latin1')
}
