import { expect, test } from 'vitest'
import { useKafka } from '../../helpers/shared-kafka.ts'
import { openClient } from './opening.ts'

const brokerFor = useKafka()

test('topics are made, described and extended', async context => {
  const broker = brokerFor(context)
  const { admin } = openClient(context, broker.address)
  const [topic, missing] = [broker.name('app-state'), broker.name('not-there')]
  await admin.createTopic(topic, 2, { 'cleanup.policy': 'compact', 'segment.ms': '3600000' })
  // Another instance was faster.
  await admin.createTopic(topic, 2, {})
  expect(await admin.topicSettings(topic, ['cleanup.policy', 'segment.ms'])).toEqual(
    new Map([
      ['cleanup.policy', 'compact'],
      ['segment.ms', '3600000']
    ])
  )
  await admin.extendTopic(topic, 5)
  expect(await admin.topics([topic, missing])).toEqual(new Map([[topic, 5]]))
  await expect(admin.extendTopic(topic, 3)).rejects.toMatchObject({ code: 'INVALID_PARTITIONS' })
  await expect(admin.createTopic('no/topic', 1, {})).rejects.toMatchObject({
    code: 'INVALID_TOPIC_EXCEPTION',
    retryable: false
  })
  await expect(admin.topicSettings(missing, ['segment.ms'])).rejects.toMatchObject({
    code: 'UNKNOWN_TOPIC_OR_PARTITION'
  })
})

test('all topics are those of users', async context => {
  const broker = brokerFor(context)
  const client = openClient(context, broker.address)
  const topic = await broker.topic('of-users', 3)
  // Makes __transaction_state.
  await client.transactional(broker.name('any'), 10_000)
  const topics = await client.admin.topics()
  expect(topics.get(topic)).toBe(3)
  expect([...topics.keys()].filter(name => name.startsWith('__'))).toEqual([])
})

test('offsets: the first, the last committed, of a time, of a group', async context => {
  const broker = brokerFor(context)
  const client = openClient(context, broker.address)
  const topic = await broker.topic('offsets', 2)
  const producer = await client.producer()
  await producer.send(
    [1000, 2000, 3000].map(timestamp => ({
      topic,
      partition: 1,
      key: null,
      value: Buffer.from('v'),
      timestamp
    }))
  )
  const open = broker.kafkajs().producer({ transactionalId: broker.name('open'), maxInFlightRequests: 1 })
  await open.connect()
  context.onTestFinished(async () => open.disconnect())
  const transaction = await open.transaction()
  await transaction.send({ topic, messages: [{ value: 'not committed', partition: 1 }] })
  const { admin } = client
  expect(await admin.offsets({ topic, partition: 0 })).toEqual({ low: 0, end: 0 })
  expect(await admin.offsets({ topic, partition: 1 })).toEqual({ low: 0, end: 3 })
  expect(await admin.offsetAt({ topic, partition: 1 }, 1500)).toBe(1)
  expect(await admin.offsetAt({ topic, partition: 1 }, 1000)).toBe(0)
  expect(await admin.offsetAt({ topic, partition: 0 }, 1000)).toBe(0)
  await transaction.abort()
  await expect(admin.offsets({ topic, partition: 2 })).rejects.toMatchObject({
    message: `topic "${topic}" has no partition 2, only 2 partitions`
  })
  expect(await admin.groupOffsets(broker.name('nobody'), [topic])).toEqual([])
})

test('records before an offset are deleted', async context => {
  const broker = brokerFor(context)
  const client = openClient(context, broker.address)
  const topic = await broker.topic('purged', 2)
  const producer = await client.producer()
  await producer.send(
    ['a', 'b', 'c'].map(each => ({ topic, partition: 1, key: null, value: Buffer.from(each) }))
  )
  await client.admin.deleteRecords({ topic, partition: 1 }, 2)
  expect(await client.admin.offsets({ topic, partition: 1 })).toEqual({ low: 2, end: 3 })
  // What is gone already may be deleted again.
  await client.admin.deleteRecords({ topic, partition: 1 }, 2)
  await expect(client.admin.deleteRecords({ topic, partition: 1 }, 9)).rejects.toThrow(/records of topic/)
})

test('a question that fails does not spoil those beside it', async context => {
  const broker = brokerFor(context)
  const { admin } = openClient(context, broker.address)
  const topic = await broker.topic('beside')
  const answers = await Promise.allSettled([
    admin.topics([topic]),
    admin.createTopic('no/topic', 1, {}),
    admin.offsets({ topic, partition: 0 })
  ])
  expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
})
