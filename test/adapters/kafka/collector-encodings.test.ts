import fc from 'fast-check'
import { expect, test } from 'vitest'
import { otlpJsonCodec } from '../../../adapters/codecs/otlp-json.ts'
import { otlpProtoCodec } from '../../../adapters/codecs/otlp-proto.ts'
import { collectorEncoding } from '../../../adapters/kafka/collector-encodings.ts'
import { alertMessage } from '../../../adapters/kafka/alert-message.ts'
import type { Alert } from '../../../plugin/alert.ts'
import { decodeOne } from '../codecs/decode.ts'

const bytes = fc.string({ unit: 'grapheme' }).map(text => Buffer.from(text).toString('latin1'))
// All of ours begin so; the SDK loses one that is called __proto__.
const name = bytes.map(each => `correlog.${each}`)
const attribute = fc.oneof(
  bytes,
  fc.maxSafeInteger(),
  // Whole numbers beyond 2^53 are texts in records.
  fc.double({ noNaN: true, noDefaultInfinity: true, noInteger: true }),
  fc.boolean(),
  fc.array(bytes)
)
const hex = (digits: number) =>
  fc
    .uint8Array({ minLength: digits / 2, maxLength: digits / 2 })
    .map(each => Buffer.from(each).toString('hex'))
    .filter(each => /[^0]/.test(each))

const alerts: fc.Arbitrary<Alert> = fc.record({
  uid: fc.constant('01KAV9G7NGC8QHH8PXB96SRKJE'),
  eventName: fc.constant('correlog.alert'),
  body: bytes,
  severityNumber: fc.integer({ min: 1, max: 24 }),
  severityText: bytes,
  time: fc.integer({ min: 1, max: 9_000_000_000 }),
  attributes: fc.dictionary(name, attribute),
  traceId: hex(32),
  spanId: hex(16),
  traceFlags: fc.constantFrom(0, 1)
})

for (const [encoding, codec, contentType] of [
  ['otlp-json', otlpJsonCodec, 'application/json'],
  ['otlp-proto', otlpProtoCodec, 'application/x-protobuf']
] as const) {
  const { encode, contentType: said } = collectorEncoding(encoding, 'watch', '1.2.3')

  test(`an alert as ${encoding} is a request with one record that has all of it`, () => {
    expect(said).toBe(contentType)
    fc.assert(
      fc.property(alerts, alert => {
        const record = decodeOne(codec, encode(alert).toString('latin1'))
        const { body, eventName, severityNumber, severityText, traceId, spanId, traceFlags } = alert
        expect(record).toMatchObject({ body, eventName, severityNumber, severityText })
        expect(record).toMatchObject({ traceId, spanId, traceFlags, timestamp: alert.time * 1000 })
        expect(record.attributes).toEqual({ ...alert.attributes, 'log.record.uid': alert.uid })
        expect(record.resource['service.name']).toBe('watch')
        expect(record.scope).toMatchObject({ name: 'correlog', version: '1.2.3' })
      })
    )
  })
}

const ALERT: Alert = {
  uid: '01KAV9G7NGC8QHH8PXB96SRKJE',
  eventName: 'correlog.alert',
  body: 'x'.repeat(5000),
  severityNumber: 17,
  severityText: 'ERROR',
  time: 1_790_000_000,
  attributes: { 'correlog.operation.key': 'web1', 'log.record.uid': '01KAV9G7NGC8QHH8PXB96SRKJE' },
  traceId: '',
  spanId: '',
  traceFlags: 0
}

test.each(['otlp-json', 'otlp-proto', 'raw'] as const)(
  'as %s it has the key and the headers, and is cut as JSON is',
  name => {
    const encoding = collectorEncoding(name, 'watch', '1')
    const options = { topic: 'alerts', key: 'correlog.operation.key', maxBodyBytes: 2000, encoding }
    const { key, value, headers } = alertMessage(ALERT, options)
    expect(key?.toString()).toBe('web1')
    expect(String(headers?.['content-type'])).toBe(encoding.contentType)
    expect(String(headers?.['log.record.uid'])).toBe(ALERT.uid)
    expect(String(headers?.['correlog.body.bytes'])).toBe('5000')
    expect(value?.includes('x'.repeat(2000))).toBe(true)
    expect(value?.includes('x'.repeat(2001))).toBe(false)
  }
)

test('raw is the body, byte for byte', () => {
  const body = 'caf\xc3\xa9 \xff'
  const { encode, contentType } = collectorEncoding('raw', 'watch', '1')
  expect(encode({ ...ALERT, body }).toString('latin1')).toBe(body)
  expect(contentType).toBe('text/plain')
})
