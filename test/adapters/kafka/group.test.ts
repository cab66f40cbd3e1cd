import { expect, test } from 'vitest'
import { ManualClock } from '../../helpers/manual-clock.ts'
import { MemorySink } from '../../helpers/memory-adapters.ts'
import { MemoryKafka, type MemoryKafkaOptions } from '../../helpers/memory-kafka.ts'
import { createInstance, texts } from './memory-instance.ts'

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
