import { expect, test } from 'vitest'
import type { KafkaRecord } from '../../../adapters/kafka/client.ts'
import { recordDecoder, type RecordOptions } from '../../../adapters/kafka/records.ts'
import { jsonCodec } from '../../../adapters/codecs/json.ts'
import type { Decoded } from '../../../adapters/codecs/codec.ts'

const TRACE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

function decode(record: Partial<KafkaRecord>, options: Partial<RecordOptions> = {}): Decoded {
  const records = [
    { offset: 7, timestamp: 1000, key: null, value: Buffer.from('hello'), headers: {}, ...record }
  ]
  return recordDecoder({
    source: 'input',
    codec: undefined,
    maxBytes: 200,
    needsBody: true,
    timestamp: 'kafka',
    now: () => 5000,
    ...options
  })({ topic: 'logs', partition: 3 }, records)
}

const json = { codec: jsonCodec() }

test.each([
  ['a line', {}, 'hello'],
  ['JSON', json, { message: 'hello' }]
])('%s has the time, key, headers and trace of its record', (_name, options, value) => {
  const { records, dead } = decode(
    {
      key: Buffer.from([0xff, 0x41]),
      value: Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)),
      headers: {
        traceparent: Buffer.from(TRACE),
        'x-host': Buffer.from('web1'),
        twice: ['a', 'b'].map(each => Buffer.from(each))
      }
    },
    options
  )
  expect(dead).toEqual([])
  expect(JSON.parse(JSON.stringify(records[0]))).toEqual({
    id: 'logs/3/7',
    body: 'hello',
    attributes: {
      'messaging.kafka.message.key': '\xffA',
      'messaging.kafka.message.header.traceparent': TRACE,
      'messaging.kafka.message.header.x-host': 'web1',
      'messaging.kafka.message.header.twice': ['a', 'b']
    },
    resource: {},
    severityNumber: 0,
    severityText: '',
    timestamp: 1000,
    observedTimestamp: 5000,
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: 'b7ad6b7169203331',
    traceFlags: 1,
    eventName: '',
    source: 'input',
    tag: 'logs'
  })
})

test('what a value says itself wins, but for the time', () => {
  const value = Buffer.from(
    JSON.stringify({
      message: 'hello',
      timestamp: 2000,
      trace_id: 'a'.repeat(32),
      attributes: { 'messaging.kafka.message.key': 'own' }
    })
  )
  const given = { key: Buffer.from('k'), value, headers: { traceparent: Buffer.from(TRACE) } }
  expect(decode(given, json).records).toMatchObject([
    { timestamp: 1000, traceId: 'a'.repeat(32), attributes: { 'messaging.kafka.message.key': 'own' } }
  ])
  expect(decode(given, { ...json, timestamp: 'codec' }).records).toMatchObject([{ timestamp: 2000 }])
})

test.each([
  ['kafka', -1, 2000],
  ['codec', 1000, 1000]
] as const)('of two times the one that there is counts: %s', (timestamp, ofKafka, expected) => {
  const value = Buffer.from(
    JSON.stringify({ message: 'm', ...(timestamp === 'kafka' && { timestamp: 2000 }) })
  )
  const { records } = decode({ timestamp: ofKafka, value }, { ...json, timestamp })
  expect(records).toMatchObject([{ timestamp: expected }])
})

test('a line without a time has none', () => {
  expect(decode({ timestamp: -1 }).records[0]?.timestamp).toBeUndefined()
})

test('bytes are kept as they are', () => {
  expect(decode({ value: Buffer.from([0, 0xff, 0xc3, 0xa4]) }).records[0]?.body).toBe('\0\xff\xc3\xa4')
})

test.each<[string, Partial<KafkaRecord>, Partial<RecordOptions>, object]>([
  [
    'no value',
    { value: null },
    {},
    { code: 'null-value', value: '', reason: 'no value (a tombstone); expected one' }
  ],
  [
    'one that is too long',
    { value: Buffer.alloc(250, 'x') },
    {},
    {
      code: 'too-long',
      value: 'x'.repeat(200),
      size: 250,
      reason: 'value of 250 bytes; expected at most 200 (maxLineBytes)'
    }
  ],
  ['bad JSON', { value: Buffer.from('{') }, json, { code: 'json-syntax', value: '{' }],
  ['JSON without a body', { value: Buffer.from('{"a":1}') }, json, { code: 'no-body', value: '{"a":1}' }]
])('%s is dead, under its key', (_name, record, options, expected) => {
  const { records, dead } = decode({ key: Buffer.from('k'), ...record }, options)
  expect(records).toEqual([])
  expect(dead).toMatchObject([{ id: 'logs/3/7', source: 'input', key: 'k', ...expected }])
})

test('JSON without a body is a record where that is wanted', () => {
  const { records } = decode({ value: Buffer.from('{"a":1}') }, { ...json, needsBody: false })
  expect(records).toMatchObject([{ body: null, attributes: { a: 1 } }])
})
