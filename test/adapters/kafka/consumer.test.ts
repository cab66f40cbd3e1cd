import { expect, test } from 'vitest'
import { KafkaClientError, type KafkaProducer } from '../../../adapters/kafka/client.ts'
import { useKafka } from '../../helpers/shared-kafka.ts'
import { openClient } from './opening.ts'
import { Reading } from './reading.ts'

const brokerFor = useKafka()

async function send(producer: KafkaProducer, topic: string, partition: number, values: readonly string[]) {
  await producer.send(values.map(value => ({ topic, partition, key: null, value: Buffer.from(value) })))
}

/** A promise and what resolves it. */
function gate(): { readonly open: () => void; readonly opened: Promise<void> } {
  let open = (): void => {}
  const opened = new Promise<void>(resolve => {
    open = resolve
  })
  return { open: () => open(), opened }
}

test('what is assigned is paused, and read from where it was sought when it is resumed', async context => {
  const broker = brokerFor(context)
  const client = openClient(context, broker.address)
  const topic = await broker.topic('assigned', 2)
  const producer = await client.producer()
  for (const partition of [0, 1]) await send(producer, topic, partition, ['a', 'b', 'c'])
  const reading = await Reading.start(context, client, { topics: [topic], onAssigned: () => {} })
  expect(reading.calls).toContain(`assigned ${topic}/0 ${topic}/1`)
  reading.consumer.seek({ topic, partition: 1 }, 1)
  reading.consumer.resume([{ topic, partition: 1 }])
  await reading.untilRecords(2)
  expect(reading.values).toEqual(['b', 'c'])
  reading.consumer.seek({ topic, partition: 0 }, 2)
  reading.consumer.resume([{ topic, partition: 0 }])
  await reading.untilRecords(3)
  expect(reading.values).toEqual(['b', 'c', 'c'])
})

test('what is sought and paused in onAssigned holds from the first fetch on', async context => {
  const broker = brokerFor(context)
  const client = openClient(context, broker.address)
  const topic = await broker.topic('from-the-first', 2)
  const producer = await client.producer()
  for (const partition of [0, 1]) await send(producer, topic, partition, ['a', 'b', 'c'])
  const reading = new Reading(client, {
    topics: [topic],
    onAssigned: partitions => {
      for (const partition of partitions) reading.consumer.seek(partition, 2)
      reading.consumer.resume(partitions)
      reading.consumer.pause([{ topic, partition: 1 }])
    }
  })
  context.onTestFinished(async () => reading.consumer.stop())
  await reading.consumer.start()
  await reading.untilRecords(1)
  await send(producer, topic, 1, ['d'])
  await send(producer, topic, 0, ['d'])
  await reading.untilRecords(2)
  expect(reading.values).toEqual(['c', 'd'])
  expect(reading.batches.every(({ partition }) => partition === 0)).toBe(true)
})

test('a seek and a pause drop what was fetched, also from within a batch', async context => {
  const broker = brokerFor(context)
  const client = openClient(context, broker.address)
  const topic = await broker.topic('seek-within', 2)
  const producer = await client.producer()
  for (const partition of [0, 1]) await send(producer, topic, partition, ['a', 'b'])
  const again = gate()
  let seeks = 0
  const reading = await Reading.start(context, client, {
    topics: [topic],
    // One after the other: the second is fetched with the first and waits for its turn.
    concurrency: 1,
    onBatch: async ({ partition }) => {
      if (seeks++ > 0) return
      reading.consumer.pause([{ topic, partition: 1 - partition }])
      reading.consumer.seek({ topic, partition }, 1)
      again.open()
      await Promise.resolve()
    }
  })
  await again.opened
  await reading.untilRecords(3)
  await send(producer, topic, reading.batches[0]?.partition ?? 0, ['c'])
  await reading.untilRecords(4)
  expect(reading.values).toEqual(['a', 'b', 'b', 'c'])
  const other = 1 - (reading.batches[0]?.partition ?? 0)
  reading.consumer.resume([{ topic, partition: other }])
  await reading.untilRecords(6)
  expect(reading.values.slice(4)).toEqual(['a', 'b'])
})

