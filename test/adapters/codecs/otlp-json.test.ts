import fc from 'fast-check'
import { expect, test } from 'vitest'
import { otlpJsonCodec } from '../../../adapters/codecs/otlp-json.ts'
import type { RecordValue } from '../../../plugin/record.ts'
import { bytesOf, decode, decodeDead, decodeOne } from './decode.ts'

// opentelemetry-proto, examples/logs.json and examples/events.json, each in one line.
const LOGS =
  '{"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"my.service"}}]},"scopeLogs":[{"scope":{"name":"my.library","version":"1.0.0","attributes":[{"key":"my.scope.attribute","value":{"stringValue":"some scope attribute"}}]},"logRecords":[{"timeUnixNano":"1544712660300000000","observedTimeUnixNano":"1544712660300000000","severityNumber":10,"severityText":"Information","traceId":"5B8EFFF798038103D269B633813FC60C","spanId":"EEE19B7EC3C1B174","body":{"stringValue":"Example log record"},"attributes":[{"key":"string.attribute","value":{"stringValue":"some string"}},{"key":"boolean.attribute","value":{"boolValue":true}},{"key":"int.attribute","value":{"intValue":"10"}},{"key":"double.attribute","value":{"doubleValue":637.704}},{"key":"array.attribute","value":{"arrayValue":{"values":[{"stringValue":"many"},{"stringValue":"values"}]}}},{"key":"map.attribute","value":{"kvlistValue":{"values":[{"key":"some.map.key","value":{"stringValue":"some value"}}]}}}]}]}]}]}'
const EVENTS =
  '{"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"my.service"}}]},"scopeLogs":[{"scope":{"name":"my.library","version":"1.0.0"},"logRecords":[{"eventName":"browser.page_view","timeUnixNano":"1544712660300000000","observedTimeUnixNano":"1544712660300000000","severityNumber":9,"attributes":[{"key":"event.attribute","value":{"stringValue":"some event attribute"}}]}]}]}]}'

test('the log record of the protocol’s examples', () => {
  expect(decodeOne(otlpJsonCodec, LOGS)).toEqual({
    id: 'f:0/0',
    source: 'in',
    tag: '',
    timestamp: 1_544_712_660_300,
    observedTimestamp: 1_544_712_660_300,
    severityNumber: 10,
    severityText: 'Information',
    traceId: '5b8efff798038103d269b633813fc60c',
    spanId: 'eee19b7ec3c1b174',
    traceFlags: 0,
    eventName: '',
    body: 'Example log record',
    attributes: {
      'string.attribute': 'some string',
      'boolean.attribute': true,
      'int.attribute': 10,
      'double.attribute': 637.704,
      'array.attribute': ['many', 'values'],
      'map.attribute': { 'some.map.key': 'some value' }
    },
    resource: { 'service.name': 'my.service' },
    scope: {
      name: 'my.library',
      version: '1.0.0',
      attributes: { 'my.scope.attribute': 'some scope attribute' }
    }
  })
})

test('the event of the protocol’s examples', () => {
  expect(decodeOne(otlpJsonCodec, EVENTS)).toMatchObject({
    eventName: 'browser.page_view',
    body: null,
    severityNumber: 9,
    attributes: { 'event.attribute': 'some event attribute' }
  })
})

/** A request with some log records. */
function request(...logRecords: unknown[]): string {
  return bytesOf(JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] }))
}

test('records keep their order and are numbered over the whole line', () => {
  const group = (...names: string[]) => ({ logRecords: names.map(name => ({ body: { stringValue: name } })) })
  const line = JSON.stringify({
    resourceLogs: [{ scopeLogs: [group('a', 'b'), group('c')] }, { scopeLogs: [group('d')] }]
  })
  const { records } = decode(otlpJsonCodec, line)
  expect(records.map(record => [record.id, record.body])).toEqual([
    ['f:0/0', 'a'],
    ['f:0/1', 'b'],
    ['f:0/2', 'c'],
    ['f:0/3', 'd']
  ])
})

test('what is unknown is ignored, and what has not the right form says nothing', () => {
  const record = {
    traceId: 'W47/95gDgQPSabYzgT/GDA==',
    spanId: '0000000000000000',
    severityNumber: 'SEVERITY_NUMBER_INFO',
    timeUnixNano: '0',
    observedTimeUnixNano: 1.5,
    flags: 257,
    droppedAttributesCount: 3,
    attributes: [{ value: { stringValue: 'no key' } }, 3],
    some_future_field: { a: 1 }
  }
  expect(decodeOne(otlpJsonCodec, request(record))).toMatchObject({
    traceId: '',
    spanId: '',
    severityNumber: 0,
    timestamp: undefined,
    observedTimestamp: 1_700_000_000_000,
    traceFlags: 1,
    attributes: {},
    scope: undefined
  })
})

