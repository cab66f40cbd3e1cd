import { expect, test } from 'vitest'
import { ManualClock } from '../../helpers/manual-clock.ts'
import { MemoryCheckpoints, MemoryDisk, MemorySink } from '../../helpers/memory-adapters.ts'
import { MemoryKafka, type MemoryKafkaOptions } from '../../helpers/memory-kafka.ts'
import { createInstance, type InstanceOptions, texts } from './memory-instance.ts'

const START = 1_800_000_000_000

function broker(partitions = 4, options: Partial<MemoryKafkaOptions> = {}): MemoryKafka {
  const kafka = new MemoryKafka({ clock: new ManualClock(), ...options })
  kafka.createTopic('logs', partitions)
  kafka.createTopic('alerts', 1)
  kafka.createTopic('dead', 1)
  return kafka
}

/** A line in a partition, `at` seconds after the start. */
function put(kafka: MemoryKafka, partition: number, text: string, at = 0): void {
  const [key, value] = [null, Buffer.from(text)]
  kafka.append({ topic: 'logs', partition, key, value, timestamp: START + 1000 * at })
}

test('each partition has its own state, and alerts, state and position are committed together', async () => {
  const kafka = broker(2)
  const { clock } = kafka
  const { group } = createInstance(kafka)
  put(kafka, 0, 'a')
  put(kafka, 1, 'b')
  put(kafka, 0, 'c')
  await group.start()
  await clock.advance(1000)
  expect(texts(kafka.committed('alerts')).sort()).toEqual(['0: 1 a', '0: 2 c', '1: 1 b'])
  const state = new Map(
    kafka.committed('app-state').map(({ key, value }) => [key?.toString(), value?.toString()])
  )
  expect(state.get('position/logs')).toBe('{"offset":1}')
  expect(group.health).toEqual({ status: 'ok', troubles: [] })
  expect(group.counters.records).toEqual({ logs: 3 })
  expect(group.counters.alerts).toBe(3)
  const ended = group.stop()
  await clock.advance(15_000)
  expect(await ended).toEqual({ type: 'ended' })
  expect([...kafka.group('app').offsets.values()].map(({ offset }) => offset)).toEqual([2, 1])
})

test('what is raised while a transaction is under way is part of the next one', async () => {
  const fates = ['succeeds', 'succeeds', 'succeeds', 'fails'] as const
  let commits = 0
  const kafka = broker(1, { batchSize: () => 5000, commitFate: () => fates[commits++] ?? 'succeeds' })
  const { clock } = kafka
  for (let line = 0; line < 3500; line++) put(kafka, 0, `line ${line}`)
  // Between what the state has and the transaction there is a sink that takes its time.
  const slow = new MemorySink()
  slow.flush = async () => {
    for (let turn = 0; turn < 10; turn++) await clock.yield()
  }
  const { group } = createInstance(kafka, { checkpointIntervalMs: 0, sinks: [slow] })
  const counts: [number, number][] = []
  kafka.onNews(() => {
    if (kafka.topics.get('app-state')?.[0]?.entries.at(-1)?.state !== 'marker') return
    const state = kafka.committed('app-state').filter(({ key }) => key?.toString() === 'count')
    counts.push([kafka.committed('alerts').length, Number(texts(state).at(-1) ?? 0)])
  })
  await group.start()
  for (let second = 0; second < 60; second++) await clock.advance(200)
  expect(counts.filter(([alerts, counted]) => alerts !== counted)).toEqual([])
  expect(counts.at(-1)).toEqual([3500, 3500])
  expect(commits).toBeGreaterThan(5)
  const ended = group.stop()
  await clock.advance(15_000)
  await ended
})