test('a join waits for the batches in work, which hear that it is wanted', async context => {
  const broker = brokerFor(context)
  const client = openClient(context, broker.address)
  const topic = await broker.topic('join-waits', 2)
  const producer = await client.producer()
  await send(producer, topic, 0, ['slow'])
  const done = gate()
  let heard = false
  const groupId = broker.name('join-waits')
  const first = await Reading.start(context, client, {
    topics: [topic],
    groupId,
    onBatch: async (_batch, rebalancing) => {
      rebalancing.addEventListener('abort', () => {
        heard = true
      })
      await done.opened
    }
  })
  await first.untilRecords(1)
  const second = new Reading(client, { topics: [topic], groupId })
  context.onTestFinished(async () => second.consumer.stop())
  const started = second.consumer.start()
  await first.until(() => heard)
  // Two heartbeats: a join that does not wait would be there.
  await new Promise(resolve => setTimeout(resolve, 1000))
  expect(second.assigned).toEqual([])
  expect(first.calls.filter(call => call.startsWith('assigned'))).toHaveLength(1)
  done.open()
  await started
  await first.until(() => first.calls.filter(call => call.startsWith('assigned')).length === 2)
  const partitions = [...first.assigned, ...second.assigned].map(({ partition }) => partition)
  expect(partitions).toHaveLength(2)
  expect(new Set(partitions)).toEqual(new Set([0, 1]))
  expect(first.calls).not.toContain('lost')
})

test('the leader hears what members own', async context => {
  const broker = brokerFor(context)
  const client = openClient(context, broker.address)
  const topic = await broker.topic('owned', 2)
  const groupId = broker.name('owned')
  const heard: string[] = []
  const options = (keep: number) => ({
    topics: [topic],
    groupId,
    assigner: {
      name: 'sticky',
      assign: (members: readonly { id: string; owned: readonly { partition: number }[] }[]) => {
        const owners = members.toSorted((one, other) => other.owned.length - one.owned.length)
        heard.push(owners.map(({ owned }) => owned.map(({ partition }) => partition).join('+')).join(' '))
        const all = [
          { topic, partition: 0 },
          { topic, partition: 1 }
        ]
        return new Map(
          owners.map(({ id }, index) => [id, owners.length === 1 ? all : all.slice(index, index + keep)])
        )
      }
    }
  })
  const first = await Reading.start(context, client, options(1))
  const second = await Reading.start(context, client, options(1))
  await first.until(() => first.assigned.length === 1)
  expect(heard).toEqual(['', '0+1 '])
  expect(first.assigned).toEqual([{ topic, partition: 0 }])
  expect(second.assigned).toEqual([{ topic, partition: 1 }])
})

test('an assigner that refuses for good ends the start with its reason', async context => {
  const broker = brokerFor(context)
  const topic = await broker.topic('refused', 2)
  const reading = new Reading(openClient(context, broker.address), {
    topics: [topic],
    assigner: {
      name: 'refusing',
      assign: () => {
        throw new KafkaClientError('topics differ', { code: 'UNEQUAL_PARTITIONS', retryable: false })
      }
    }
  })
  await expect(reading.consumer.start()).rejects.toMatchObject({
    message: 'topics differ',
    code: 'UNEQUAL_PARTITIONS',
    retryable: false
  })
  expect(reading.failures).toEqual([])
})

test('a group of other programs is refused', async context => {
  const broker = brokerFor(context)
  const topic = await broker.topic('others')
  const groupId = broker.name('others')
  const other = broker.kafkajs().consumer({ groupId, maxWaitTimeInMs: 100 })
  context.onTestFinished(async () => other.disconnect())
  await other.connect()
  await other.subscribe({ topics: [topic] })
  await other.run({ eachMessage: async () => {} })
  const reading = new Reading(openClient(context, broker.address), { topics: [topic], groupId })
  await expect(reading.consumer.start()).rejects.toMatchObject({
    code: 'INCONSISTENT_GROUP_PROTOCOL',
    retryable: false,
    message: expect.stringMatching(
      /; the group has members that are no correlog .*: choose another group$/
    ) as unknown
  })
})

test('a member that reads other topics holds the group up, and its leader says why', async context => {
  const broker = brokerFor(context)
  const client = openClient(context, broker.address)
  const [one, two] = [await broker.topic('topic-one'), await broker.topic('topic-two')]
  const groupId = broker.name('unlike')
  const first = await Reading.start(context, client, { topics: [one], groupId })
  const second = new Reading(client, { topics: [one, two], groupId })
  const outcome = Promise.allSettled([second.consumer.start()])
  await first.until(() => first.trouble !== undefined)
  expect(first.trouble).toMatch(/^group member ".*" reads the topics /)
  expect(first.trouble).toContain(
    `reads the topics ${one}, ${two}, this one ${one}; all members of a group must have the same configuration`
  )
  await second.consumer.stop()
  await outcome
  await first.until(() => first.trouble === undefined, 30_000)
  expect(first.failures).toEqual([])
}, 60_000)

