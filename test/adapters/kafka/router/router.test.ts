import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { KafkaRecord } from '../../../../adapters/kafka/client.ts'
import { type Origin, originOf } from '../../../../adapters/kafka/router/route-headers.ts'
import { RoutedRecords } from '../../../../adapters/kafka/router/routed-records.ts'
import { ManualClock } from '../../../helpers/manual-clock.ts'
import { type CommitFate, MemoryKafka } from '../../../helpers/memory-kafka.ts'
import { createRouter, type MemoryRouter } from './memory-router.ts'

const START = 1_800_000_000_000

function broker(
  options: { readonly commitFate?: () => CommitFate; readonly batchSize?: () => number } = {}
): MemoryKafka {
  const kafka = new MemoryKafka({ clock: new ManualClock(), ...options })
  kafka.createTopic('logs', 3)
  kafka.createTopic('repartition', 4)
  kafka.createTopic('dead', 1)
  return kafka
}

function put(kafka: MemoryKafka, partition: number, text: string, key: string | null = null): void {
  kafka.append({
    topic: 'logs',
    partition,
    key: key === null ? null : Buffer.from(key),
    value: Buffer.from(text),
    headers: { own: Buffer.from('x') },
    timestamp: START
  })
}

function partitionsOf(kafka: MemoryKafka, topic: string): KafkaRecord[][] {
  return (kafka.topics.get(topic) ?? []).map(({ entries }) =>
    entries.flatMap(({ state, record }) => (state === 'committed' && record !== undefined ? [record] : []))
  )
}

const nameOf = ({ topic, partition, offset }: Origin): string => `${topic}/${partition}/${offset}`

test('a record goes on as it is, with its key and its origin', async () => {
  const kafka = broker()
  put(kafka, 2, 'noise', 'k')
  put(kafka, 2, 'host=web1 up', 'k')
  await createRouter(kafka).group.start()
  await kafka.clock.advance(1000)
  const routed = kafka.committed('repartition').find(({ value }) => value?.toString() === 'host=web1 up')
  expect(routed?.key?.toString()).toBe('web1')
  expect(routed?.timestamp).toBe(START)
  expect(originOf(routed?.headers ?? {})).toEqual({ topic: 'logs', partition: 2, offset: 1 })
  expect(routed?.headers['own']).toEqual(Buffer.from('x'))
})

test.each([
  ['keep', [['k', 'noise']], 0, {}],
  ['drop', [], 0, { 'no-key': 1 }],
  ['deadLetters', [], 1, {}]
] as const)('without a key: %s', async (withoutKey, routed, dead, dropped) => {
  const kafka = broker()
  put(kafka, 0, 'noise', 'k')
  const { group } = createRouter(kafka, { withoutKey })
  await group.start()
  await kafka.clock.advance(1000)
  expect(
    kafka.committed('repartition').map(({ key, value }) => [key?.toString(), value?.toString()])
  ).toEqual(routed)
  expect(kafka.committed('dead').length).toBe(dead)
  expect(group.counters.dropped).toEqual(dropped)
  expect(group.counters.records).toEqual({ logs: 1 })
})

test('a value that is no record goes on where records without a key do', async () => {
  const kafka = broker()
  kafka.append({ topic: 'logs', partition: 0, key: Buffer.from('k'), value: null })
  put(kafka, 0, 'x'.repeat(2000))
  await createRouter(kafka).group.start()
  await kafka.clock.advance(1000)
  const lengths = kafka.committed('repartition').map(({ value }) => value?.length ?? null)
  expect(new Set(lengths)).toEqual(new Set([2000, null]))
})

test('an orderly end settles what was read', async () => {
  const kafka = broker()
  const { group } = createRouter(kafka)
  await group.start()
  await kafka.clock.advance(1000)
  put(kafka, 0, 'host=a')
  await kafka.clock.settle()
  const ended = group.stop()
  await kafka.clock.advance(15_000)
  expect(await ended).toEqual({ type: 'ended' })
  expect(kafka.committed('repartition').length).toBe(1)
})

type Deed =
  | { readonly type: 'lines'; readonly partition: number; readonly hosts: readonly string[] }
  | { readonly type: 'time'; readonly ms: number }
  | { readonly type: 'turns'; readonly count: number }
  | { readonly type: 'join' }
  | { readonly type: 'kill' | 'stop' | 'cut off'; readonly instance: number }
  | { readonly type: 'fates'; readonly fates: readonly CommitFate[] }

