import { expect, test } from 'vitest'
import type { KafkaRecord } from '../../../adapters/kafka/client.ts'
import { recordDecoder, type RecordOptions } from '../../../adapters/kafka/records.ts'
import { jsonCodec } from '../../../adapters/codecs/json.ts'
import type { Codec, Decoded } from '../../../adapters/codecs/codec.ts'
import type { LogRecord } from '../../../plugin/record.ts'
import { isOwnAlert } from '../../../plugin/stage/loop-protection.ts'

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
    ...options
  })({ topic: 'logs', partition: 3 }, records, 5000)
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

test('what is decoded late is what is decoded at once', () => {
  const atOnce: Codec = (bytes, context, into) => json.codec(bytes, context, into)
  const value = Buffer.from(
    JSON.stringify({
      timestamp: 2000,
      severity_text: 'ERROR',
      severity_number: 17,
      event_name: 'request',
      message: 'hello',
      trace_id: 'a'.repeat(32),
      span_id: 'b'.repeat(16),
      trace_flags: 1,
      other: [1],
      attributes: { 'http.status': 503 },
      resource: { 'service.name': 'shop' },
      scope: { name: 'web' }
    })
  )
  const given = { key: Buffer.from('k'), value, headers: { 'x-host': Buffer.from('web1') } }
  for (const timestamp of ['kafka', 'codec'] as const) {
    const [late] = decode(given, { ...json, timestamp, maxBytes: 1000 }).records
    const [whole] = decode(given, { codec: atOnce, timestamp, maxBytes: 1000 }).records
    for (const [name, field] of Object.entries(whole as LogRecord)) {
      expect([name, late?.[name as keyof LogRecord]]).toEqual([name, field])
    }
    expect(JSON.stringify(late)).toBe(JSON.stringify(whole))
  }
})

test.each<[string, string, Partial<RecordOptions>, boolean]>([
  ['an alert', '{"body":"b","attributes":{"correlog.application":"app"}}', json, true],
  ['one with the name further out', '{"body":"b","correlog.application":"app"}', json, true],
  ['one of another application', '{"body":"b","attributes":{"correlog.application":"other"}}', json, false],
  ['one with a name as long', '{"body":"b","attributes":{"correlog.description":"app"}}', json, false],
  ['a line that says so', '"correlog.application":"app"', {}, false]
])('whether a record is an own alert: %s', (_what, text, options, expected) => {
  const { records } = decode({ value: Buffer.from(text) }, options)
  expect(records.map(record => isOwnAlert(record, 'app'))).toEqual([expected])
})

test('the attributes that Kafka gives are attributes before they are made', () => {
  const [record] = decode({ key: Buffer.from('k'), headers: { 'x-host': Buffer.from('web1') } }).records
  const names = ['key', 'header.x-host', 'header.x-other'].map(name => `messaging.kafka.message.${name}`)
  expect(names.map(name => record?.late?.mayHaveAttribute(name))).toEqual([true, true, false])
})

test('where most records are asked for more than their body they are decoded at once, and it is tried again', () => {
  const decoder = recordDecoder({
    source: 'input',
    ...json,
    maxBytes: 200,
    needsBody: true,
    timestamp: 'kafka'
  })
  const given = {
    offset: 0,
    timestamp: 1000,
    key: null,
    headers: {},
    value: Buffer.from('{"body":"b","a":1}')
  }
  const batch = (): readonly LogRecord[] =>
    decoder({ topic: 'logs', partition: 3 }, [given, given, given], 5000).records
  /** Whether records are late, of batches of which so many are asked for more. */
  const lateness = (asked: number): boolean => {
    const records = batch()
    for (const { attributes } of records.slice(0, asked)) expect(attributes).toEqual({ a: 1 })
    return records[0]?.late !== undefined
  }
  expect([1, 1, 2].map(lateness)).toEqual([true, true, true])
  const atOnce = Array.from({ length: 15 }, () => lateness(0))
  expect(atOnce).toEqual(atOnce.map(() => false))
  expect([0, 0].map(lateness)).toEqual([true, true])
})

test('a late record lets go of what it was read with once it is decoded', () => {
  const [record] = decode({ value: Buffer.from('{"body":"b","a":1}') }, json).records
  expect(record?.late?.mayHaveAttribute('a')).toBe(true)
  const parts = ['attributes', 'id', 'source', 'tag', 'timestamp', 'observedTimestamp', 'body'] as const
  expect(parts.map(name => record?.[name])).toEqual([{ a: 1 }, 'logs/3/7', 'input', 'logs', 1000, 5000, 'b'])
  expect(['a', 'b'].map(name => record?.late?.mayHaveAttribute(name))).toEqual([true, false])
})
