import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type LogsRequest, RequestFault } from '../../../adapters/otlp/logs-request.ts'
import { parseLogsRequest } from '../../../adapters/otlp/parse-logs-request.ts'
import { readLogsRequest } from '../../../adapters/otlp/read-logs-request.ts'
import { encodeRequest } from './protobuf.ts'

const CONTEXT = { source: 'in', id: 'otlp:1', observedTimestamp: 1_700_000_000_000 }

function read(request: Readonly<Record<string, unknown>>): LogsRequest {
  return readLogsRequest(encodeRequest(request), CONTEXT)
}

function parse(request: Readonly<Record<string, unknown>>): LogsRequest {
  return parseLogsRequest(Buffer.from(JSON.stringify(request)), CONTEXT)
}

const text = (stringValue: string) => ({ stringValue })

// opentelemetry-proto, examples/logs.json and events.json.
const EXAMPLE = {
  resourceLogs: [
    {
      resource: { attributes: [{ key: 'service.name', value: text('my.service') }] },
      scopeLogs: [
        {
          scope: {
            name: 'my.library',
            version: '1.0.0',
            attributes: [{ key: 'my.scope.attribute', value: text('some scope attribute') }]
          },
          logRecords: [
            {
              timeUnixNano: '1544712660300250000',
              observedTimeUnixNano: '1544712660300000000',
              severityNumber: 10,
              severityText: 'Information',
              traceId: '5b8efff798038103d269b633813fc60c',
              spanId: 'eee19b7ec3c1b174',
              flags: 257,
              eventName: 'browser.page_view',
              body: text('Example log record, café'),
              attributes: [
                { key: 'string.attribute', value: text('some string') },
                { key: 'boolean.attribute', value: { boolValue: true } },
                { key: 'int.attribute', value: { intValue: '10' } },
                { key: 'large.attribute', value: { intValue: '-9223372036854775808' } },
                { key: 'negative.attribute', value: { intValue: '-5' } },
                { key: 'double.attribute', value: { doubleValue: 637.704 } },
                { key: 'array.attribute', value: { arrayValue: { values: [text('many'), text('')] } } },
                {
                  key: 'map.attribute',
                  value: { kvlistValue: { values: [{ key: 'some.map.key', value: text('some value') }] } }
                },
                { key: 'bytes.attribute', value: { bytesValue: '/wCA' } },
                { key: '__proto__', value: { boolValue: false } }
              ]
            }
          ]
        }
      ]
    }
  ]
}

test('the records of the protocol’s examples', () => {
  const { records, dead } = read(EXAMPLE)
  expect(dead).toEqual([])
  expect(records).toHaveLength(1)
  const [record] = records
  expect(record).toMatchObject({
    id: 'otlp:1/0',
    source: 'in',
    tag: '',
    timestamp: 1_544_712_660_300.25,
    observedTimestamp: 1_544_712_660_300,
    severityNumber: 10,
    severityText: 'Information',
    traceId: '5b8efff798038103d269b633813fc60c',
    spanId: 'eee19b7ec3c1b174',
    traceFlags: 1,
    eventName: 'browser.page_view',
    body: 'Example log record, caf\xc3\xa9',
    resource: { 'service.name': 'my.service' },
    scope: {
      name: 'my.library',
      version: '1.0.0',
      attributes: { 'my.scope.attribute': 'some scope attribute' }
    }
  })
  expect(Object.entries(record?.attributes ?? {})).toEqual([
    ['string.attribute', 'some string'],
    ['boolean.attribute', true],
    ['int.attribute', 10],
    ['large.attribute', '-9223372036854775808'],
    ['negative.attribute', -5],
    ['double.attribute', 637.704],
    ['array.attribute', ['many', '']],
    ['map.attribute', { 'some.map.key': 'some value' }],
    ['bytes.attribute', '\xff\0\x80'],
    ['__proto__', false]
  ])
})

test('what a record does not say is as in JSON', () => {
  const request = { resourceLogs: [{ scopeLogs: [{ logRecords: [{}, { severityNumber: 25 }] }] }] }
  expect(read(request)).toEqual(parse(request))
  expect(read(request).records[0]).toMatchObject({
    body: null,
    severityNumber: 0,
    timestamp: undefined,
    observedTimestamp: 1_700_000_000_000,
    traceId: '',
    scope: undefined
  })
})

