import { createHash } from 'node:crypto'
import { isMap } from '../../plugin/record-fields.ts'
import type { RecordMap, RecordValue } from '../../plugin/record.ts'
import { parseJsonText } from '../codecs/json-text.ts'
import { ForwardError } from './forward-error.ts'
import type { Frame } from './frames.ts'
import { MsgpackReader } from './msgpack-reader.ts'
import { MsgpackScan, msgpackEnd } from './msgpack-scan.ts'

/**
 * What a client sends, in its four forms. Source: Forward Protocol Specification v1, "Event Modes", and v1.5:
 *
 *     Message:                 [tag, time, record, option?]
 *     Forward:                 [tag, [entry, entry …], option?]
 *     PackedForward:           [tag, bin or str of entries one after the other, option?]
 *     CompressedPackedForward: [tag, the same compressed, { "compressed": "gzip" or "zstd" … }]
 *     entry:                   [time, record] or [[time, metadata], record]
 *     option:                  { "size"?, "chunk"?, "compressed"?, "fluent_signal"? … }
 *
 * Fluentd sends packed entries as `str`, though they are no text.
 */
export interface ForwardRequest {
  /** A byte string. */
  readonly tag: string
  readonly entries: RequestEntries
  /** How the client wants it acknowledged; `undefined`: not at all. */
  readonly ack: Buffer | undefined
  /** Names the request, the same each time it is sent. */
  readonly fingerprint: string
  /** What it carries: 0 are logs; metrics and traces of Fluent Bit have other numbers. */
  readonly signal: number
}

export type RequestEntries =
  /** MessagePack, from `start` to `end`. Of the form Message these are time and record, without an array around them. */
  | { readonly form: 'message' | 'sequence'; readonly bytes: Buffer; readonly compression: string }
  | { readonly form: 'json'; readonly values: readonly RecordValue[] }

/** A tag that is longer than this is none. */
const LONGEST_TAG = 4096

/** An id is kept until its request is settled. Those of Fluentd have 25 bytes, those of Fluent Bit 128. */
const LONGEST_CHUNK = 4096

/** @throws ForwardError of what is no request */
export function parseRequest({ bytes, isJson }: Frame): ForwardRequest {
  return isJson ? parseJson(bytes) : parseMsgpack(bytes)
}

function parseMsgpack(bytes: Buffer): ForwardRequest {
  const reader = new MsgpackReader(bytes)
  const head = reader.head()
  if (head.type !== 'array' || head.length < 2) throw noMessage(head.type)
  const tagHead = reader.head()
  if (tagHead.type !== 'text') throw noMessage(`tag that is a ${tagHead.type}`)
  const tag = tagOf(bytes.toString('latin1', tagHead.start, tagHead.end))
  const start = reader.position
  const second = reader.head()
  let entries: RequestEntries
  let rest = head.length - 2
  let compressible = false
  if (second.type === 'array') {
    const scan = new MsgpackScan(reader.position, second.length)
    scan.run(bytes, bytes.length)
    entries = sequence(bytes.subarray(reader.position, scan.position), '')
    reader.position = scan.position
  } else if (second.type === 'text') {
    entries = sequence(bytes.subarray(second.start, second.end), '')
    compressible = true
  } else {
    if (rest < 1) throw noMessage('time without a record')
    const end = msgpackEnd(bytes, msgpackEnd(bytes, start, bytes.length), bytes.length)
    entries = { form: 'message', bytes: bytes.subarray(start, end), compression: '' }
    reader.position = end
    rest--
  }
  const option = rest > 0 ? readOption(bytes, reader) : undefined
  if (compressible && option !== undefined) {
    const { compressed } = option.values
    if (typeof compressed === 'string' && compressed !== 'text') {
      entries = sequence((entries as { bytes: Buffer }).bytes, compressed)
    }
  }
  return {
    tag,
    entries,
    ack: option?.chunk === undefined ? undefined : Buffer.concat([ACK_HEAD, option.chunk]),
    fingerprint: fingerprintOf(tag, option?.chunk, (entries as { bytes: Buffer }).bytes),
    signal: signalOf(option?.values)
  }
}

function sequence(bytes: Buffer, compression: string): RequestEntries {
  return { form: 'sequence', bytes, compression }
}

