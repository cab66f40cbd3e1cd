import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { useKafkaBroker } from '../../helpers/use-kafka-broker.ts'
import { openClient } from './opening.ts'
import { Reading } from './reading.ts'

const brokerFor = useKafkaBroker()

function record(topic: string, value: string) {
  return { topic, partition: 0, key: null, value: Buffer.from(value) }
}

test('a broker that goes and comes back is worked with again within seconds', async context => {
  const broker = brokerFor(context)
  const client = openClient(context, broker.address)
  const topic = await broker.topic('outage')
  const producer = await client.producer()
  const idle = await client.transactional('outage-idle', 15_000)
  await producer.send([record(topic, 'before')])
  await idle.commit([record(topic, 'committed before')])
  const reading = await Reading.start(context, client, { topics: [topic] })
  await reading.untilRecords(2)

  await broker.stop()
  await reading.until(() => reading.trouble !== undefined)
  expect(reading.trouble).toMatch(/^127\.0\.0\.1:\d+: connect ECONNREFUSED/)
  // It is tried until it is there.
  const sent = producer.send([record(topic, 'meanwhile')])
  const opened = client.transactional('outage', 60_000)

  await broker.start()
  const back = performance.now()
  await sent
  await (await opened).commit([record(topic, 'committed')])
  await idle.commit([record(topic, 'committed by the idle one')])
  await producer.send([record(topic, 'after')])
  await reading.untilRecords(6)
  expect(performance.now() - back).toBeLessThan(10_000)
  const expected = [
    'before',
    'committed before',
    'meanwhile',
    'committed',
    'committed by the idle one',
    'after'
  ]
  expect(new Set(reading.values)).toEqual(new Set(expected))
  await reading.until(() => reading.trouble === undefined)
  expect(reading.failures).toEqual([])
  expect((await client.admin.topics([topic])).get(topic)).toBe(1)
}, 90_000)

test('what waits for a broker that is down can be stopped', async context => {
  const broker = brokerFor(context)
  const client = openClient(context, broker.address)
  const topic = await broker.topic('down')
  const producer = await client.producer()
  const reading = await Reading.start(context, client, { topics: [topic] })
  const late = new Reading(client, { topics: [topic] })
  await broker.stop()
  const began = performance.now()
  const sent = producer.send([record(topic, 'v')])
  const started = late.consumer.start()
  const refused = Promise.allSettled([sent, started])
  await reading.until(() => reading.trouble !== undefined && late.trouble !== undefined)
  await Promise.all([producer.close(), reading.consumer.stop(), late.consumer.stop(), client.close()])
  const closed = { status: 'rejected', reason: { code: 'CLOSED', retryable: false } }
  expect(await refused).toMatchObject([closed, closed])
  expect(performance.now() - began).toBeLessThan(15_000)
  await broker.start()
}, 90_000)

test('a batch that can not be decoded ends the reading with one clear error, behind what comes before it', async context => {
  const broker = brokerFor(context)
  const topic = await broker.topic('undecodable')
  const client = openClient(context, broker.address)
  const producer = await client.producer()
  for (const value of ['good', 'bad', 'behind']) await producer.send([record(topic, value)])
  await broker.stop()
  const segment = join(broker.folder, 'data', `${topic}-0`, '00000000000000000000.log')
  const bytes = readFileSync(segment)
  const second = 12 + bytes.readInt32BE(8)
  // The codec in its attributes becomes one that nobody knows. Brokers do not look at what they send.
  bytes.writeInt16BE(bytes.readInt16BE(second + 21) | 6, second + 21)
  writeFileSync(segment, bytes)
  await broker.start()

  const reading = await Reading.start(context, client, { topics: [topic] })
  await reading.until(() => reading.failures.length > 0)
  expect(reading.failures).toMatchObject([
    {
      code: 'CODEC',
      retryable: false,
      message:
        `${topic}/0: the record batch at offset 1 can't be decoded: compression codec 6; expected none, gzip, snappy, ` +
        'lz4 or zstd (0 to 4); nothing behind it is read. Start behind it, or delete what is before its end ' +
        '(kafka-delete-records)'
    }
  ])
  expect(reading.values).toEqual(['good'])
  const behind = new Reading(client, {
    topics: [topic],
    onAssigned: partitions => {
      for (const partition of partitions) behind.consumer.seek(partition, 2)
      behind.consumer.resume(partitions)
    }
  })
  context.onTestFinished(async () => behind.consumer.stop())
  await behind.consumer.start()
  await behind.untilRecords(1)
  expect(behind.values).toEqual(['behind'])
}, 90_000)