const deed: fc.Arbitrary<Deed> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant('lines' as const),
      partition: fc.nat(2),
      hosts: fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { minLength: 1, maxLength: 25 })
    })
  },
  {
    weight: 4,
    arbitrary: fc.record({ type: fc.constant('time' as const), ms: fc.integer({ min: 1, max: 12_000 }) })
  },
  {
    weight: 4,
    arbitrary: fc.record({ type: fc.constant('turns' as const), count: fc.integer({ min: 1, max: 60 }) })
  },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('join' as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constantFrom('kill' as const, 'stop' as const, 'cut off' as const),
      instance: fc.nat(3)
    })
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('fates' as const),
      fates: fc.array(
        fc.constantFrom('succeeds' as const, 'fails' as const, 'stays open' as const, 'unknown' as const),
        { maxLength: 4 }
      )
    })
  }
)

/** What a run leaves behind, and how many records there were. */
async function run(deeds: readonly Deed[], delivery: 'exactly-once' | 'at-least-once'): Promise<MemoryKafka> {
  const fates: CommitFate[] = []
  const kafka = broker({ commitFate: () => fates.shift() ?? 'succeeds', batchSize: () => 7 })
  const { clock } = kafka
  const routers: MemoryRouter[] = []
  const join = (): void => {
    const router = createRouter(kafka, { delivery: { type: delivery } })
    routers.push(router)
    void router.group.start()
  }
  join()
  for (const each of deeds) {
    switch (each.type) {
      case 'lines':
        for (const host of each.hosts) put(kafka, each.partition, `host=${host} up`)
        break
      case 'time':
        await clock.advance(each.ms)
        break
      case 'turns':
        for (let turn = 0; turn < each.count; turn++) await clock.yield()
        break
      case 'join':
        if (routers.length < 4) join()
        break
      case 'kill':
        routers[each.instance]?.kill()
        break
      case 'stop':
        void routers[each.instance]?.group.stop()
        break
      case 'cut off':
        routers[each.instance]?.client.cutOff()
        break
      case 'fates':
        fates.push(...each.fates)
    }
  }
  fates.length = 0
  for (const router of routers) router.kill()
  join()
  await clock.advance(60_000)
  for (const router of routers) router.kill()
  return kafka
}

/** One that the group does not hear leaves: the others stay. */
const leavingUnheard: Deed[] = [
  { type: 'join' },
  { type: 'join' },
  { type: 'time', ms: 5000 },
  { type: 'cut off', instance: 2 },
  { type: 'stop', instance: 2 },
  { type: 'lines', partition: 0, hosts: ['a'] },
  { type: 'time', ms: 1 }
]

function everyRecord(kafka: MemoryKafka): string[] {
  return partitionsOf(kafka, 'logs')
    .flatMap((records, partition) =>
      records.map(({ offset }) => nameOf({ topic: 'logs', partition, offset }))
    )
    .sort()
}

function originsOf(records: readonly KafkaRecord[]): string[] {
  return records.map(({ headers }) => nameOf(originOf(headers) as Origin))
}

test('exactly once: each record is routed once, whatever happens to the routers', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(deed, { minLength: 3, maxLength: 15 }), async deeds => {
      const kafka = await run(deeds, 'exactly-once')
      const partitions = partitionsOf(kafka, 'repartition')
      expect(partitions.flatMap(originsOf).sort()).toEqual(everyRecord(kafka))
      const places = partitions.flatMap((records, partition) =>
        records.map(({ key }) => `${key?.toString()} ${partition}`)
      )
      expect(new Set(places).size).toBe(new Set(places.map(each => each.split(' ')[0])).size)
    }),
    { numRuns: 60, examples: [[leavingUnheard]] }
  )
}, 120_000)

test('at least once: what the reader does not drop is each record once, in the order of its partition', async () => {
  let repeated = 0
  await fc.assert(
    fc.asyncProperty(fc.array(deed, { minLength: 3, maxLength: 15 }), async deeds => {
      const kafka = await run(deeds, 'at-least-once')
      const read = partitionsOf(kafka, 'repartition').flatMap(records => {
        const seen = new RoutedRecords()
        const unseen = seen.unseen(records)
        repeated += seen.dropped
        return originsOf(unseen)
      })
      expect(read.sort()).toEqual(everyRecord(kafka))
    }),
    { numRuns: 60, examples: [[leavingUnheard]] }
  )
  expect(repeated).toBeGreaterThan(0)
}, 120_000)
