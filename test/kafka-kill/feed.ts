import { setTimeout as sleep } from 'node:timers/promises'
import type { Kafka, Producer } from 'kafkajs'
import type { KafkaLine } from '../cli/kafka-lines.ts'
import type { KafkaWorkload } from './workload.ts'

/** In the past wherever the tests run: brokers refuse records of the future. */
const START = 1_700_000_000
const TICK_MS = 100
const CHUNK = 2000

/** Puts lines into a topic, each once: all that are wanted at once, or so many a second. */
export class Feed {
  readonly #topic: string
  readonly #producer: Producer
  readonly #lines: Generator<KafkaLine, never>
  #count = 0
  #isFlowing = false
  #flow: Promise<void> = Promise.resolve()

  constructor(kafka: Kafka, topic: string, partitions: number, { lines }: KafkaWorkload) {
    this.#topic = topic
    // Without repetitions, and in order, whatever happens to the broker.
    this.#producer = kafka.producer({ idempotent: true, retry: { maxRetryTime: 500, retries: 1000 } })
    this.#lines = lines(partitions, START)
  }

  get count(): number {
    return this.#count
  }

  async connect(): Promise<void> {
    await this.#producer.connect()
  }

  async put(count: number): Promise<void> {
    for (let left = count; left > 0; left -= CHUNK) {
      const messages = Array.from({ length: Math.min(left, CHUNK) }, () => {
        const { partition, seconds, text } = this.#lines.next().value
        return { partition, value: Buffer.from(text, 'latin1'), timestamp: String(seconds * 1000) }
      })
      await this.#producer.send({ topic: this.#topic, messages })
      this.#count += messages.length
    }
  }

  /** Begins to put so many a second. */
  flow(perSecond: number): void {
    this.#isFlowing = true
    this.#flow = (async () => {
      while (this.#isFlowing) {
        await this.put(Math.ceil((perSecond * TICK_MS) / 1000))
        await sleep(TICK_MS)
      }
    })()
    // Looked at when it is stopped.
    this.#flow.catch(() => {})
  }

  async stop(): Promise<void> {
    this.#isFlowing = false
    await this.#flow
  }

  async close(): Promise<void> {
    await this.stop()
    await this.#producer.disconnect()
  }
}
