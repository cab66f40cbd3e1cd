import fc from 'fast-check'
import { expect, test } from 'vitest'
import { alertToJson } from '../../../adapters/alert-json.ts'
import { jsonCodec } from '../../../adapters/codecs/json.ts'
import { lineRecord } from '../../../plugin/record.ts'
import { bytesOf, decode, decodeDead, decodeOne } from './decode.ts'

const json = jsonCodec()

test('fields of OpenTelemetry names become those of the record, all others attributes', () => {
  const line = JSON.stringify({
    timestamp: 1_700_000_000_123.5,
    observed_timestamp: '2023-11-14T22:13:21Z',
    severity_number: 17,
    severity_text: 'ERROR',
    body: 'disk full',
    trace_id: '5B8EFFF798038103D269B633813FC60C',
    span_id: 'eee19b7ec3c1b174',
    event_name: 'disk.full',
    resource: { 'service.name': 'db' },
    scope: { name: 'lib', version: '1.0', attributes: { a: 1 } },
    attributes: { 'http.status': 503, user: 'joe' },
    user: 'ann',
    nested: { list: [1, null, true] }
  })
  expect(decodeOne(json, line)).toEqual({
    id: 'f:0',
    source: 'in',
    tag: '',
    timestamp: 1_700_000_000_123.5,
    observedTimestamp: 1_700_000_001_000,
    severityNumber: 17,
    severityText: 'ERROR',
    body: 'disk full',
    traceId: '5b8efff798038103d269b633813fc60c',
    spanId: 'eee19b7ec3c1b174',
    traceFlags: 0,
    eventName: 'disk.full',
    resource: { 'service.name': 'db' },
    scope: { name: 'lib', version: '1.0', attributes: { a: 1 } },
    attributes: { user: 'joe', nested: { list: [1, null, true] }, 'http.status': 503 }
  })
})

test('an alert of ours reads back as it was', () => {
  const alert = {
    uid: '01JDEXAMPLE0000000000000000',
    eventName: 'login.failed',
    body: bytesOf('Größe "x"'),
    severityNumber: 17,
    severityText: 'ERROR',
    time: 1_700_000_000,
    attributes: {
      'log.record.uid': '01JDEXAMPLE0000000000000000',
      'correlog.application': 'app',
      'correlog.rule.number': 3,
      list: ['a']
    },
    traceId: '5b8efff798038103d269b633813fc60c',
    spanId: 'eee19b7ec3c1b174',
    traceFlags: 1
  }
  const record = decodeOne(json, alertToJson(alert))
  expect(record).toMatchObject({
    eventName: alert.eventName,
    body: alert.body,
    severityNumber: 17,
    severityText: 'ERROR',
    timestamp: 1_700_000_000_000,
    traceId: alert.traceId,
    spanId: alert.spanId,
    traceFlags: 1
  })
  expect(record.attributes).toEqual(alert.attributes)
})

test('an empty object is a record without anything', () => {
  const { body: _body, ...rest } = lineRecord('f:0', 'in', '', 1_700_000_000_000)
  expect(decodeOne(json, '{}')).toEqual({ ...rest, body: null })
})

test.each([
  ['{"message":"m","msg":"n"}', 'm', { msg: 'n' }],
  ['{"body":null,"log":"x\\n\\n"}', 'x\n', { body: null }],
  ['{"msg":"x\\n"}', 'x\n', {}],
  ['{"body":{"a":1}}', { a: 1 }, {}],
  ['{"body":""}', '', {}],
  ['{"text":"x"}', null, { text: 'x' }]
])('the body of %s', (line, body, attributes) => {
  expect(decodeOne(json, line)).toMatchObject({ body, attributes })
})

test.each([
  ['1700000000000', 1_700_000_000_000],
  ['"1700000000000.25"', 1_700_000_000_000.25],
  ['"2023-11-14T22:13:20.5Z"', 1_700_000_000_500],
  ['"2023-11-14t23:13:20+01:00"', 1_700_000_000_000],
  ['"2023-11-14 17:13:20.123456-0500"', 1_700_000_000_123.456],
  ['"1969-12-31T23:59:59.5Z"', -500],
  ['0', undefined]
])('the time %s', (text, timestamp) => {
  const record = decodeOne(json, `{"timestamp":${text}}`)
  expect(record.timestamp).toBe(timestamp)
  expect(record.attributes).toEqual({})
})

test('what has not the right form stays an attribute', () => {
  const fields = {
    timestamp: '2023-02-29T00:00:00Z',
    severity_number: 25,
    level: 30,
    trace_id: '00000000000000000000000000000000',
    span_id: 'xyz',
    event_name: '',
    resource: 'db',
    scope: { version: '1' },
    attributes: ['a']
  }
  const record = decodeOne(json, JSON.stringify(fields))
  expect(record.attributes).toEqual(fields)
  expect(record).toMatchObject({ severityNumber: 0, severityText: '', traceId: '', timestamp: undefined })
})

test.each(['1e300', '253402300800000', '"253402300800000"', '"9999-12-31T23:59:59-01:00"'])(
  'the time %s, which RFC 3339 can not write, stays an attribute',
  time => {
    const record = decodeOne(json, `{"timestamp":${time},"observed_timestamp":${time}}`)
    expect(record).toMatchObject({ timestamp: undefined, observedTimestamp: 1_700_000_000_000 })
    const kept = JSON.parse(time) as unknown
    expect(record.attributes).toEqual({ timestamp: kept, observed_timestamp: kept })
  }
)

