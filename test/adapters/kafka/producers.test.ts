import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { KafkaClientError, type KafkaRecord } from '../../../adapters/kafka/client.ts'
import { kcatConsume, kcatProduce } from '../../helpers/kcat.ts'
import { requireKcat } from '../../helpers/requirements.ts'
import { useKafka } from '../../helpers/shared-kafka.ts'
import { openClient } from './opening.ts'
import { Reading } from './reading.ts'

const brokerFor = useKafka()
const TIMEOUT_MS = 15_000

function message(topic: string, value: string, partition = 0) {
  return { topic, partition, key: null, value: Buffer.from(value) }
}

/** A record reads its parts from the bytes of its batch when they are asked for. */
function partsOf(record: KafkaRecord | undefined): Partial<KafkaRecord> {
  if (record === undefined) return {}
  const { offset, timestamp, key, value, headers } = record
  return { offset, timestamp, key, value, headers }
}

describe('a producer', () => {
  test('keeps keys, tombstones, headers and time stamps', async context => {
    const broker = brokerFor(context)
    const topic = await broker.topic('all-parts')
    const client = openClient(context, broker.address)
    const producer = await client.producer()
    const headers = {
      one: Buffer.from('1'),
      many: [Buffer.from('a'), Buffer.from([0xff, 0])],
      empty: Buffer.alloc(0)
    }
    await producer.send([
      {
        topic,
        partition: 0,
        key: Buffer.from([0, 0, 0, 0]),
        value: null,
        headers,
        timestamp: 1_700_000_000_123
      },
      { topic, partition: 0, key: null, value: Buffer.alloc(0), timestamp: 0 },
      { topic, partition: 0, key: Buffer.alloc(0), value: Buffer.from('v') }
    ])
    const reading = await Reading.start(context, client, { topics: [topic] })
    await reading.untilRecords(3)
    const [first, second, third] = reading.records
    expect(partsOf(first)).toEqual({
      offset: 0,
      timestamp: 1_700_000_000_123,
      key: Buffer.from([0, 0, 0, 0]),
      value: null,
      headers
    })
    expect(partsOf(second)).toEqual({
      offset: 1,
      timestamp: 0,
      key: null,
      value: Buffer.alloc(0),
      headers: {}
    })
    expect(partsOf(third)).toMatchObject({ offset: 2, key: Buffer.alloc(0), value: Buffer.from('v') })
    expect(Math.abs((third?.timestamp ?? 0) - Date.now())).toBeLessThan(60_000)
    const [batch] = reading.batches
    expect(batch).toMatchObject({ nextOffset: 3, endOffset: 3, bytes: 5 })
  })

  test('reads headers as kcat writes them', async context => {
    requireKcat().need(context)
    const broker = brokerFor(context)
    const topic = await broker.topic('kcat-headers')
    await kcatProduce(broker.address, topic, ['k:v'], '-K:', '-H', 'a=1', '-H', 'a=2', '-H', 'b=')
    await kcatProduce(broker.address, topic, ['k:'], '-K:', '-Z')
    const reading = await Reading.start(context, openClient(context, broker.address), { topics: [topic] })
    await reading.untilRecords(2)
    expect(reading.records[0]).toMatchObject({
      key: Buffer.from('k'),
      headers: { a: [Buffer.from('1'), Buffer.from('2')], b: Buffer.alloc(0) }
    })
    expect(reading.records[1]).toMatchObject({ key: Buffer.from('k'), value: null })
  })

  test('cuts 20,000 records into what a broker takes, in their order', async context => {
    const broker = brokerFor(context)
    const topic = await broker.topic('many')
    const client = openClient(context, broker.address)
    const producer = await client.producer()
    const values = Array.from({ length: 20_000 }, (_, number) => `${number} `.padEnd(100, '.'))
    await producer.send(values.map(value => message(topic, value)))
    const reading = await Reading.start(context, client, { topics: [topic] })
    await reading.untilRecords(values.length)
    expect(reading.values).toEqual(values)
  })

  test('sends values that are nearly as large as a broker takes, and says which are larger', async context => {
    const broker = brokerFor(context)
    const topic = await broker.topic('large')
    const client = openClient(context, broker.address)
    const producer = await client.producer()
    const value = randomBytes(1024 * 1024 - 200)
    await producer.send([
      message(topic, 'before'),
      { topic, partition: 0, key: null, value },
      message(topic, 'after')
    ])
    const refused = producer.send([{ topic, partition: 0, key: null, value: randomBytes(1024 * 1024 + 200) }])
    await expect(refused).rejects.toThrow(
      new KafkaClientError(
        `topic "${topic}": MESSAGE_TOO_LARGE: the request included a message larger than the max message size the server ` +
          "will accept; a record is larger than the topic's max.message.bytes: raise it, or send less",
        { code: 'MESSAGE_TOO_LARGE', retryable: false }
      )
    )
    await expect(refused).rejects.toMatchObject({ code: 'MESSAGE_TOO_LARGE', retryable: false })
    await producer.send([message(topic, 'later')])
    const reading = await Reading.start(context, client, { topics: [topic], maxBytesPerPartition: 65_536 })
    await reading.untilRecords(4)
    expect(reading.records.map(record => record.value?.length)).toEqual([6, value.length, 5, 5])
  })

  test('puts a key into the partition that Java does (murmur2)', async context => {
    requireKcat().need(context)
    const broker = brokerFor(context)
    const client = openClient(context, broker.address)
    const [own, java] = [await broker.topic('own-keys', 7), await broker.topic('java-keys', 7)]
    const keys = Array.from({ length: 200 }, (_, number) => `ключ-${number}-${'x'.repeat(number % 9)}`)
    const producer = await client.producer()
    await producer.send(keys.map(key => ({ topic: own, key: Buffer.from(key), value: Buffer.from(key) })))
    const lines = keys.map(key => `${key}:${key}`)
    await kcatProduce(broker.address, java, lines, '-K:', '-X', 'topic.partitioner=murmur2')
    const partitions = async (topic: string): Promise<Map<string | null, number>> =>
      new Map((await kcatConsume(broker.address, topic)).map(({ key, partition }) => [key, partition]))
    expect(await partitions(own)).toEqual(await partitions(java))
    expect(new Set((await partitions(own)).values()).size).toBe(7)
  })

  test('sends nothing when it is closed', async context => {
    const broker = brokerFor(context)
    const producer = await openClient(context, broker.address).producer()
    await producer.close()
    await producer.close()
    await expect(producer.send([message('any', 'v')])).rejects.toMatchObject({ code: 'CLOSED' })
  })
})

