import { expect, test } from 'vitest'
import type { KafkaBatch } from '../../../adapters/kafka/client.ts'
import { otlpProtoCodec } from '../../../adapters/codecs/otlp-proto.ts'
import { recordDecoder } from '../../../adapters/kafka/records.ts'
import { KafkaSource } from '../../../adapters/kafka/source.ts'
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
    timestamp: 'kafka',
    now: () => 5000
  })
  const source = new KafkaSource({
    topic: 'logs',
    partition: 3,
    name: 'logs',
    decode,
    holdsMany: true,
    isHurried: () => false,
    readFrom: () => {}
  })
  const stop = new AbortController()
  const found: { ids: string[]; position: unknown }[] = []
  const reading = source.read({ position: { offset: 0 }, signal: stop.signal, onTrouble: () => {} })
  const first = reading.next()
  const settled = source.take(batchOf(values))
  for (let next = await first; next.done !== true; next = await reading.next()) {
    const { records, position, ack } = next.value
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
