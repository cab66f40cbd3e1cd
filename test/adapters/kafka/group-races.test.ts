import { expect, test } from 'vitest'
import {
  type KafkaAdmin,
  type KafkaClient,
  KafkaClientError,
  type KafkaConsumerOptions
} from '../../../adapters/kafka/client.ts'
import { ManualClock } from '../../helpers/manual-clock.ts'
import { MemoryKafka, type MemoryKafkaOptions } from '../../helpers/memory-kafka.ts'
import { createInstance, texts } from './memory-instance.ts'

const START = 1_800_000_000_000

function broker(partitions: number, options: Partial<MemoryKafkaOptions> = {}): MemoryKafka {
  const kafka = new MemoryKafka({ clock: new ManualClock(), ...options })
  kafka.createTopic('logs', partitions)
  kafka.createTopic('alerts', 1)
  return kafka
}

function put(kafka: MemoryKafka, partition: number, ...lines: readonly string[]): void {
  for (const line of lines) {
    kafka.append({ topic: 'logs', partition, key: null, value: Buffer.from(line), timestamp: START })
  }
}

/** A client that does some of it another way. */
function clientOf(
  kafka: MemoryKafka,
  change: (client: KafkaClient) => Partial<KafkaClient>
): () => Promise<KafkaClient> {
  const client = kafka.client()
  const own: KafkaClient = {
    admin: client.admin,
    consumer: options => client.consumer(options),
    producer: () => client.producer(),
    transactional: id => client.transactional(id),
    close: () => client.close()
  }
  return () => Promise.resolve({ ...own, ...change(own) })
}

test('a stop does not wait for a state that is still being read', async () => {
  const kafka = broker(1, { batchSize: () => 1 })
  const { clock } = kafka
  const life = createInstance(kafka)
  await life.group.start()
  put(kafka, 0, ...Array.from({ length: 300 }, (_none, index) => `line ${index}`))
  await clock.advance(5000)
  life.kill()
  await clock.advance(20_000)
  const { group } = createInstance(kafka)
  await group.start()
  await clock.yield()
  while (group.readings.restoring === 0) await clock.yield()
  const before = clock.monotonic()
  let after = Number.POSITIVE_INFINITY
  void group.stop().then(() => {
    after = clock.monotonic()
  })
  await clock.advance(120_000)
  expect(after - before).toBeLessThan(1000)
  expect(await group.wait()).toEqual({ type: 'ended' })
})

test('what a failed transaction leaves at the end is told as given up', async () => {
  let isEnding = false
  const kafka = broker(1, { commitFate: () => (isEnding ? 'fails' : 'succeeds') })
  const { clock } = kafka
  const { group } = createInstance(kafka, { checkpointIntervalMs: 60_000 })
  await group.start()
  await clock.advance(1000)
  isEnding = true
  put(kafka, 0, 'a', 'b')
  await clock.settle()
  const ended = group.stop()
  await clock.advance(60_000)
  expect(await ended).toEqual({ type: 'given-up', unsettledRecords: 2 })
})

test('a reset holds until a task has begun with it', async () => {
  const kafka = broker(1)
  const { clock } = kafka
  kafka.group('app').offsets.set('logs/0', { topic: 'logs', partition: 0, offset: 5 })
  let lives = 0
  const client = clientOf(kafka, own => ({
    async transactional(id, timeoutMs) {
      if (++lives > 1) return own.transactional(id, timeoutMs)
      throw new KafkaClientError('no broker answers', { code: 'CONNECTION', retryable: true })
    }
  }))
  const { group } = createInstance(kafka, { client, resetState: true })
  await group.start()
  put(kafka, 0, 'a')
  await clock.advance(10_000)
  expect(texts(kafka.committed('alerts'))).toEqual(['0: 1 a'])
  expect(group.health).toEqual({ status: 'ok', troubles: [] })
})