test.each<[string, unknown, RecordValue]>([
  ['int64 as a number', { intValue: 5 }, 5],
  ['int64 beyond 2^53', { intValue: '-9223372036854775808' }, '-9223372036854775808'],
  ['a double that is an integer', { doubleValue: 3 }, 3],
  ['a double as a string', { doubleValue: '2.5' }, 2.5],
  ['no number', { doubleValue: 'NaN' }, 'NaN'],
  ['no double', { doubleValue: '-Infinity' }, '-Infinity'],
  ['bytes', { bytesValue: '/wCA' }, '\xff\0\x80'],
  ['bytes with the other alphabet', { bytesValue: '_wCA' }, '\xff\0\x80'],
  ['an empty list', { arrayValue: {} }, []],
  ['an empty map', { kvlistValue: {} }, {}],
  ['text', { stringValue: 'é' }, bytesOf('é')],
  ['an empty string', { stringValue: '' }, ''],
  ['false', { boolValue: false }, false],
  ['nothing', {}, null],
  ['a kind that is yet to come', { futureValue: 3 }, null],
  [
    'a map in a list',
    { arrayValue: { values: [{ kvlistValue: { values: [{ key: 'a', value: { intValue: '1' } }] } }] } },
    [{ a: 1 }]
  ]
])('a value: %s', (_name, body, expected) => {
  expect(decodeOne(otlpJsonCodec, request({ body })).body).toEqual(expected)
})

test('times keep what a millisecond’s fraction can hold, as strings and as numbers', () => {
  const record = { timeUnixNano: '1544712660300000000', observedTimeUnixNano: '1544712660300250000' }
  const asStrings = request(record)
  const asNumbers = asStrings.replace(/"(\d{19})"/g, '$1')
  for (const line of [asStrings, asNumbers]) {
    expect(decodeOne(otlpJsonCodec, line)).toMatchObject({
      timestamp: 1_544_712_660_300,
      observedTimestamp: 1_544_712_660_300.25
    })
  }
})

test.each(['{}', '{"resourceLogs":null}', '{"resourceLogs":[{"scopeLogs":[{}]},{}]}', '  '])(
  '%s holds no record and no fault',
  line => {
    expect(decode(otlpJsonCodec, line)).toEqual({ records: [], dead: [] })
  }
)

test.each([
  ['{', 'json-syntax', /^not JSON/],
  ['[]', 'otlp-structure', /^the line is \[\]; expected an object$/],
  ['{"resourceSpans":[]}', 'otlp-structure', /^"resourceSpans" and no "resourceLogs"; expected logs$/],
  ['{"resource_logs":[{}]}', 'otlp-structure', /^"resource_logs" and no "resourceLogs"; expected logs$/],
  ['{"resourceLogs":{}}', 'otlp-structure', /^resourceLogs is no array$/],
  [
    '{"resourceLogs":[{"scopeLogs":[{},{"logRecords":[{},5]}]}]}',
    'otlp-structure',
    /^resourceLogs\[0\]\.scopeLogs\[1\]\.logRecords\[1\] is 5; expected an object$/
  ],
  [
    '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":"GET /cart"}]}]}]}',
    'otlp-structure',
    /^resourceLogs\[0\]\.scopeLogs\[0\]\.logRecords\[0\]\.body is "GET \/cart"; expected an AnyValue \(an object\)$/
  ],
  [
    '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"attributes":{"user":"joe"}}]}]}]}',
    'otlp-structure',
    /logRecords\[0\]\.attributes is no array$/
  ],
  [
    '{"resourceLogs":[{"resource":{"attributes":[{"key":"a","value":{"arrayValue":{"values":[5]}}}]},"scopeLogs":[]}]}',
    'otlp-structure',
    /^resourceLogs\[0\]\.resource\.attributes\[0\]\.value\.arrayValue\.values\[0\] is 5; expected an AnyValue/
  ]
])('%s is dead as a whole', (line, code, reason) => {
  const dead = decodeDead(otlpJsonCodec, line)
  expect(dead).toMatchObject({ code, value: line })
  expect(dead.reason).toMatch(reason)
})

test('nothing makes it throw', () => {
  const { value } = fc.letrec(tie => ({
    value: fc.oneof(
      { maxDepth: 6 },
      fc.constantFrom(null, true, 0, -1, 1e300, '', 'x', '5', '18446744073709551615'),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(
        fc.constantFrom(
          'resourceLogs',
          'scopeLogs',
          'logRecords',
          'resource',
          'scope',
          'attributes',
          'key',
          'value',
          'body',
          'stringValue',
          'intValue',
          'kvlistValue',
          'arrayValue',
          'bytesValue',
          'values',
          'timeUnixNano',
          'traceId',
          'flags',
          '__proto__'
        ),
        tie('value'),
        { maxKeys: 4 }
      )
    )
  }))
  fc.assert(
    fc.property(value, item => {
      const { records, dead } = decode(
        otlpJsonCodec,
        request(item).replace('"logRecords":[null]', '"logRecords":[]')
      )
      expect(records.length + dead.length).toBeLessThanOrEqual(1)
      const other = decode(otlpJsonCodec, bytesOf(JSON.stringify(item)))
      expect(other.dead.length).toBeLessThanOrEqual(1)
    })
  )
})
