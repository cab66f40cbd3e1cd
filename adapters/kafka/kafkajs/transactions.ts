import type { Producer } from 'kafkajs'
import { KafkaClientError, type KafkaMessage, type KafkaTransactions } from '../client.ts'
import { chunks } from './chunks.ts'
import { codecNumbers, type Compression } from './codecs.ts'
import { type Connection, retryAnswers } from './connection.ts'
import { kafkajs } from './load.ts'

export interface TransactionsOptions {
  readonly transactionalId: string
  /** The broker aborts what takes longer; and so long a commit is tried. */
  readonly timeoutMs: number
  readonly compression: Compression | undefined
}

/** A transactional producer. */
export class KafkajsTransactions implements KafkaTransactions {
  readonly #connection: Connection
  readonly #options: TransactionsOptions
  readonly #producer: Producer
  #broken = false
  #closing: Promise<void> | undefined

  private constructor(connection: Connection, options: TransactionsOptions) {
    this.#connection = connection
    this.#options = options
    this.#producer = connection.kafka.producer({
      transactionalId: options.transactionalId,
      transactionTimeout: options.timeoutMs,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      retry: retryAnswers,
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner
    })
  }

  /** Fences every other producer under this id. @throws KafkaClientError */
  static async open(connection: Connection, options: TransactionsOptions): Promise<KafkajsTransactions> {
    const transactions = new KafkajsTransactions(connection, options)
    try {
      await connection.wait(transactions.#fence(), transactions.#name, options.timeoutMs)
    } catch (error) {
      await transactions.close()
      throw error
    }
    return transactions
  }

  async commit(messages: readonly KafkaMessage[]): Promise<void> {
    if (this.#broken) {
      const message = `${this.#name}: what became of an earlier transaction is unknown: make a new producer`
      throw new KafkaClientError(message, { code: 'BROKEN_PRODUCER', retryable: false })
    }
    if (messages.length === 0) return
    try {
      await this.#connection.wait(this.#write(messages), this.#name, this.#options.timeoutMs)
    } catch (error) {
      this.#broken = true
      throw error
    }
  }

  async close(): Promise<void> {
    await (this.#closing ??= this.#connection.close(async () => this.#producer.disconnect()))
  }

  get #name(): string {
    return `transactional id "${this.#options.transactionalId}"`
  }

  /** `connect` alone fences nobody: it asks for a producer id without the transactional one. The first transaction does. */
  async #fence(): Promise<void> {
    await this.#producer.connect()
    const transaction = await this.#producer.transaction()
    await transaction.abort()
  }

  async #write(messages: readonly KafkaMessage[]): Promise<void> {
    const { compression } = this.#options
    const codec = compression === undefined ? {} : { compression: codecNumbers[compression] }
    const transaction = await this.#producer.transaction()
    for (const topicMessages of chunks(messages)) {
      await transaction.sendBatch({ acks: -1, ...codec, topicMessages })
    }
    await transaction.commit()
  }
}