test('a time-out of transactions that the broker does not allow ends it with its reason', async () => {
  const kafka = broker(1)
  const client = clientOf(kafka, () => ({
    transactional() {
      const error = { code: 'INVALID_TRANSACTION_TIMEOUT', retryable: false }
      return Promise.reject(new KafkaClientError('transaction.max.timeout.ms allows less', error))
    }
  }))
  const { group } = createInstance(kafka, { client })
  await group.start()
  await kafka.clock.advance(10_000)
  expect(group.health.status).toBe('failed')
  expect(await group.wait()).toMatchObject({ error: { code: 'INVALID_TRANSACTION_TIMEOUT' } })
})

test('what ails a task is no matter any more when another member has it', async () => {
  let isFailing = true
  const kafka = broker(2, {
    commitFate: id => (isFailing && id === 'app-1' ? 'fails' : 'succeeds')
  })
  const { clock } = kafka
  const first = createInstance(kafka)
  await first.group.start()
  put(kafka, 1, 'a')
  await clock.advance(1500)
  expect(first.group.health.troubles.map(({ component }) => component)).toEqual(['task 1'])
  const second = createInstance(kafka)
  await second.group.start()
  isFailing = false
  await clock.advance(20_000)
  expect([first, second].map(({ group }) => group.readings.tasks)).toEqual([1, 1])
  expect(texts(kafka.committed('alerts'))).toEqual(['1: 1 a'])
  expect(first.group.health).toEqual({ status: 'ok', troubles: [] })
})

test('a task that can not be made is tried again, and the others go on', async () => {
  const kafka = broker(2)
  const { clock } = kafka
  let isFull = true
  const { group } = createInstance(kafka, {
    input: ({ topic, partition }) => {
      if (partition === 1 && isFull) throw new Error('no space left on device')
      return {
        name: topic,
        decode: (_partition, records) => ({
          records: [],
          dead: records.map(({ offset, value }) => ({
            id: `${partition}/${offset}`,
            source: topic,
            reason: 'none',
            code: 'none',
            value: value?.toString('latin1') ?? ''
          }))
        })
      }
    }
  })
  kafka.createTopic('dead', 1)
  await group.start()
  put(kafka, 0, 'a')
  put(kafka, 1, 'b')
  await clock.advance(1500)
  expect(texts(kafka.committed('dead'))).toEqual(['a'])
  expect(group.health).toMatchObject({
    troubles: [{ component: 'task 1', reason: 'no space left on device' }]
  })
  isFull = false
  await clock.advance(3000)
  expect(texts(kafka.committed('dead'))).toEqual(['a', 'b'])
  expect(group.health).toEqual({ status: 'ok', troubles: [] })
})

test('a changelog that the brokers do not come to know is told', async () => {
  const kafka = broker(2)
  const { clock } = kafka
  let isKnown = false
  const client = clientOf(kafka, ({ admin }) => ({
    admin: {
      ...admin,
      async topics(names) {
        const found = await admin.topics(names)
        return isKnown ? found : new Map([...found].filter(([topic]) => topic !== 'app-state'))
      }
    } satisfies KafkaAdmin
  }))
  const { group } = createInstance(kafka, { client })
  const started = group.start()
  await clock.advance(20_000)
  expect(group.health.troubles.map(({ reason }) => reason)).toEqual([
    'the changelog "app-state" has 0 partitions 10 s after it was made or extended; expected 2, at each broker that is asked'
  ])
  isKnown = true
  await clock.advance(20_000)
  await started
  expect(group.health).toEqual({ status: 'ok', troubles: [] })
})

