import type { TestContext } from 'vitest'
import { vi } from 'vitest'
import type {
  Assigner,
  KafkaBatch,
  KafkaClient,
  KafkaClientError,
  KafkaConsumer,
  KafkaConsumerOptions,
  KafkaRecord,
  TopicPartition
} from '../../../adapters/kafka/client.ts'
import { plainRecord } from './plain-record.ts'

/** Deals each topic's partitions to the members in turn, in order of their ids. */
const inTurn: Assigner = (members, partitions) => {
  const ids = members.map(({ id }) => id).toSorted()
  const dealt = new Map<string, TopicPartition[]>(ids.map(id => [id, []]))
  for (const [topic, count] of partitions) {
    for (let partition = 0; partition < count; partition++) {
      dealt.get(ids[partition % ids.length] ?? '')?.push({ topic, partition })
    }
  }
  return dealt
}

/** A consumer that reads all it is given from the beginning, once, and notes what it is told. */
export class Reading {
  readonly consumer: KafkaConsumer
  readonly batches: KafkaBatch[] = []
  readonly records: KafkaRecord[] = []
  /** What was called, in order. */
  readonly calls: string[] = []
  readonly failures: KafkaClientError[] = []
  readonly passed = new Map<string, number>()
  readonly #next = new Map<string, number>()
  assigned: readonly TopicPartition[] = []
  trouble: string | undefined

  constructor(
    client: KafkaClient,
    options: Partial<KafkaConsumerOptions> & Pick<KafkaConsumerOptions, 'topics'>
  ) {
    this.consumer = client.consumer({
      groupId: `group-${Math.random().toString(36).slice(2)}`,
      assigner: { name: 'in-turn', assign: inTurn },
      maxBytesPerPartition: 1024 * 1024,
      concurrency: 8,
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 15_000,
      heartbeatMs: 500,
      onLost: () => this.calls.push('lost'),
      onGap: (partition, from, to) => this.calls.push(`gap ${nameOf(partition)} ${from} ${to}`),
      onPassed: (partition, nextOffset) => this.passed.set(nameOf(partition), nextOffset),
      onTrouble: problem => {
        this.trouble = problem
        this.calls.push(`trouble ${problem ?? 'over'}`)
      },
      onFailure: error => this.failures.push(error),
      ...options,
      onAssigned: partitions => {
        this.assigned = partitions
        this.calls.push(
          `assigned ${partitions.map(({ topic, partition }) => `${topic}/${partition}`).join(' ')}`
        )
        if (options.onAssigned !== undefined) return options.onAssigned(partitions)
        for (const partition of partitions)
          this.consumer.seek(partition, this.#next.get(nameOf(partition)) ?? 0)
        this.consumer.resume(partitions)
      },
      onBatch: async (batch, rebalancing) => {
        this.batches.push(batch)
        this.#next.set(nameOf(batch), batch.nextOffset)
        this.records.push(...batch.records.slice(0, batch.records.length).map(plainRecord))
        await options.onBatch?.(batch, rebalancing)
      }
    })
  }

  static async start(
    context: TestContext,
    client: KafkaClient,
    options: Partial<KafkaConsumerOptions> & Pick<KafkaConsumerOptions, 'topics'>
  ): Promise<Reading> {
    const reading = new Reading(client, options)
    context.onTestFinished(async () => reading.consumer.stop())
    await reading.consumer.start()
    return reading
  }

  get values(): (string | null)[] {
    return this.records.map(({ value }) => value?.toString() ?? null)
  }

  async until(condition: () => boolean, timeout = 20_000): Promise<void> {
    await vi.waitUntil(condition, { timeout, interval: 20 }).catch(() => {
      throw new Error(`waited in vain; ${this.records.length} records; ${this.calls.join(', ')}`)
    })
  }

  async untilRecords(count: number): Promise<void> {
    await this.until(() => this.records.length >= count)
  }
}

function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`
}