test('an empty request has no records', () => {
  expect(readLogsRequest(Buffer.alloc(0), CONTEXT)).toEqual({ records: [], dead: [] })
})

/** A field with bytes. */
function field(number: number, ...content: readonly Buffer[]): Buffer {
  const bytes = Buffer.concat(content)
  return Buffer.concat([Buffer.from([number * 8 + 2, ...varint(bytes.length)]), bytes])
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [128 + (value % 128), ...varint(Math.floor(value / 128))]
}

test('the resource and the scope may stand behind what belongs to them', () => {
  const record = field(2, field(5, field(1, Buffer.from('x'))))
  const scope = field(1, field(1, Buffer.from('lib')))
  const resource = field(1, field(1, field(1, Buffer.from('k')), field(2, field(1, Buffer.from('v')))))
  const { records } = readLogsRequest(field(1, field(2, record, scope), resource), CONTEXT)
  expect(records).toMatchObject([{ body: 'x', resource: { k: 'v' }, scope: { name: 'lib' } }])
})

test('fields that are unknown, or have another form, are passed over', () => {
  const unknown = Buffer.concat([
    field(15, Buffer.from('new')),
    Buffer.from([13 * 8, 5, 14 * 8 + 5, 1, 2, 3, 4])
  ])
  const wrongForm = Buffer.from([5 * 8, 7, 1 * 8, 1])
  const record = field(2, unknown, wrongForm, field(12, Buffer.from('event')))
  const { records } = readLogsRequest(field(1, field(2, record), unknown), CONTEXT)
  expect(records).toMatchObject([{ eventName: 'event', body: null, timestamp: undefined }])
})

test('text that is no UTF-8 is kept as it is', () => {
  const record = field(2, field(5, field(1, Buffer.from([0xff, 0x80]))))
  expect(readLogsRequest(field(1, field(2, record)), CONTEXT).records[0]?.body).toBe('\xff\x80')
})

test('a record that is damaged is dead, and those around it are read', () => {
  const good = field(2, field(5, field(1, Buffer.from('x'))))
  const damaged = field(2, Buffer.from([5 * 8 + 2, 100, 1]))
  const { records, dead } = readLogsRequest(field(1, field(2, good, damaged, good)), CONTEXT)
  expect(records.map(({ id }) => id)).toEqual(['otlp:1/0', 'otlp:1/2'])
  expect(dead).toEqual([
    {
      id: 'otlp:1/1',
      source: 'in',
      code: 'otlp-record',
      reason: 'not a LogRecord: 100 bytes announced, 1 there',
      value: '\x2a\x64\x01'
    }
  ])
})

/** A list in a list … */
function nested(depth: number): Buffer {
  return depth === 0 ? field(1, Buffer.from('x')) : field(5, field(1, nested(depth - 1)))
}

test('values nested too deep make their record dead, not the request', () => {
  const good = field(2, field(5, field(1, Buffer.from('x'))))
  const request = field(1, field(2, good, field(2, field(5, nested(60))), good))
  const { records, dead } = readLogsRequest(request, CONTEXT)
  expect(records.map(({ id }) => id)).toEqual(['otlp:1/0', 'otlp:1/2'])
  expect(dead.map(({ reason }) => reason)).toEqual(['not a LogRecord: messages nested more than 100 deep'])
})

test.each([
  ['a length beyond the end', [0x0a, 0x05, 0x01]],
  ['a field number 0', [0x00, 0x01]],
  ['a group that has no end', [0x0b]],
  ['a varint that has no end', [0x08, 0xff, 0xff]],
  ['text', [...Buffer.from('{"resourceLogs":[]}')]]
])('%s is no request', (_name, bytes) => {
  expect(() => readLogsRequest(Buffer.from(bytes), CONTEXT)).toThrow(RequestFault)
})

const EMPTY = Buffer.alloc(2 * 1024 * 1024, Buffer.from([2 * 8 + 2, 0]))

