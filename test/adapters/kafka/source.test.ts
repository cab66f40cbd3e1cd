import { expect, test } from 'vitest'
import type { KafkaBatch, KafkaRecord } from '../../../adapters/kafka/client.ts'
import { otlpProtoCodec } from '../../../adapters/codecs/otlp-proto.ts'
import type { LateBatch } from '../../../plugin/adapter.ts'
import type { LogRecord } from '../../../plugin/record.ts'
import { recordDecoder } from '../../../adapters/kafka/records.ts'
import { KafkaSource } from '../../../adapters/kafka/source.ts'
import { routedHeaders } from '../../../adapters/kafka/router/route-headers.ts'
import { timeOf } from '../../../plugin/time/record-clock.ts'
import { encodeRequest } from '../otlp/protobuf.ts'

/** A value with some logs of some bytes each. */
function value(count: number, bytes: number): Buffer {
  const logRecords = Array.from({ length: count }, (_, number) => ({
    body: { stringValue: `${number} ${'x'.repeat(bytes)}` }
  }))
  return encodeRequest({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] })
}

function batchOf(values: readonly Buffer[]): KafkaBatch {
  const records = values.map((each, offset) => ({
    offset,
    timestamp: 1000,
    key: null,
    value: each,
    headers: {}
  }))
  return {
    topic: 'logs',
    partition: 3,
    records,
    nextOffset: values.length,
    endOffset: values.length,
    bytes: 0
  }
}

async function stageBatches(values: readonly Buffer[]): Promise<{ ids: string[]; position: unknown }[]> {
  const decode = recordDecoder({
    source: 'logs',
    codec: otlpProtoCodec,
    maxBytes: 1_048_576,
    needsBody: false,
    timestamp: 'kafka'
  })
  const source = new KafkaSource({
    topic: 'logs',
    partition: 3,
    name: 'logs',
    decode,
    holdsMany: true,
    isHurried: () => false,
    now: () => 5000,
    readFrom: () => {}
  })
  const stop = new AbortController()
  const found: { ids: string[]; position: unknown }[] = []
  const reading = source.read({ position: { offset: 0 }, signal: stop.signal, onTrouble: () => {} })
  const first = reading.next()
  const settled = source.take(batchOf(values))
  for (let next = await first; next.done !== true; next = await reading.next()) {
    const { records, position, ack } = next.value()
    found.push({ ids: records.map(({ id }) => id), position })
    await ack()
    if (source.settledTo === values.length) stop.abort()
  }
  await settled
  return found
}

test('what holds many logs goes to the stage in pieces of its bytes, and none of it is split over two', async () => {
  const found = await stageBatches([
    value(3, 100_000),
    value(2, 10),
    value(1, 200_000),
    value(1, 200_000),
    value(1, 10)
  ])
  expect(found).toEqual([
    { ids: ['logs/3/0/0', 'logs/3/0/1', 'logs/3/0/2'], position: { offset: 1 } },
    { ids: ['logs/3/1/0', 'logs/3/1/1', 'logs/3/2/0', 'logs/3/3/0'], position: { offset: 4 } },
    { ids: ['logs/3/4/0'], position: { offset: 5 } }
  ])
})

/** A source of lines that has begun to read, and its batches. */
function readingOf(now: () => number): {
  source: KafkaSource
  next: () => Promise<() => { ids: unknown[]; records: readonly LogRecord[] }>
} {
  const decode = recordDecoder({
    source: 'logs',
    codec: undefined,
    maxBytes: 1000,
    needsBody: false,
    timestamp: 'kafka'
  })
  const options = { topic: 'logs', partition: 3, name: 'logs', decode, now }
  const source = new KafkaSource({ ...options, isHurried: () => false, readFrom: () => {} })
  const { signal } = new AbortController()
  const reading = source.read({ position: { offset: 0 }, signal, onTrouble: () => {} })
  const next = async (): ReturnType<ReturnType<typeof readingOf>['next']> => {
    const found = await reading.next()
    return () => {
      const { records, ack } = (found.value as LateBatch)()
      void ack()
      return { ids: records.map(({ id }) => id), records }
    }
  }
  return { source, next }
}

function lines(records: readonly Partial<KafkaRecord>[]): KafkaBatch {
  const whole = records.map((record, offset) => ({ ...plain, offset, ...record }))
  return { ...batchOf([]), records: whole, nextOffset: records.length, endOffset: records.length }
}

const plain = { timestamp: 1000, key: null, value: Buffer.from('x'), headers: {} }

test('a record was observed when it was read, however late its batch is made', async () => {
  let now = 1_000_000
  const { source, next } = readingOf(() => now)
  const first = next()
  void source.take(lines([{ timestamp: -1 }, { timestamp: now + 600_000 }]))
  const make = await first
  now += 3_600_000
  expect(make().records.map(record => timeOf(record, 60_000))).toEqual([
    { ms: 1_000_000, reason: 'observed' },
    { ms: undefined, reason: 'ahead' }
  ])
})

test('what was routed to a topic before it was made anew says nothing of what is routed to it then', async () => {
  const routed = (origin: number): Partial<KafkaRecord> => ({
    headers: routedHeaders({ headers: {}, offset: origin }, { topic: 'raw', partition: 0 })
  })
  const { source, next } = readingOf(() => 0)
  const first = next()
  void source.take(lines([routed(700), routed(701)]))
  const makeOld = await first
  source.madeAnew(0)
  makeOld()
  void source.take(lines([routed(100), routed(101)]))
  expect((await next())().ids).toEqual(['logs/3/0', 'logs/3/1'])
  expect(source.duplicates).toBe(0)
})