/** `{ "ack": …`, of which the value follows as it came, byte for byte: Fluentd compares it so. */
const ACK_HEAD = Buffer.from('\x81\xa3ack', 'latin1')

interface Option {
  readonly values: RecordMap
  /** The value of `chunk` as it came, its head included. */
  readonly chunk: Buffer | undefined
}

function readOption(bytes: Buffer, reader: MsgpackReader): Option | undefined {
  const head = reader.head()
  if (head.type !== 'map') {
    if (head.type === 'other' && head.value === null) return undefined
    throw noMessage(`option that is a ${head.type}`)
  }
  const values: Record<string, RecordValue> = {}
  let chunk: Buffer | undefined
  for (let index = 0; index < head.length; index++) {
    const keyStart = reader.position
    const start = msgpackEnd(bytes, keyStart, bytes.length)
    const end = msgpackEnd(bytes, start, bytes.length)
    reader.position = end
    // What nobody asks for is not decoded: it may be as long as a message.
    if (start - keyStart > LONGEST_OPTION) continue
    const key = new MsgpackReader(bytes, keyStart).value()
    if (key === 'chunk') chunk = chunkOf(bytes.subarray(start, end))
    else if ((key === 'compressed' || key === 'fluent_signal') && end - start <= LONGEST_OPTION) {
      values[key] = new MsgpackReader(bytes, start).value()
    }
  }
  return { values, chunk }
}

/** Bytes of an option's name or value that says something to us. */
const LONGEST_OPTION = 64

/** Nil is none. */
function chunkOf(value: Buffer): Buffer | undefined {
  if (value.length > LONGEST_CHUNK) {
    throw tooLongChunk(value.length)
  }
  return value.length === 1 && value[0] === 0xc0 ? undefined : value
}

function parseJson(bytes: Buffer): ForwardRequest {
  const parsed = parseJsonText(bytes.toString('latin1'))
  if (!('value' in parsed)) throw new ForwardError('fluent-syntax', parsed.reason)
  const message: readonly RecordValue[] = Array.isArray(parsed.value) ? parsed.value : []
  const [first, second] = message
  if (first === undefined || second === undefined) throw noMessage('JSON')
  const tag = tagOf(first)
  const isForward = Array.isArray(second)
  if (!isForward && message.length < 3) throw noMessage('time without a record')
  const values = isForward ? (second as readonly RecordValue[]) : [[second, message[2] as RecordValue]]
  const option = message[isForward ? 2 : 3]
  const options = isMap(option) ? option : undefined
  const chunk = options?.['chunk'] ?? null
  const ack = chunk === null ? undefined : Buffer.from(JSON.stringify({ ack: chunk }), 'latin1')
  if (ack !== undefined && ack.length > LONGEST_CHUNK) throw tooLongChunk(ack.length)
  const fingerprint = fingerprintOf(tag, ack, Buffer.from(JSON.stringify(values), 'latin1'))
  return { tag, entries: { form: 'json', values }, ack, fingerprint, signal: signalOf(options) }
}

function tagOf(value: RecordValue): string {
  if (typeof value !== 'string') throw noMessage(`tag ${JSON.stringify(value)?.slice(0, 40)}`)
  if (value.length <= LONGEST_TAG) return value
  throw new ForwardError(
    'fluent-message',
    `tag of ${value.length} bytes; expected at most ${LONGEST_TAG} bytes`
  )
}

function signalOf(option: RecordMap | undefined): number {
  const signal = option?.['fluent_signal']
  return typeof signal === 'number' ? signal : 0
}

/**
 * A client that hears no answer sends the same again under the same `chunk`. The entries belong to it: a client that gives
 * other entries an id that was used before would lose them.
 */
function fingerprintOf(tag: string, chunk: Buffer | undefined, entries: Buffer): string {
  if (chunk === undefined) return ''
  const hash = createHash('sha256').update(`${tag}\0`, 'latin1').update(chunk).update('\0').update(entries)
  return `fluent:${hash.digest('base64url').slice(0, 22)}`
}

function tooLongChunk(length: number): ForwardError {
  return new ForwardError(
    'fluent-message',
    `chunk of ${length} bytes; expected at most ${LONGEST_CHUNK} bytes`
  )
}

function noMessage(what: string): ForwardError {
  return new ForwardError(
    'fluent-message',
    `${what}; expected [tag, time, record, option] or [tag, entries, option] of the forward protocol`
  )
}
