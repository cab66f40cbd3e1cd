import { expect, test } from 'vitest'
import { purgeSettled } from '../../../../adapters/kafka/router/purge.ts'
import { ManualClock } from '../../../helpers/manual-clock.ts'
import { MemoryKafka } from '../../../helpers/memory-kafka.ts'
import { createRouter } from './memory-router.ts'

/** Ten records in each of three partitions. */
function filled(): MemoryKafka {
  const kafka = new MemoryKafka({ clock: new ManualClock() })
  kafka.createTopic('repartition', 3)
  for (let record = 0; record < 30; record++) {
    kafka.append({ topic: 'repartition', partition: record % 3, key: null, value: Buffer.from('v') })
  }
  return kafka
}

function commit(kafka: MemoryKafka, group: string, offsets: readonly (number | undefined)[]): void {
  for (const [partition, offset] of offsets.entries()) {
    const at = { topic: 'repartition', partition }
    if (offset !== undefined) kafka.group(group).offsets.set(`repartition/${partition}`, { ...at, offset })
  }
}

function lows(kafka: MemoryKafka): number[] {
  return (kafka.topics.get('repartition') ?? []).map(({ low }) => low)
}

test('what all readers have settled is deleted, and nothing where one of them has read nothing', async () => {
  const kafka = filled()
  const { admin } = kafka.client()
  commit(kafka, 'one', [4, 10, 7])
  commit(kafka, 'other', [6, undefined, 3])
  const readers = ['one', 'other']
  await purgeSettled(admin, { topic: 'repartition', readers })
  expect(lows(kafka)).toEqual([4, 0, 3])
  await purgeSettled(admin, { topic: 'repartition', readers })
  expect(lows(kafka)).toEqual([4, 0, 3])
  await purgeSettled(admin, { topic: 'repartition', readers: ['nobody'] })
  expect(lows(kafka)).toEqual([4, 0, 3])
})

test('offsets of an earlier topic of the name delete nothing', async () => {
  const kafka = filled()
  commit(kafka, 'one', [4, 11, 4000])
  await purgeSettled(kafka.client().admin, { topic: 'repartition', readers: ['one'] })
  expect(lows(kafka)).toEqual([4, 0, 0])
})

test('a router does it every half a minute, and health says when it can not', async () => {
  const kafka = filled()
  kafka.createTopic('logs', 1)
  const { clock } = kafka
  let isDenied = true
  const { group } = createRouter(kafka, {
    upkeep: async admin => {
      if (isDenied) throw new Error('not authorized')
      await purgeSettled(admin, { topic: 'repartition', readers: ['one'] })
    }
  })
  await group.start()
  commit(kafka, 'one', [5, 5, 5])
  await clock.advance(31_000)
  expect(group.health.troubles).toMatchObject([{ component: 'upkeep', reason: 'not authorized' }])
  isDenied = false
  await clock.advance(30_000)
  expect(lows(kafka)).toEqual([5, 5, 5])
  expect(group.health).toEqual({ status: 'ok', troubles: [] })
})
