import fc from 'fast-check'
import { expect, test } from 'vitest'
import { otlpJsonCodec } from '../../../adapters/codecs/otlp-json.ts'
import { otlpProtoCodec } from '../../../adapters/codecs/otlp-proto.ts'
import { encodeRequest } from '../otlp/protobuf.ts'
import { bytesOf, decode, decodeDead } from './decode.ts'

type Json = Readonly<Record<string, unknown>>

/** The same request in both encodings. */
function both(request: Json): { proto: string; json: string } {
  return { proto: encodeRequest(request).toString('latin1'), json: bytesOf(JSON.stringify(request)) }
}

const text = fc.string({ unit: 'grapheme' }).map(stringValue => ({ stringValue }))

const value = fc.oneof(
  text,
  fc.record({ boolValue: fc.boolean() }),
  fc.record({ intValue: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String) }),
  fc.array(text).map(values => ({ arrayValue: { values } }))
)
// An empty key is not written in protobuf.
const key = fc.string({ unit: 'grapheme', minLength: 1 })
const attributes = fc.array(fc.record({ key, value }), { maxLength: 4 })
const hex = (digits: number) =>
  fc
    .uint8Array({ minLength: digits / 2, maxLength: digits / 2 })
    .map(bytes => Buffer.from(bytes).toString('hex'))

const logRecord = fc.record({
  timeUnixNano: fc.bigInt({ min: 0n, max: 2n ** 62n }).map(String),
  severityNumber: fc.nat(24),
  severityText: fc.string(),
  body: value,
  attributes,
  flags: fc.nat(255),
  traceId: hex(32),
  spanId: hex(16),
  eventName: fc.string()
})

const request = fc.record({
  resourceLogs: fc.array(
    fc.record({
      resource: fc.record({ attributes }),
      scopeLogs: fc.array(
        fc.record({
          scope: fc.record({ name: fc.string(), version: fc.string(), attributes }),
          logRecords: fc.array(logRecord, { maxLength: 3 })
        }),
        { maxLength: 2 }
      )
    }),
    { maxLength: 3 }
  )
})

test('a value in protobuf holds the records that it holds in JSON: bodies, attributes, traces, ids', () => {
  fc.assert(
    fc.property(request, given => {
      const { proto, json } = both(given)
      const context = { id: 'logs/3/7', tag: 'logs' }
      const decoded = decode(otlpProtoCodec, proto, context)
      expect(decoded).toEqual(decode(otlpJsonCodec, json, context))
      expect(decoded.records.map(({ id }) => id)).toEqual(decoded.records.map((_, n) => `logs/3/7/${n}`))
    })
  )
})

test('of a value that is cut somewhere no record is made up: it is dead as it is, with the place, or the damaged record is', () => {
  const { proto } = both({
    resourceLogs: [{ scopeLogs: [{ logRecords: [{ body: { stringValue: 'one' } }] }] }]
  })
  for (let end = 1; end < proto.length; end++) {
    const { id, code, reason, value } = decodeDead(otlpProtoCodec, proto.slice(0, end))
    expect({ id, code, value }).toEqual({ id: 'f:0', code: 'otlp-protobuf', value: proto.slice(0, end) })
    expect(reason).toMatch(/^not an ExportLogsServiceRequest at byte \d+: /)
  }
})

test('a damaged record is dead, with its number, and those around it live', () => {
  const logRecords = ['one', 'two', 'three'].map(stringValue => ({ body: { stringValue } }))
  const { proto } = both({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] })
  // The body of "two" announces more than there is.
  const damaged = proto.replace('\x03two', '\x7ftwo')
  const { records, dead } = decode(otlpProtoCodec, damaged, { id: 'logs/3/7' })
  expect(records.map(({ id, body }) => [id, body])).toEqual([
    ['logs/3/7/0', 'one'],
    ['logs/3/7/2', 'three']
  ])
  expect(dead).toMatchObject([{ id: 'logs/3/7/1', code: 'otlp-record' }])
  expect(dead[0]?.reason).toMatch(/^not a LogRecord: /)
})

test('JSON is no protobuf, and whatever else comes throws nothing', () => {
  expect(decodeDead(otlpProtoCodec, '{"resourceLogs":[]}').code).toBe('otlp-protobuf')
  expect(decode(otlpProtoCodec, '')).toEqual({ records: [], dead: [] })
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), bytes => {
      const { dead } = decode(otlpProtoCodec, Buffer.from(bytes).toString('latin1'))
      for (const { reason } of dead) expect(reason).not.toBe('')
    })
  )
})
