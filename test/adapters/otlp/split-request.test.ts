import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Codec } from '../../../adapters/codecs/codec.ts'
import { otlpJsonCodec } from '../../../adapters/codecs/otlp-json.ts'
import { otlpProtoCodec } from '../../../adapters/codecs/otlp-proto.ts'
import { splitJson, splitProto, type SplitRequest } from '../../../adapters/otlp/split-request.ts'
import type { LogRecord } from '../../../plugin/record.ts'
import { decode } from '../codecs/decode.ts'
import { encodeRequest } from './protobuf.ts'

const text = fc.string({ unit: 'grapheme' }).map(stringValue => ({ stringValue }))
const value = fc.oneof(
  text,
  fc.record({ intValue: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String) }),
  fc.record({ doubleValue: fc.double({ noNaN: true, noDefaultInfinity: true }) })
)
const attributes = fc.array(fc.record({ key: fc.string({ minLength: 1 }), value }), { maxLength: 3 })
const request = fc.record({
  resourceLogs: fc.array(
    fc.record({
      resource: fc.record({ attributes }),
      scopeLogs: fc.array(
        fc.record({
          scope: fc.record({ name: fc.string(), attributes }),
          logRecords: fc.array(
            fc.record({
              timeUnixNano: fc.bigInt({ min: 0n, max: 2n ** 62n }).map(String),
              body: value,
              attributes,
              traceId: fc.constant('0af7651916cd43dd8448eb211c80319c')
            }),
            { maxLength: 4 }
          )
        }),
        { maxLength: 3 }
      )
    }),
    { maxLength: 3 }
  )
})

const encodings: readonly [
  string,
  SplitRequest,
  Codec,
  (request: Readonly<Record<string, unknown>>) => Buffer
][] = [
  ['protobuf', splitProto, otlpProtoCodec, encodeRequest],
  ['JSON', splitJson, otlpJsonCodec, given => Buffer.from(JSON.stringify(given))]
]

function recordsOf(codec: Codec, bytes: Buffer): readonly LogRecord[] {
  return decode(codec, bytes.toString('latin1')).records.map(record => ({ ...record, id: '' }))
}

function partsOf(split: SplitRequest, whole: Buffer): readonly Buffer[] {
  const parts = split(whole)
  if (!Array.isArray(parts)) throw new Error(`${String(parts)}; expected parts`)
  return parts as readonly Buffer[]
}

test.each(encodings)(
  'a request in %s whose parts would take all memory is not cut',
  (_name, split, _codec, encode) => {
    const attributes = [{ key: 'large', value: { stringValue: 'x'.repeat(300_000) } }]
    const of = (count: number): Buffer =>
      encode({
        resourceLogs: [
          { resource: { attributes }, scopeLogs: [{ logRecords: Array<object>(count).fill({}) }] }
        ]
      })
    expect(partsOf(split, of(100))).toHaveLength(100)
    expect(split(of(300))).toBe(
      'each of its log records with its resource would be more than 67108864 bytes together'
    )
  }
)

test.each(encodings)('parts in %s hold the records of the whole, one each', (_name, split, codec, encode) => {
  fc.assert(
    fc.property(request, given => {
      const whole = encode(given)
      const parts = partsOf(split, whole)
      const records = parts.map(part => recordsOf(codec, part))
      expect(records.every(({ length }) => length === 1)).toBe(true)
      expect(records.flat()).toEqual(recordsOf(codec, whole))
    })
  )
})

test('fields that are not known, and damaged records, are in the parts', () => {
  const logRecords = [{ body: { stringValue: 'one' } }, { body: { stringValue: 'two' } }]
  const whole = encodeRequest({ resourceLogs: [{ schemaUrl: 'https://x', scopeLogs: [{ logRecords }] }] })
  const damaged = Buffer.from(whole.toString('latin1').replace('\x03two', '\x7ftwo'), 'latin1')
  const parts = partsOf(splitProto, damaged)
  expect(parts).toHaveLength(2)
  expect(parts.every(part => part.includes('https://x'))).toBe(true)
  expect(decode(otlpProtoCodec, parts[1]?.toString('latin1') ?? '').dead).toMatchObject([
    { code: 'otlp-record' }
  ])
})

test.each([
  ['protobuf', splitProto, '\x0a\x05\x01'],
  ['JSON', splitJson, '{"resourceLogs":[{"scopeLogs":7}]}'],
  ['JSON', splitJson, '{"resourceLogs":[7]}'],
  ['JSON', splitJson, '{"resourceSpans":[]}'],
  ['JSON', splitJson, '{']
])('what is no request is not cut: %s', (_name, split, bytes) => {
  expect(split(Buffer.from(bytes, 'latin1'))).toBeUndefined()
})

test('whatever else comes, nothing is thrown', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), bytes => {
      for (const split of [splitProto, splitJson]) expect(() => split(Buffer.from(bytes))).not.toThrow()
    })
  )
})
