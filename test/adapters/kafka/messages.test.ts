import fc from 'fast-check'
import { expect, test } from 'vitest'
import { alertToJson } from '../../../adapters/alert-json.ts'
import { JSON_ENCODING } from '../../../adapters/kafka/alert-encodings.ts'
import { alertMessage } from '../../../adapters/kafka/alert-message.ts'
import { deadLetterMessage } from '../../../adapters/kafka/dead-letter-message.ts'
import type { KafkaMessage } from '../../../adapters/kafka/client.ts'
import { formatTraceParent, parseTraceParent } from '../../../adapters/kafka/trace-parent.ts'
import type { Alert } from '../../../plugin/alert.ts'

const OPTIONS = {
  topic: 'alerts',
  key: 'correlog.operation.key',
  maxBodyBytes: 1000,
  encoding: JSON_ENCODING
}

const ALERT: Alert = {
  uid: '01KAV9G7NGC8QHH8PXB96SRKJE',
  eventName: 'correlog.alert',
  body: 'three failed logins',
  severityNumber: 17,
  severityText: 'ERROR',
  time: 1_790_000_000,
  attributes: {
    'log.record.uid': '01KAV9G7NGC8QHH8PXB96SRKJE',
    'correlog.application': 'watch',
    'correlog.task': 'logs/3',
    'correlog.rule.file': 'ssh.sec',
    'correlog.rule.number': 0,
    'correlog.description': 'failed logins from 192.0.2.7',
    'correlog.match.host': '192.0.2.7'
  },
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  traceFlags: 1
}

function shown({ key, value, headers = {} }: KafkaMessage): {
  key: string | undefined
  value: string
  headers: Record<string, string>
} {
  return {
    key: key?.toString('latin1'),
    value: value?.toString('latin1') ?? '',
    headers: Object.fromEntries(Object.entries(headers).map(([name, each]) => [name, String(each)]))
  }
}

function withAttributes(more: Alert['attributes']): Alert {
  return { ...ALERT, attributes: { ...ALERT.attributes, ...more } }
}

test('an alert is JSON, with rule, uid and trace in headers', () => {
  const { value, headers } = shown(alertMessage(ALERT, OPTIONS))
  expect(value).toBe(alertToJson(ALERT))
  expect(headers).toEqual({
    'content-type': 'application/json',
    'log.record.uid': '01KAV9G7NGC8QHH8PXB96SRKJE',
    'correlog.application': 'watch',
    'correlog.task': 'logs/3',
    'correlog.rule.file': 'ssh.sec',
    'correlog.rule.number': '0',
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
  })
})

test.each<[string, Alert, string | undefined, string | undefined]>([
  [
    'the operation key',
    withAttributes({ 'correlog.operation.key': 'ssh.sec | 0 | x' }),
    OPTIONS.key,
    'ssh.sec | 0 | x'
  ],
  [
    'the name of its context',
    withAttributes({ 'correlog.context.name': 'HOST_DOWN' }),
    OPTIONS.key,
    'HOST_DOWN'
  ],
  ['its description', ALERT, OPTIONS.key, 'failed logins from 192.0.2.7'],
  ['the attribute that is named', ALERT, 'correlog.match.host', '192.0.2.7'],
  ['nothing where it has not the attribute that is named', ALERT, 'correlog.match.user', undefined],
  ['nothing where that is wanted', ALERT, undefined, undefined]
])('its key is %s', (_name, alert, key, expected) => {
  expect(shown(alertMessage(alert, { ...OPTIONS, key })).key).toBe(expected)
})

test('a long body is cut, not within a character, and a header says how long it was', () => {
  const body = `${'x'.repeat(999)}\xc3\xa4 and more`
  const { value, headers } = shown(alertMessage({ ...ALERT, body }, OPTIONS))
  expect((JSON.parse(value) as { body: string }).body).toBe('x'.repeat(999))
  expect(headers['correlog.body.bytes']).toBe(String(body.length))
})

test('what the rules have cut already keeps the length that it had', () => {
  const alert = { ...withAttributes({ 'correlog.body.bytes': 5_000_000 }), body: 'x'.repeat(5000) }
  expect(shown(alertMessage(alert, OPTIONS)).headers['correlog.body.bytes']).toBe('5000000')
})

test('whatever the bytes of a body, the value is no longer than twice as long', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 900, maxLength: 5000 }), fc.nat(255), (bytes, filler) => {
      for (const body of [Buffer.from(bytes).toString('latin1'), String.fromCharCode(filler).repeat(4000)]) {
        const { value } = shown(alertMessage({ ...ALERT, body, attributes: {} }, OPTIONS))
        expect(value.length).toBeLessThanOrEqual(2000)
        expect(() => JSON.parse(value) as unknown).not.toThrow()
      }
    }),
    { seed: 3, numRuns: 50 }
  )
})

test('a dead record goes on under its key, with the headers of Kafka Connect', () => {
  const record = {
    id: 'logs/3/4711',
    source: 'logs',
    reason: 'JSON that ends too early',
    code: 'json-syntax',
    value: '{"message":\xff',
    key: 'k'
  }
  const letter = { type: 'record', record, time: 0 } as const
  expect(shown(deadLetterMessage(letter, { ...OPTIONS, topic: 'dead', application: 'watch' }))).toEqual({
    key: 'k',
    value: '{"message":\xff',
    headers: {
      '__connect.errors.topic': 'logs',
      '__connect.errors.partition': '3',
      '__connect.errors.offset': '4711',
      '__connect.errors.connector.name': 'watch',
      '__connect.errors.stage': 'VALUE_CONVERTER',
      '__connect.errors.exception.class.name': 'json-syntax',
      '__connect.errors.exception.message': 'JSON that ends too early',
      'correlog.source': 'logs',
      'correlog.record.id': 'logs/3/4711'
    }
  })
})

test('a long dead value is cut, and a header says how long it was', () => {
  const record = { id: 'logs/0/1', source: 'logs', reason: 'long', code: 'too-long', value: 'x'.repeat(3000) }
  const options = { ...OPTIONS, topic: 'dead', application: 'watch' }
  const cut = shown(deadLetterMessage({ type: 'record', record, time: 0 }, options))
  expect([cut.value.length, cut.headers['correlog.value.bytes']]).toEqual([1000, '3000'])
  const head = { ...record, value: 'x', size: 9_000_000 }
  const known = shown(deadLetterMessage({ type: 'record', record: head, time: 0 }, options))
  expect([known.value, known.headers['correlog.value.bytes']]).toEqual(['x', '9000000'])
})

test('an alert that a sink refused is a dead letter that says which', () => {
  const letter = { type: 'alert', alert: ALERT, sink: 'pager', reason: 'too long', time: 0 } as const
  const { value, headers } = shown(
    deadLetterMessage(letter, { ...OPTIONS, topic: 'dead', application: 'watch' })
  )
  expect(value).toBe(alertToJson(ALERT))
  expect(headers).toMatchObject({
    'correlog.sink': 'pager',
    '__connect.errors.stage': 'TASK_PUT',
    '__connect.errors.exception.message': 'too long'
  })
})

test.each([
  ['00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', true],
  ['01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more', true],
  ['00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more', false],
  ['ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', false],
  ['00-00000000000000000000000000000000-b7ad6b7169203331-01', false],
  ['00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01', false],
  ['00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01', false],
  ['', false]
])('traceparent %j is one: %s', (text, isOne) => {
  const parsed = parseTraceParent(text)
  expect(parsed !== undefined).toBe(isOne)
  if (text.startsWith('00') && parsed !== undefined) expect(formatTraceParent(parsed)).toBe(text)
})
