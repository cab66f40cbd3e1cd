import { expect, test } from 'vitest'
import { otlpProtoCodec } from '../../../../adapters/codecs/otlp-proto.ts'
import type { KafkaMessage, KafkaRecord } from '../../../../adapters/kafka/client.ts'
import { parsePosition } from '../../../../adapters/kafka/position.ts'
import { recordDecoder } from '../../../../adapters/kafka/records.ts'
import { RouteDecoder, type WithoutKey } from '../../../../adapters/kafka/router/route-decoder.ts'
import { originOf } from '../../../../adapters/kafka/router/route-headers.ts'
import { RoutedRecords } from '../../../../adapters/kafka/router/routed-records.ts'
import { splitProto } from '../../../../adapters/otlp/split-request.ts'
import type { DeadRecord } from '../../../../plugin/record.ts'
import { compileKey } from '../../../../plugin/record-key.ts'
import { encodeRequest } from '../../otlp/protobuf.ts'

const decode = recordDecoder({
  source: 'logs',
  codec: otlpProtoCodec,
  maxBytes: 1_048_576,
  needsBody: false,
  timestamp: 'codec'
})

const PARTITION = { topic: 'logs', partition: 3 }

const record = (offset: number, value: Buffer): KafkaRecord => ({
  offset,
  timestamp: 1000,
  key: Buffer.from('own'),
  value,
  headers: {}
})

/** A value with a log of each host, and one without. */
function logs(...hosts: string[]): Buffer {
  return encodeRequest({
    resourceLogs: hosts.map(host => ({
      resource: { attributes: host === '' ? [] : [{ key: 'host.name', value: { stringValue: host } }] },
      scopeLogs: [{ logRecords: [{ timeUnixNano: '7000000', body: { stringValue: `from ${host}` } }] }]
    }))
  })
}

function route(
  values: readonly Buffer[],
  withoutKey: WithoutKey = 'keep'
): { messages: readonly KafkaMessage[]; dropped: number; dead: readonly DeadRecord[] } {
  const compiled = compileKey({ type: 'field', field: 'resource.host.name' })
  if (!compiled.ok) throw new Error(compiled.message)
  const decoder = new RouteDecoder({ topic: 'repartition', keyOf: compiled.keyOf, withoutKey })
  const records = values.map((value, index) => record(index + 7, value))
  const decoded = decoder.decoder(decode, () => '', splitProto)(PARTITION, records, 5000)
  const { messages, dropped } = decoder.routed(decoded.records)
  return { messages, dropped, dead: decoded.dead }
}

/** As who reads the repartition topic gets them. */
function received(messages: readonly KafkaMessage[]): KafkaRecord[] {
  return messages.map(({ key, value, headers = {} }, offset) => ({
    offset,
    timestamp: 1000,
    key: key ?? null,
    value: value ?? null,
    headers
  }))
}

test('each log of a value goes on by itself, under its own key, as whole as it came', () => {
  const { messages } = route([logs('a', 'b', 'a'), logs('c')])
  expect(messages.map(({ key }) => key?.toString())).toEqual(['a', 'b', 'a', 'c'])
  expect(messages.map(({ headers = {} }) => originOf(headers))).toEqual([
    { topic: 'logs', partition: 3, offset: 7, ordinal: 0 },
    { topic: 'logs', partition: 3, offset: 7, ordinal: 1 },
    { topic: 'logs', partition: 3, offset: 7, ordinal: 2 },
    { topic: 'logs', partition: 3, offset: 8, ordinal: 0 }
  ])
  const { records, dead } = decode(PARTITION, received(messages), 5000)
  expect(dead).toEqual([])
  expect(records.map(({ body, resource, timestamp }) => [body, resource, timestamp])).toEqual(
    ['a', 'b', 'a', 'c'].map(host => [`from ${host}`, { 'host.name': host }, 7])
  )
})

test('logs that are routed again are known, also by who goes on from the position in the midst of a value', () => {
  const sent = received(route([logs('a', 'b', 'c'), logs('d')]).messages)
  const first = new RoutedRecords()
  expect(first.unseen([...sent.slice(0, 2), ...sent.slice(0, 2)])).toEqual(sent.slice(0, 2))
  const position = parsePosition(JSON.parse(JSON.stringify({ offset: 4, routed: first.offsets })))
  const second = new RoutedRecords(position?.routed)
  expect(second.unseen(sent)).toEqual(sent.slice(2))
  expect(second.offsets).toEqual({ 'logs/3': [8, 0] })
})

test('a log without a key keeps that of its value, is dropped or a dead letter; others of the value go on', () => {
  const value = logs('a', '', 'b')
  expect(route([value]).messages.map(({ key }) => key?.toString())).toEqual(['a', 'own', 'b'])
  expect(route([value], 'drop')).toMatchObject({ dropped: 1, messages: [{}, {}] })
  const { messages, dead } = route([value], 'deadLetters')
  expect(messages).toHaveLength(2)
  expect(dead).toMatchObject([{ id: 'logs/3/7/1', code: 'no-key', key: 'own' }])
})

test('a value that is no request goes on, or to the dead letters, as it is', () => {
  const value = Buffer.from('{}')
  expect(route([value]).messages).toMatchObject([{ value, key: Buffer.from('own') }])
  expect(route([value], 'deadLetters').dead).toMatchObject([
    { id: 'logs/3/7', code: 'otlp-protobuf', value: '{}' }
  ])
})

test('a value that is not cut, though it could be, has no key', () => {
  const value = logs(...Array.from({ length: 300 }, (_none, index) => `${index}`))
  const attributes = [{ key: 'large', value: { stringValue: 'x'.repeat(300_000) } }]
  const logRecords = Array<object>(300).fill({})
  const large = encodeRequest({ resourceLogs: [{ resource: { attributes }, scopeLogs: [{ logRecords }] }] })
  const { messages, dead } = route([large, value], 'deadLetters')
  expect(messages).toHaveLength(300)
  expect(dead).toMatchObject([
    { id: 'logs/3/7', code: 'no-key', reason: expect.stringMatching(/^each of its log records/) as string }
  ])
})
