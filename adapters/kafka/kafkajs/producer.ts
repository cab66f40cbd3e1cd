import type { Producer } from 'kafkajs'
import { KafkaClientError, type KafkaMessage, type KafkaProducer } from '../client.ts'
import { chunks } from './chunks.ts'
import { codecNumbers } from './codecs.ts'
import { Connection, type KafkajsOptions, retryAnswers } from './connection.ts'
import { kafkajs } from './load.ts'

/** So long a send is tried, and so long its caller does not hear what is wrong. */
const SEND_WITHIN_MS = 20_000

/** Answers that leave a producer as it was. */
const refusals = new Set([
  'TOPIC_AUTHORIZATION_FAILED',
  'UNKNOWN_TOPIC_OR_PARTITION',
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE'
])

/** An idempotent producer. It is made anew after any other error: only so is it sure that it can go on. */
export class KafkajsProducer implements KafkaProducer {
  readonly #options: KafkajsOptions
  #current: { readonly connection: Connection; readonly producer: Producer } | undefined
  #closed = false

  private constructor(options: KafkajsOptions) {
    this.#options = options
  }

  /** @throws KafkaClientError */
  static async open(options: KafkajsOptions): Promise<KafkajsProducer> {
    const producer = new KafkajsProducer(options)
    await producer.#attempt(async () => {})
    return producer
  }

  async send(messages: readonly KafkaMessage[]): Promise<void> {
    const { compression } = this.#options
    const codec = compression === undefined ? {} : { compression: codecNumbers[compression] }
    await this.#attempt(async producer => {
      for (const topicMessages of chunks(messages)) {
        await producer.sendBatch({ acks: -1, ...codec, topicMessages })
      }
    }, topicsOf(messages))
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#drop()
  }

  async #attempt(write: (producer: Producer) => Promise<void>, topics = ''): Promise<void> {
    if (this.#closed) {
      throw new KafkaClientError('the producer is closed', { code: 'CLOSED', retryable: false })
    }
    const current = (this.#current ??= this.#make())
    const { connection, producer } = current
    const attempt = async (): Promise<void> => {
      // At once where it is connected.
      await producer.connect()
      await write(producer)
    }
    try {
      await connection.wait(attempt(), topics === '' ? connection.name : topics, SEND_WITHIN_MS)
    } catch (error) {
      if (error instanceof KafkaClientError && !refusals.has(error.code) && this.#current === current) {
        connection.end(error)
        await this.#drop()
      }
      throw error
    }
  }

  #make(): { readonly connection: Connection; readonly producer: Producer } {
    const connection = new Connection(this.#options)
    const producer = connection.kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      retry: retryAnswers,
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner
    })
    return { connection, producer }
  }

  async #drop(): Promise<void> {
    const current = this.#current
    this.#current = undefined
    await current?.connection.close(async () => current.producer.disconnect())
  }
}

function topicsOf(messages: readonly KafkaMessage[]): string {
  const topics = [...new Set(messages.map(({ topic }) => topic))]
  return `topic${topics.length === 1 ? '' : 's'} ${topics.map(topic => `"${topic}"`).join(', ')}`
}
