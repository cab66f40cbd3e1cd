import type {
  KafkaClient,
  KafkaConsumer,
  KafkaConsumerOptions,
  KafkaProducer,
  KafkaTransactions
} from '../client.ts'
import { KafkajsAdmin } from './admin.ts'
import { Connection, type KafkajsOptions } from './connection.ts'
import { KafkajsConsumer } from './consumer.ts'
import { KafkajsProducer } from './producer.ts'
import { KafkajsTransactions } from './transactions.ts'

/** A Kafka client on kafkajs. Connects when it is used. */
export function kafkajsClient(options: KafkajsOptions): KafkaClient {
  const admin = new KafkajsAdmin(options)
  const open = new Set<() => Promise<void>>([async () => admin.close()])
  /** How something that was opened is closed: once, by whom it was given to or with the client. */
  const closing = (close: () => Promise<void>): (() => Promise<void>) => {
    open.add(close)
    return async () => {
      open.delete(close)
      await close()
    }
  }
  return {
    admin,
    consumer: (settings: KafkaConsumerOptions): KafkaConsumer => {
      const consumer = new KafkajsConsumer(new Connection(options), admin, settings)
      open.add(async () => consumer.stop())
      return consumer
    },
    producer: async (): Promise<KafkaProducer> => {
      const producer = await KafkajsProducer.open(options)
      return {
        send: async messages => producer.send(messages),
        close: closing(async () => producer.close())
      }
    },
    transactional: async (transactionalId, timeoutMs): Promise<KafkaTransactions> => {
      const { compression } = options
      const connection = new Connection(options)
      const transactions = await KafkajsTransactions.open(connection, {
        transactionalId,
        timeoutMs,
        compression
      })
      return {
        commit: async messages => transactions.commit(messages),
        close: closing(async () => transactions.close())
      }
    },
    close: async () => {
      await Promise.all([...open].map(async close => close()))
      open.clear()
    }
  }
}
