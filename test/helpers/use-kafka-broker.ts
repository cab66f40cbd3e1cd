import { afterAll, beforeAll, type TestContext } from 'vitest'
import { type BrokerOptions, KafkaBroker } from './kafka-broker.ts'
import { requireKafka } from './requirements.ts'

const READY_WITHIN_MS = 60_000

/**
 * A broker for the tests of a file that stop it, started before the first one. The function gives it to a test, which it
 * skips or fails where there is no Kafka. Others share one: `shared-kafka.ts`.
 */
export function useKafkaBroker(options: BrokerOptions = {}): (context: TestContext) => KafkaBroker {
  let broker: KafkaBroker | undefined
  beforeAll(async () => {
    if (requireKafka().available) broker = await KafkaBroker.create(options)
  }, READY_WITHIN_MS)
  afterAll(async () => {
    await broker?.remove()
  })
  return context => {
    requireKafka().need(context)
    if (broker === undefined) throw new Error('the broker did not start')
    return broker
  }
}