test('as many records as a request may have are read, one more is refused, before they take the memory', () => {
  const { records } = readLogsRequest(field(1, field(2, EMPTY)), CONTEXT)
  expect(records).toHaveLength(1_048_576)
  const reason = 'a request with more than 1048576 log records in it'
  const more = field(1, field(2, EMPTY, field(2)))
  expect(() => readLogsRequest(more, CONTEXT)).toThrow(new RequestFault(reason))
  const split = Buffer.concat([field(1, field(2, EMPTY)), field(1, field(2, field(2)))])
  expect(() => readLogsRequest(split, CONTEXT)).toThrow(new RequestFault(reason))
  const json = { resourceLogs: [{ scopeLogs: [{ logRecords: Array<object>(1_048_577).fill({}) }] }] }
  expect(() => parse(json)).toThrow(new RequestFault('the request has more than 1048576 log records'))
})

test('a record with more values than memory is made for is no dead one: its request is refused', () => {
  const values = Buffer.alloc(2 * 4_200_000, Buffer.from([1 * 8 + 2, 0]))
  const request = field(1, field(2, field(2, field(5, field(5, values)))))
  const reason = 'a request with more than 4194304 messages of protobuf in it'
  expect(() => readLogsRequest(request, CONTEXT)).toThrow(new RequestFault(reason))
})

const anyValue = fc.letrec(tie => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.record({ stringValue: fc.string({ unit: 'grapheme' }) }),
    fc.record({ boolValue: fc.boolean() }),
    fc.record({ intValue: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String) }),
    fc.record({ intValue: fc.maxSafeInteger() }),
    // JSON.stringify writes -0 as 0.
    fc.record({ doubleValue: fc.double({ noNaN: true, noDefaultInfinity: true }).map(each => each + 0) }),
    fc.record({ bytesValue: fc.uint8Array().map(bytes => Buffer.from(bytes).toString('base64')) }),
    fc.record({ arrayValue: fc.record({ values: fc.array(tie('value'), { maxLength: 4 }) }) }),
    fc.record({ kvlistValue: fc.record({ values: tie('keyValues') }) })
  ),
  keyValues: fc.array(fc.record({ key: fc.string({ minLength: 1 }), value: tie('value') }), { maxLength: 4 })
}))

const nanoseconds = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String)
const hex = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }).map(bytes => Buffer.from(bytes).toString('hex'))

const logRecord = fc.record(
  {
    timeUnixNano: nanoseconds,
    observedTimeUnixNano: nanoseconds,
    severityNumber: fc.nat(30),
    severityText: fc.string(),
    body: anyValue.value,
    attributes: anyValue.keyValues,
    flags: fc.nat(2 ** 32 - 1),
    traceId: hex(16),
    spanId: hex(8),
    eventName: fc.string()
  },
  { requiredKeys: [] }
)

const request = fc.record({
  resourceLogs: fc.array(
    fc.record(
      {
        resource: fc.record({ attributes: anyValue.keyValues }),
        scopeLogs: fc.array(
          fc.record(
            {
              scope: fc.record({ name: fc.string(), version: fc.string(), attributes: anyValue.keyValues }),
              logRecords: fc.array(logRecord, { maxLength: 4 })
            },
            { requiredKeys: ['logRecords'] }
          ),
          { maxLength: 3 }
        )
      },
      { requiredKeys: ['scopeLogs'] }
    ),
    { maxLength: 3 }
  )
})

test('protobuf says what JSON says', () => {
  const says = fc.property(request, each => {
    expect(read(each)).toEqual(parse(each))
  })
  fc.assert(says, { numRuns: 500 })
})

test('damaged requests are refused or read, and nothing else', () => {
  const damage = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), {
    minLength: 1,
    maxLength: 8
  })
  fc.assert(
    fc.property(request, damage, fc.nat(), (each, changes, cut) => {
      const bytes = encodeRequest(each)
      for (const [at, value] of changes) if (bytes.length > 0) bytes[at % bytes.length] = value
      const some = bytes.subarray(0, bytes.length - (cut % 3 === 0 ? cut % (bytes.length + 1) : 0))
      try {
        const { records, dead } = readLogsRequest(some, CONTEXT)
        const ids = [...records, ...dead].map(({ id }) => id)
        expect(new Set(ids).size).toBe(ids.length)
      } catch (error) {
        expect(error).toBeInstanceOf(RequestFault)
      }
    }),
    { numRuns: 2000 }
  )
})