test('a member that the group has thrown out has lost everything, and joins again', async context => {
  const broker = brokerFor(context)
  const client = openClient(context, broker.address)
  const topic = await broker.topic('thrown-out')
  const sessionTimeoutMs = Math.max(1000, broker.shortestSessionMs)
  const reading = await Reading.start(context, client, {
    topics: [topic],
    sessionTimeoutMs,
    heartbeatMs: sessionTimeoutMs / 5
  })
  const before = reading.calls.length
  // As a long pause of the process.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2.5 * sessionTimeoutMs)
  await reading.until(() => reading.calls.slice(before).includes(`assigned ${topic}/0`))
  expect(reading.calls.slice(before).filter(call => !call.startsWith('trouble'))).toEqual([
    'lost',
    `assigned ${topic}/0`
  ])
  await send(await client.producer(), topic, 0, ['after'])
  await reading.untilRecords(1)
})

test('markers and aborted records are passed', async context => {
  const broker = brokerFor(context)
  const client = openClient(context, broker.address)
  const topic = await broker.topic('passed')
  const transactions = await client.transactional(broker.name('passed'), 10_000)
  const reading = await Reading.start(context, client, { topics: [topic] })
  await transactions.commit([{ topic, partition: 0, key: null, value: Buffer.from('v') }])
  // The record at 0, its marker at 1: in one batch, or one after the other.
  await reading.until(
    () => reading.passed.get(`${topic}/0`) === 2 || reading.batches.at(-1)?.nextOffset === 2
  )
  reading.consumer.seek({ topic, partition: 0 }, 1)
  await reading.until(() => reading.passed.get(`${topic}/0`) === 2)
  expect(reading.values).toEqual(['v'])
  expect(await client.admin.offsets({ topic, partition: 0 })).toEqual({ low: 0, end: 2 })
})

test('records that were deleted before they were read are a gap', async context => {
  const broker = brokerFor(context)
  const client = openClient(context, broker.address)
  const topic = await broker.topic('gap')
  await send(await client.producer(), topic, 0, ['a', 'b', 'c', 'd'])
  const admin = broker.kafkajs().admin()
  await admin.connect()
  // It must have heard of the topic before.
  await admin.fetchTopicOffsets(topic)
  await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '3' }] })
  await admin.disconnect()
  const reading = await Reading.start(context, client, { topics: [topic] })
  await reading.untilRecords(1)
  expect(reading.values).toEqual(['d'])
  expect(reading.calls).toContain(`gap ${topic}/0 0 3`)
})

test('committed offsets are seen by those who watch the group', async context => {
  const broker = brokerFor(context)
  const client = openClient(context, broker.address)
  const topic = await broker.topic('watched', 2)
  const groupId = broker.name('watched')
  const reading = await Reading.start(context, client, { topics: [topic], groupId })
  await reading.consumer.commitOffsets([{ topic, partition: 1, offset: 17 }])
  expect(await client.admin.groupOffsets(groupId, [topic])).toEqual([{ topic, partition: 1, offset: 17 }])
})

test('offsets that can not be committed are told', async context => {
  const broker = brokerFor(context)
  const client = openClient(context, broker.address)
  const topic = await broker.topic('not-committed', 1)
  const reading = await Reading.start(context, client, { topics: [topic] })
  await reading.consumer.stop()
  await expect(reading.consumer.commitOffsets([{ topic, partition: 0, offset: 1 }])).rejects.toThrow(
    KafkaClientError
  )
})

test('stop waits for the batch in work, leaves the group, and is safe to call twice', async context => {
  const broker = brokerFor(context)
  const client = openClient(context, broker.address)
  const topic = await broker.topic('stopping')
  const groupId = broker.name('stopping')
  await send(await client.producer(), topic, 0, ['a'])
  const done = gate()
  let settled = false
  const first = await Reading.start(context, client, {
    topics: [topic],
    groupId,
    onBatch: async (_batch, rebalancing) => {
      await new Promise(resolve => rebalancing.addEventListener('abort', resolve))
      await done.opened
      settled = true
    }
  })
  await first.untilRecords(1)
  const stopped = Promise.all([first.consumer.stop(), first.consumer.stop()])
  const later = new Promise(resolve => setTimeout(() => resolve('waits'), 500))
  expect(await Promise.race([stopped, later])).toBe('waits')
  done.open()
  await stopped
  expect(settled).toBe(true)
  // Whoever has not heard of it yet may go on giving orders.
  first.consumer.seek({ topic, partition: 0 }, 0)
  first.consumer.pause([{ topic, partition: 0 }])
  first.consumer.resume([{ topic, partition: 0 }])
  const began = performance.now()
  const second = await Reading.start(context, client, { topics: [topic], groupId })
  // At once, not when the session of the first one has timed out.
  expect(performance.now() - began).toBeLessThan(5000)
  await second.untilRecords(1)
  expect(first.failures).toEqual([])
})