test('a member that comes takes its share; the others go on where they are', async () => {
  const kafka = broker(4)
  const { clock } = kafka
  const first = createInstance(kafka)
  await first.group.start()
  for (let partition = 0; partition < 4; partition++) put(kafka, partition, 'a')
  await clock.advance(1000)
  const second = createInstance(kafka)
  await second.group.start()
  await clock.advance(1000)
  for (let partition = 0; partition < 4; partition++) put(kafka, partition, 'b', 1)
  await clock.advance(1000)
  expect([first, second].map(({ group }) => group.readings.tasks)).toEqual([2, 2])
  expect(first.group.readings).toMatchObject({ lost: 2, rebuilt: 0 })
  expect(texts(kafka.committed('alerts')).sort()).toEqual(
    [0, 1, 2, 3].flatMap(number => [`${number}: 1 a`, `${number}: 2 b`])
  )
  // What it has given away counts on.
  expect(first.group.counters.alerts + second.group.counters.alerts).toBe(8)
})

test('an idle task commits nothing', async () => {
  const kafka = broker(1)
  const { clock } = kafka
  const { group } = createInstance(kafka)
  await group.start()
  put(kafka, 0, 'a')
  await clock.advance(2000)
  const before = kafka.uncommitted('app-state').length
  await clock.advance(600_000)
  expect(kafka.uncommitted('app-state')).toHaveLength(before)
})

test('a restart restores what was kept, and health says so meanwhile', async () => {
  const kafka = broker(1)
  const { clock } = kafka
  const life = createInstance(kafka)
  await life.group.start()
  for (let line = 0; line < 50; line++) put(kafka, 0, `line ${line}`)
  await clock.advance(1000)
  life.kill()
  const next = createInstance(kafka)
  await next.group.start()
  expect(next.group.health.status).toBe('starting')
  put(kafka, 0, 'more')
  await clock.advance(15_000)
  expect(next.group.health).toEqual({ status: 'ok', troubles: [] })
  expect(texts(kafka.committed('alerts')).at(-1)).toBe('0: 51 more')
})

