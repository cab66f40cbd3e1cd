import { JSON_ENCODING } from '../adapters/kafka/alert-encodings.ts'
import type { KafkaClient } from '../adapters/kafka/client.ts'
import { type MessageOutput, ProducerOutput } from '../adapters/kafka/output.ts'
import { KafkaDeadLetters, KafkaSink } from '../adapters/kafka/sink.ts'
import type {
  KafkaConnectionConfig,
  KafkaDeadLettersConfig,
  KafkaSinkConfig
} from '../config/stage/kafka-types.ts'
import type { DeadLetterSink, Sink } from '../plugin/adapter.ts'
import { LazySink } from './lazy-adapters.ts'
import { kafkaClient } from './kafka-client.ts'
import { version } from './version.ts'

/** A producer of its own. */
export function producerOutput(connection: KafkaConnectionConfig): ProducerOutput {
  let client: Promise<KafkaClient> | undefined
  return new ProducerOutput(
    async () => {
      client ??= kafkaClient(connection)
      return (await client).producer()
    },
    async () => (await client)?.close()
  )
}

export function kafkaSink(
  { name, topic, key, encoding, maxBodyBytes }: KafkaSinkConfig & { readonly name: string },
  application: string,
  output: MessageOutput
): Sink {
  const options = { topic, key: key === 'none' ? undefined : key, maxBodyBytes }
  if (encoding === 'json') return new KafkaSink(name, { ...options, encoding: JSON_ENCODING }, output)
  return new LazySink(name, async () => {
    const { collectorEncoding } = await import('../adapters/kafka/collector-encodings.ts')
    return new KafkaSink(
      name,
      { ...options, encoding: collectorEncoding(encoding, application, version) },
      output
    )
  })
}

export function kafkaDeadLetters(
  { topic, maxBodyBytes }: KafkaDeadLettersConfig,
  application: string,
  output: MessageOutput
): DeadLetterSink {
  const options = { topic, maxBodyBytes, application, encoding: JSON_ENCODING }
  return new KafkaDeadLetters(`kafka:${topic}`, options, output)
}
