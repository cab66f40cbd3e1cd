import fc from 'fast-check'
import type { Producer, Transaction } from 'kafkajs'
import { Partitioners } from 'kafkajs'
import { expect, type TestContext, test } from 'vitest'
import type { KafkaClient } from '../../../adapters/kafka/client.ts'
import { kcatConsume } from '../../helpers/kcat.ts'
import { requireKcat } from '../../helpers/requirements.ts'
import { type SharedKafka, useKafka } from '../../helpers/shared-kafka.ts'
import { openClient } from './opening.ts'
import { Reading } from './reading.ts'

const brokerFor = useKafka()
const PRODUCERS = 3

/** What one of the producers does next: whatever is not ended at the end is aborted. */
type Step = { readonly producer: number; readonly does: 'commit' | 'abort' | 'send'; readonly count: number }

const steps = fc.array(
  fc.record({
    producer: fc.nat(PRODUCERS - 1),
    does: fc.constantFrom(
      'send' as const,
      'send' as const,
      'send' as const,
      'commit' as const,
      'abort' as const
    ),
    count: fc.integer({ min: 1, max: 3 })
  }),
  { minLength: 12, maxLength: 30 }
)

/** Of two producers, the one that began first ends first: what kafkajs takes for the end of the other one's. */
const overlapping: readonly Step[] = [
  { producer: 0, does: 'send', count: 1 },
  { producer: 1, does: 'send', count: 1 },
  { producer: 0, does: 'abort', count: 1 },
  { producer: 1, does: 'send', count: 2 },
  { producer: 2, does: 'send', count: 1 },
  { producer: 1, does: 'abort', count: 1 },
  { producer: 2, does: 'send', count: 2 },
  { producer: 2, does: 'commit', count: 1 }
]

test('shows what kcat shows with read_committed, however transactions of several producers overlap', async context => {
  requireKcat().need(context)
  const broker = brokerFor(context)
  const client = openClient(context, broker.address)
  const producers = await startProducers(context, broker)
  let runs = 0
  await fc.assert(
    fc.asyncProperty(steps, async taken => {
      const topic = await broker.topic(`overlapping-${runs++}`)
      await carryOut(producers, topic, taken)
      const expected = (await kcatConsume(broker.address, topic)).map(({ offset }) => offset)
      // Fetches that hold everything, and fetches that begin and end amid transactions.
      for (const maxBytesPerPartition of [1024 * 1024, 250]) {
        expect(await readOffsets(context, client, topic, maxBytesPerPartition)).toEqual(expected)
      }
    }),
    { numRuns: 7, examples: [[overlapping]], endOnFailure: true }
  )
}, 60_000)

async function readOffsets(
  context: TestContext,
  client: KafkaClient,
  topic: string,
  maxBytesPerPartition: number
): Promise<number[]> {
  const { end } = await client.admin.offsets({ topic, partition: 0 })
  const reading = await Reading.start(context, client, { topics: [topic], maxBytesPerPartition })
  const position = (): number =>
    Math.max(reading.batches.at(-1)?.nextOffset ?? 0, reading.passed.get(`${topic}/0`) ?? 0)
  await reading.until(() => position() >= end)
  await reading.consumer.stop()
  return reading.records.map(({ offset }) => offset)
}

async function startProducers(context: TestContext, broker: SharedKafka): Promise<Producer[]> {
  const producers = Array.from({ length: PRODUCERS }, (_, number) =>
    broker.kafkajs().producer({
      transactionalId: broker.name(`overlapping-${number}`),
      maxInFlightRequests: 1,
      createPartitioner: Partitioners.DefaultPartitioner
    })
  )
  context.onTestFinished(async () => {
    await Promise.all(producers.map(async producer => producer.disconnect()))
  })
  await Promise.all(producers.map(async producer => producer.connect()))
  return producers
}

async function carryOut(
  producers: readonly Producer[],
  topic: string,
  taken: readonly Step[]
): Promise<void> {
  const open = new Map<number, Transaction>()
  for (const { producer, does, count } of taken) {
    const transaction = open.get(producer) ?? (await producers[producer]?.transaction())
    if (transaction === undefined) throw new Error(`no producer ${producer}`)
    open.set(producer, transaction)
    if (does === 'send') {
      // This key is what an abort marker has.
      const messages = Array.from({ length: count }, () => ({
        key: Buffer.alloc(4),
        value: `of ${producer}`
      }))
      await transaction.send({ topic, messages })
      continue
    }
    open.delete(producer)
    await (does === 'commit' ? transaction.commit() : transaction.abort())
  }
  for (const transaction of open.values()) await transaction.abort()
}
