import { expect, test } from 'vitest'
import { recordDecoder } from '../../../../adapters/kafka/records.ts'
import { ManualClock } from '../../../helpers/manual-clock.ts'
import { type CommitFate, MemoryKafka } from '../../../helpers/memory-kafka.ts'
import { createInstance, type Instance, texts } from '../memory-instance.ts'
import { createRouter } from './memory-router.ts'

const START = 1_800_000_000_000

/** A stage behind the router, that raises how many lines it has counted. */
function createReader(kafka: MemoryKafka): Instance {
  return createInstance(kafka, {
    topics: { names: ['repartition'], patterns: [], except: ['app-state', 'alerts', 'dead'] },
    input: ({ topic }) => ({
      name: topic,
      decode: recordDecoder({
        source: topic,
        codec: undefined,
        maxBytes: 1000,
        needsBody: false,
        timestamp: 'kafka'
      })
    })
  })
}

test('a stage counts once what a router has sent twice, also after a restart between the two', async () => {
  const fates: CommitFate[] = []
  const kafka = new MemoryKafka({ clock: new ManualClock(), commitFate: () => fates.shift() ?? 'succeeds' })
  const { clock } = kafka
  for (const [topic, partitions] of [
    ['logs', 1],
    ['repartition', 1],
    ['alerts', 1],
    ['dead', 1]
  ] as const) {
    kafka.createTopic(topic, partitions)
  }
  const put = (count: number): void => {
    for (let line = 0; line < count; line++) {
      const value = Buffer.from(`host=a ${line}`)
      kafka.append({ topic: 'logs', partition: 0, key: null, value, timestamp: START })
    }
  }
  const router = createRouter(kafka, { delivery: { type: 'at-least-once' } })
  await router.group.start()
  await clock.advance(2000)
  put(6)
  fates.push('fails')
  const first = createReader(kafka)
  const isSent = (): boolean => kafka.committed('repartition').length >= 6
  while (!isSent()) await clock.advance(50)
  await first.group.start()
  await clock.advance(500)
  first.kill()
  await clock.advance(20_000)
  const second = createReader(kafka)
  await second.group.start()
  put(4)
  await clock.advance(30_000)

  expect(kafka.committed('repartition').length).toBeGreaterThan(10)
  expect(second.group.readings.duplicates + first.group.readings.duplicates).toBeGreaterThan(0)
  const counts = texts(kafka.committed('alerts')).map(text => Number(/^0: (\d+)/.exec(text)?.[1]))
  expect(counts).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
})