describe('a producer of transactions', () => {
  test('commits all of it, over partitions and chunks, or nothing', async context => {
    requireKcat().need(context)
    const broker = brokerFor(context)
    const topic = await broker.topic('transactions', 2)
    const client = openClient(context, broker.address)
    const transactions = await client.transactional(broker.name('t-all'), TIMEOUT_MS)
    const values = Array.from({ length: 5000 }, (_, number) => `${number}`)
    await transactions.commit(values.map(value => message(topic, value, Number(value) % 2)))
    await transactions.commit([])
    await transactions.commit([message(topic, 'second')])
    await expect(
      transactions.commit([message(topic, 'x'), message(broker.name('no-such-topic'), 'x')])
    ).rejects.toMatchObject({
      code: 'UNKNOWN_TOPIC_OR_PARTITION'
    })
    await expect(transactions.commit([message(topic, 'y')])).rejects.toMatchObject({
      code: 'BROKEN_PRODUCER'
    })
    await transactions.close()
    await (await client.transactional(broker.name('t-all'), TIMEOUT_MS)).commit([message(topic, 'third')])
    const read = await kcatConsume(broker.address, topic)
    const payloads = read.map(({ payload }) => payload)
    expect(new Set(payloads)).toEqual(new Set([...values, 'second', 'third']))
    expect(payloads.length).toBe(values.length + 2)
    expect(
      read.filter(({ partition }) => partition === 1).map(({ payload }) => Number(payload) % 2)
    ).not.toContain(0)
  })

  test('is fenced by its successor before that has written anything', async context => {
    requireKcat().need(context)
    const broker = brokerFor(context)
    const topic = await broker.topic('fenced')
    const [first, second] = [openClient(context, broker.address), openClient(context, broker.address)]
    const zombie = await first.transactional(broker.name('t-fence'), TIMEOUT_MS)
    await zombie.commit([message(topic, 'one')])
    const successor = await second.transactional(broker.name('t-fence'), TIMEOUT_MS)
    await expect(zombie.commit([message(topic, 'two')])).rejects.toMatchObject({
      code: 'INVALID_PRODUCER_EPOCH',
      retryable: true
    })
    await successor.commit([message(topic, 'three')])
    const read = await kcatConsume(broker.address, topic)
    expect(read.map(({ payload }) => payload)).toEqual(['one', 'three'])
  })
})