test.each([
  ['"level":"warn"', 13, 'warn'],
  ['"level":"Error"', 17, 'Error'],
  ['"level":"INFO2"', 10, 'INFO2'],
  ['"level":"loud"', 0, 'loud'],
  ['"level":"warn","severity_number":5', 5, 'warn'],
  ['"level":"warn","severity_number":0', 13, 'warn']
])('the severity of %s', (fields, severityNumber, severityText) => {
  expect(decodeOne(json, `{${fields}}`)).toMatchObject({ severityNumber, severityText, attributes: {} })
})

test('where the fields are can be said, in objects too', () => {
  const codec = jsonCodec({
    fields: { timestamp: ['@t', 'meta.time'], body: ['meta.text'], attributes: [] },
    timestampUnit: 'ns'
  })
  const line = '{"meta":{"time":1700000000000000000,"text":"x"},"body":"y"}'
  expect(decodeOne(codec, line)).toMatchObject({
    timestamp: 1_700_000_000_000,
    body: 'x',
    attributes: { body: 'y', meta: { text: 'x' } }
  })
})

test.each([
  ['s', 1_700_000_000],
  ['us', 1_700_000_000_000_000]
] as const)('times in %s', (timestampUnit, time) => {
  const codec = jsonCodec({ timestampUnit })
  expect(decodeOne(codec, `{"timestamp":${time}}`).timestamp).toBe(1_700_000_000_000)
})

test('an integer that a number cannot hold is a string of its digits', () => {
  const line =
    '{"a":9007199254740991,"b":9007199254740993,"c":-18446744073709551615,"d":1e400,"e":"9007199254740993 x","f":0.12345678901234567890}'
  expect(decodeOne(json, line).attributes).toEqual({
    a: 9007199254740991,
    b: '9007199254740993',
    c: '-18446744073709551615',
    d: '1e400',
    e: '9007199254740993 x',
    f: 0.12345678901234568
  })
})

test('a name of an own accessor of objects is a name like any other', () => {
  const { attributes } = decodeOne(json, '{"__proto__":{"x":1},"constructor":2}')
  expect(Object.entries(attributes)).toEqual([
    ['__proto__', { x: 1 }],
    ['constructor', 2]
  ])
})

test.each([
  ['{"a":', 'json-syntax', /^not JSON: /],
  ['{"a":12345678901234567 8}', 'json-syntax', /^not JSON: /],
  ['{12345678901234567: 1}', 'json-syntax', /^not JSON: /],
  ['[1]', 'json-not-object', /^JSON, but an array; expected an object$/],
  ['null', 'json-not-object', /^JSON, but null; expected an object$/],
  ['"x"', 'json-not-object', /^JSON, but a string; expected an object$/],
  [`{"a":${'['.repeat(100)}${']'.repeat(100)}}`, 'json-depth', /^JSON nested more than 100 deep$/]
])('%s: dead with code %s', (line, code, reason) => {
  const dead = decodeDead(json, line)
  expect(dead).toMatchObject({ id: 'f:0', source: 'in', code, value: line })
  expect(dead.reason).toMatch(reason)
})

test('however deep it is nested', () => {
  expect(decodeDead(json, `{"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}`).code).toBe('json-depth')
})

test('a text of many megabytes with more values than memory is made for is refused, one with as many in a string is not', () => {
  expect(decodeDead(json, `{"a":[${'{},'.repeat(4_194_304)}{}]}`)).toMatchObject({
    code: 'json-size',
    reason: 'JSON with more than 8388608 values'
  })
  const text = '{},'.repeat(4_194_305)
  const { a, b } = decodeOne(json, `{"a":"${text}","b":"\\"{"}`).attributes
  expect([a === text, b]).toEqual([true, '"{'])
})

test('a line of white space is neither', () => {
  expect(decode(json, ' \t\r')).toEqual({ records: [], dead: [] })
})

test('strings are the UTF-8 bytes of what was written, escaped or not, and bytes that are not UTF-8 stay', () => {
  expect(decodeOne(json, bytesOf('{"a":"é😀"}')).attributes).toEqual({ a: bytesOf('é😀') })
  expect(decodeOne(json, '{"a":"\\u00e9\\ud83d\\ude00 \\u0041\\\\u00e9 \\ud83d"}').attributes).toEqual({
    a: bytesOf('é😀 A\\u00e9 \ufffd')
  })
  expect(decodeOne(json, '{"a\\u00e9":"\xff\x80"}').attributes).toEqual({ [bytesOf('aé')]: '\xff\x80' })
})

test('any JSON object comes back as its attributes, in bytes, however it was escaped', () => {
  const codec = jsonCodec({ fields: { attributes: [] } })
  const name = fc.string({ unit: 'grapheme' }).map(text => `x${text}`)
  const value = fc
    .jsonValue({ maxDepth: 3, stringUnit: 'binary' })
    .filter(item => !/[0-9]{16}/.test(JSON.stringify(item)))
  fc.assert(
    fc.property(fc.dictionary(name, value), fc.boolean(), (object, escaped) => {
      const text = JSON.stringify(object)
      const line = escaped
        ? text.replace(/[^\0-\x7f]/g, unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
        : bytesOf(text)
      const expected = JSON.parse(
        bytesOf(JSON.stringify(object).replaceAll(/\\ud[89a-f]../gi, '\ufffd'))
      ) as unknown
      expect(decodeOne(codec, line).attributes).toEqual(expected)
    })
  )
})

test('nothing makes it throw', () => {
  const nearJson = fc.array(
    fc.constantFrom(
      '{',
      '}',
      '"',
      '\\',
      '\\u',
      'd83d',
      ':',
      ',',
      '[',
      ']',
      '1e999',
      '12345678901234567',
      'a',
      '\xff',
      ' '
    )
  )
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        nearJson.map(parts => parts.join(''))
      ),
      line => {
        const { records, dead } = decode(json, line)
        expect(records.length + dead.length).toBeLessThanOrEqual(1)
      }
    )
  )
})