test('new topics that are found while the group is joined anew make no second member', async () => {
  const kafka = broker(1)
  const { clock } = kafka
  const consumers: KafkaConsumerOptions[] = []
  let running = 0
  let hold: Promise<void> | undefined
  const client = clientOf(kafka, own => ({
    admin: {
      ...own.admin,
      async topics(names) {
        await hold
        return own.admin.topics(names)
      }
    },
    consumer(options) {
      consumers.push(options)
      const consumer = own.consumer(options)
      return {
        async start() {
          running++
          await consumer.start()
        },
        async stop() {
          running--
          await consumer.stop()
        },
        seek: (...where) => consumer.seek(...where),
        pause: partitions => consumer.pause(partitions),
        resume: partitions => consumer.resume(partitions),
        commitOffsets: offsets => consumer.commitOffsets(offsets)
      }
    }
  }))
  const { group } = createInstance(kafka, { client, onError: 'retry' })
  await group.start()
  await clock.advance(25_000)
  expect(running).toBe(1)
  let release = (): void => {}
  hold = new Promise(resolve => {
    release = resolve
  })
  kafka.extendTopic('logs', 2)
  await clock.advance(6000)
  const error = new KafkaClientError('denied', { code: 'GROUP_AUTHORIZATION_FAILED', retryable: false })
  consumers.at(-1)?.onFailure(error)
  await clock.settle()
  hold = undefined
  release()
  await clock.advance(20_000)
  expect(running).toBe(1)
  put(kafka, 1, 'a')
  await clock.advance(1000)
  expect(texts(kafka.committed('alerts'))).toEqual(['1: 1 a'])
})

test('a topic that is made anew while it is read is read from its beginning', async () => {
  const kafka = broker(1)
  const { clock } = kafka
  const { group, messages } = createInstance(kafka)
  await group.start()
  put(kafka, 0, 'a', 'b', 'c')
  await clock.advance(1000)
  kafka.createTopic('logs', 1)
  put(kafka, 0, 'x')
  put(kafka, 0, 'y')
  await clock.advance(2000)
  expect(texts(kafka.committed('alerts'))).toEqual(
    ['a', 'b', 'c', 'x', 'y'].map((line, index) => `0: ${index + 1} ${line}`)
  )
  expect(messages.filter(({ message }) => message.startsWith('the topic ends before'))).toHaveLength(1)
})

test('offsets that could not be committed are committed at the end', async () => {
  const kafka = broker(1)
  const { clock } = kafka
  let isRefused = true
  const client = clientOf(kafka, own => ({
    consumer(options) {
      const consumer = own.consumer(options)
      return {
        start: () => consumer.start(),
        stop: () => consumer.stop(),
        seek: (...where) => consumer.seek(...where),
        pause: partitions => consumer.pause(partitions),
        resume: partitions => consumer.resume(partitions),
        commitOffsets(offsets) {
          if (!isRefused) return consumer.commitOffsets(offsets)
          const error = { code: 'REBALANCE_IN_PROGRESS', retryable: true }
          return Promise.reject(new KafkaClientError('the group is being dealt out anew', error))
        }
      }
    }
  }))
  const { group, messages } = createInstance(kafka, { client })
  await group.start()
  put(kafka, 0, 'a')
  await clock.advance(6000)
  expect(messages.filter(({ message }) => message.startsWith("the group's offsets do not"))).toHaveLength(1)
  isRefused = false
  const ended = group.stop()
  await clock.advance(10_000)
  expect(await ended).toEqual({ type: 'ended' })
  expect([...kafka.group('app').offsets.values()]).toEqual([{ topic: 'logs', partition: 0, offset: 1 }])
})

test('a client that is made when the end has come is closed', async () => {
  const kafka = broker(1)
  let make = (_client: KafkaClient): void => {}
  let closed = 0
  const made = new Promise<KafkaClient>(resolve => {
    make = resolve
  })
  const { group } = createInstance(kafka, { client: () => made })
  const started = group.start()
  const ended = group.stop()
  await kafka.clock.advance(10_000)
  expect(await ended).toEqual({ type: 'ended' })
  const late = clientOf(kafka, () => ({
    close() {
      closed++
      return Promise.resolve()
    }
  }))
  make(await late())
  await started
  expect(closed).toBe(1)
})