test('a changelog that is cleaned by time is refused, and one that is missing where it may not be made', async () => {
  const kafka = broker(2)
  await expect(createInstance(kafka, { mayCreate: false }).group.start()).rejects.toThrow(
    /^no changelog "app-state"; expected it with 2 partitions \(kafka-topics.sh --create --topic app-state --partitions 2 --config cleanup.policy=compact/
  )
  kafka.createTopic('app-state', 2)
  kafka.settings.set('app-state', new Map([['cleanup.policy', 'delete']]))
  await expect(createInstance(kafka).group.start()).rejects.toThrow(
    'wrong value "delete" for cleanup.policy of the changelog "app-state": state would be lost; expected compact'
  )
})

test('the changelog is made with settings that keep restores short', async () => {
  const kafka = broker(2)
  await createInstance(kafka).group.start()
  expect(Object.fromEntries(kafka.settings.get('app-state') ?? [])).toEqual({
    'cleanup.policy': 'compact',
    'segment.bytes': '67108864',
    'segment.ms': '3600000',
    'min.cleanable.dirty.ratio': '0.1',
    'delete.retention.ms': '86400000'
  })
})

test('new partitions become tasks from their beginning, and one warning says that keys may have moved', async () => {
  const kafka = broker(2)
  const { clock } = kafka
  const { group, messages } = createInstance(kafka, { startAt: 'latest' })
  await group.start()
  put(kafka, 0, 'a')
  await clock.advance(10_000)
  kafka.extendTopic('logs', 3)
  put(kafka, 2, 'first of the new one')
  await clock.advance(60_000)
  expect(kafka.topics.get('app-state')).toHaveLength(3)
  expect(texts(kafka.committed('alerts')).at(-1)).toBe('2: 1 first of the new one')
  expect(messages.filter(({ message }) => message.includes('keys may be in other partitions'))).toHaveLength(
    1
  )
})

test('topics of a pattern are read when they come, and what the group writes is not among them', async () => {
  const kafka = broker(1)
  const { clock } = kafka
  const topics = { names: [], patterns: [/./u], except: ['app-state', 'alerts', 'dead'] }
  const { group } = createInstance(kafka, { topics })
  await group.start()
  await clock.advance(1000)
  kafka.createTopic('more', 1)
  kafka.append({ topic: 'more', partition: 0, key: null, value: Buffer.from('new'), timestamp: START })
  await clock.advance(60_000)
  expect(texts(kafka.committed('alerts'))).toEqual(['0: 1 new'])
  expect(group.counters.records).toEqual({ more: 1 })
})

test('a topic that is missing ends it, or is waited for', async () => {
  const kafka = new MemoryKafka({ clock: new ManualClock() })
  await expect(createInstance(kafka).group.start()).rejects.toThrow(
    'no topic "logs"; expected it to be there, and readable by this user, before correlog starts (kafka-topics.sh --create --topic logs)'
  )
  const { group } = createInstance(kafka, { onError: 'retry' })
  const started = group.start()
  await kafka.clock.advance(5000)
  expect(group.health).toMatchObject({ status: 'starting', troubles: [{ component: 'kafka' }] })
  kafka.createTopic('logs', 1)
  await kafka.clock.advance(5000)
  await started
  expect(group.health).toEqual({ status: 'ok', troubles: [] })
})

test('a broker that is away is waited for, and work goes on when it is back', async () => {
  const kafka = broker(2)
  const { clock } = kafka
  const { group } = createInstance(kafka)
  await group.start()
  put(kafka, 0, 'a')
  await clock.advance(1000)
  kafka.isDown = true
  put(kafka, 1, 'b')
  await clock.advance(60_000)
  kafka.isDown = false
  kafka.tell()
  await clock.advance(5000)
  expect(texts(kafka.committed('alerts')).sort()).toEqual(['0: 1 a', '1: 1 b'])
  expect(group.health).toEqual({ status: 'ok', troubles: [] })
})

test('--reset-state leaves the state behind, once', async () => {
  const kafka = broker(1)
  const { clock } = kafka
  const life = createInstance(kafka)
  await life.group.start()
  put(kafka, 0, 'a')
  await clock.advance(10_000)
  const ended = life.group.stop()
  await clock.advance(15_000)
  await ended
  const next = createInstance(kafka, { resetState: true })
  await next.group.start()
  await clock.advance(1000)
  expect(texts(kafka.committed('alerts'))).toEqual(['0: 1 a', '0: 1 a'])
  put(kafka, 0, 'b')
  await clock.advance(1000)
  expect(texts(kafka.committed('alerts')).at(-1)).toBe('0: 2 b')
})

test('a lost state ends it with what to do', async () => {
  const kafka = broker(1)
  kafka.group('app').offsets.set('logs/0', { topic: 'logs', partition: 0, offset: 5 })
  const { group } = createInstance(kafka)
  await group.start()
  await kafka.clock.advance(1000)
  const end = await group.wait()
  expect(end).toMatchObject({ type: 'failed', error: { code: 'STATE_LOST' } })
})

test('a store of its own is for one who has all partitions', async () => {
  const kafka = broker(2)
  const { clock } = kafka
  const disks = [new MemoryDisk(), new MemoryDisk()]
  const elsewhere = {
    layout: { mode: 'each', changelog: undefined, isUndivided: true },
    delivery: { type: 'elsewhere', store: task => new MemoryCheckpoints(disks[task]) }
  } satisfies InstanceOptions
  const first = createInstance(kafka, elsewhere)
  await first.group.start()
  put(kafka, 1, 'a')
  await clock.advance(1000)
  expect(texts(kafka.committed('alerts'))).toEqual(['1: 1 a'])
  expect(disks[1]?.entries?.get('position/logs')).toBe('{"offset":1}')
  const second = createInstance(kafka, elsewhere)
  await second.group.start()
  await clock.advance(20_000)
  expect(await second.group.wait()).toMatchObject({ type: 'failed', error: { code: 'STATE_SHARED' } })
  put(kafka, 0, 'b')
  await clock.advance(1000)
  expect(texts(kafka.committed('alerts'))).toEqual(['1: 1 a', '0: 1 b'])
  expect(first.group.health.status).toBe('ok')
})
