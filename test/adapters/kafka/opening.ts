import type { TestContext } from 'vitest'
import type { KafkaClient } from '../../../adapters/kafka/client.ts'
import { kafkajsClient } from '../../../adapters/kafka/kafkajs/client.ts'
import type { KafkajsOptions } from '../../../adapters/kafka/kafkajs/connection.ts'

/** A client that is closed with its test. */
export function openClient(
  context: TestContext,
  address: string,
  options: Partial<KafkajsOptions> = {}
): KafkaClient {
  const client = kafkajsClient({ brokers: [address], clientId: 'test', ...options })
  context.onTestFinished(async () => client.close())
  return client
}