test('a stop while the group is still being joined is an end in good order', async () => {
  const kafka = broker(1)
  let refuse = (_error: Error): void => {}
  let join = (): void => {}
  const joins = new Promise<void>(resolve => {
    join = resolve
  })
  const client = clientOf(kafka, own => ({
    consumer: () => ({
      start() {
        join()
        return new Promise((_resolve, reject) => {
          refuse = reject
        })
      },
      stop: () => Promise.resolve(),
      seek: () => {},
      pause: () => {},
      resume: () => {},
      commitOffsets: () => Promise.resolve()
    }),
    close() {
      refuse(new KafkaClientError('closed', { code: 'CLOSED', retryable: false }))
      return own.close()
    }
  }))
  const { group } = createInstance(kafka, { client })
  const started = group.start()
  await joins
  const ended = group.stop()
  await started
  expect(await ended).toEqual({ type: 'ended' })
})

test('all tasks with the same trouble are one trouble, and no leak of listeners', async context => {
  const warnings: Error[] = []
  const note = (warning: Error): void => void warnings.push(warning)
  process.on('warning', note)
  context.onTestFinished(() => void process.off('warning', note))
  let isFailing = true
  const kafka = broker(12, { commitFate: () => (isFailing ? 'fails' : 'succeeds') })
  const { clock } = kafka
  const { group } = createInstance(kafka)
  await group.start()
  await clock.advance(500)
  expect(group.health).toMatchObject({ status: 'starting', troubles: [{ component: 'tasks 0-11' }] })
  expect(warnings.map(({ message }) => message)).toEqual([])
  isFailing = false
  await clock.advance(5000)
  expect(group.health).toEqual({ status: 'ok', troubles: [] })
})

test('the states of all tasks that are being read are one trouble, with what is to go', async () => {
  const kafka = broker(3)
  const { clock } = kafka
  const first = createInstance(kafka)
  await first.group.start()
  for (const partition of [0, 1, 2]) put(kafka, partition, 'a')
  await clock.advance(1000)
  first.kill()
  const client = clientOf(kafka, own => ({
    consumer: options => own.consumer({ ...options, onBatch: () => Promise.resolve(), onPassed: () => {} })
  }))
  const second = createInstance(kafka, { client })
  await second.group.start()
  await clock.advance(11_000)
  const { troubles } = second.group.health
  expect(troubles.map(({ component }) => component)).toEqual(['tasks 0-2'])
  expect(troubles[0]?.reason).toMatch(/^their state is being read: \d+ records to go$/)
})

test('a consumer that fails of what passes is joined anew, and of what does not it is the end', async () => {
  const kafka = broker(1)
  const { clock } = kafka
  const consumers: KafkaConsumerOptions[] = []
  const client = clientOf(kafka, own => ({
    consumer(options) {
      consumers.push(options)
      return own.consumer(options)
    }
  }))
  const { group } = createInstance(kafka, { client })
  await group.start()
  await clock.advance(1000)
  const fail = (code: string, retryable: boolean): void => {
    consumers.at(-1)?.onFailure(new KafkaClientError(code, { code, retryable }))
  }
  fail('KAFKAJS_UNKNOWN_ERROR_CODE', true)
  await clock.settle()
  expect(group.health.troubles).toMatchObject([{ component: 'kafka', reason: 'KAFKAJS_UNKNOWN_ERROR_CODE' }])
  await clock.advance(5000)
  put(kafka, 0, 'a')
  await clock.advance(1000)
  expect(texts(kafka.committed('alerts'))).toEqual(['0: 1 a'])
  expect(group.health).toEqual({ status: 'ok', troubles: [] })
  fail('GROUP_AUTHORIZATION_FAILED', false)
  expect(await group.wait()).toMatchObject({ error: { code: 'GROUP_AUTHORIZATION_FAILED' } })
})
