import type { Admin } from 'kafkajs'
import { type KafkaAdmin, KafkaClientError, type PartitionOffsets, type TopicPartition } from '../client.ts'
import { Connection, type KafkajsOptions, retryAnswers } from './connection.ts'
import { clientError } from './errors.ts'
import { kafkajs } from './load.ts'

/** So long an answer is waited for: who asks wants to know, and asks again. */
const ANSWER_WITHIN_MS = 20_000

/** While a group's coordinator is being found or made. */
const COORDINATOR_MOVES = new Set([
  'NOT_COORDINATOR_FOR_GROUP',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'GROUP_LOAD_IN_PROGRESS'
])
/** While a topic is being made. */
const IS_MADE = new Set(['UNKNOWN_TOPIC_OR_PARTITION', 'LEADER_NOT_AVAILABLE'])
const TRIES = 20
const PAUSE_MS = 200

/** Topics of Kafka's own. */
const INTERNAL = /^__(?:consumer_offsets|transaction_state|share_group_state|cluster_metadata)$/

/** Questions and orders. It is connected by the first one, and anew when the connection is lost. */
export class KafkajsAdmin implements KafkaAdmin {
  readonly #options: KafkajsOptions
  #current: { readonly connection: Connection; readonly admin: Admin } | undefined
  #closed = false

  constructor(options: KafkajsOptions) {
    this.#options = options
  }

  async topics(names?: readonly string[]): Promise<ReadonlyMap<string, number>> {
    if (names === undefined) {
      return this.#ask('all topics', async admin => {
        const { topics } = await admin.fetchTopicMetadata()
        const own = topics.filter(({ name }) => !INTERNAL.test(name))
        return new Map(own.map(({ name, partitions }) => [name, partitions.length]))
      })
    }
    const found = new Map<string, number>()
    // One by one: an answer about several does not say which of them it is that is missing or denied.
    for (const name of names) {
      await this.#ask(`topic "${name}"`, async admin => {
        try {
          const { topics } = await admin.fetchTopicMetadata({ topics: [name] })
          found.set(name, topics[0]?.partitions.length ?? 0)
        } catch (error) {
          if (clientError(error, name).code !== 'UNKNOWN_TOPIC_OR_PARTITION') throw error
        }
      })
    }
    return found
  }

  async createTopic(
    topic: string,
    partitions: number,
    settings: Readonly<Record<string, string>>
  ): Promise<void> {
    const configEntries = Object.entries(settings).map(([name, value]) => ({ name, value }))
    await this.#ask(`topic "${topic}"`, async admin => {
      await admin.createTopics({
        // As many replicas as the broker's default.replication.factor says.
        topics: [{ topic, numPartitions: partitions, replicationFactor: -1, configEntries }],
        waitForLeaders: false
      })
      // The broker that answered may be the last one to hear of it.
      await persist(IS_MADE, async () => admin.fetchTopicMetadata({ topics: [topic] }))
    })
  }

  async extendTopic(topic: string, partitions: number): Promise<void> {
    await this.#ask(`topic "${topic}"`, async admin => {
      await admin.createPartitions({ topicPartitions: [{ topic, count: partitions }] })
    })
  }

  async deleteRecords({ topic, partition }: TopicPartition, before: number): Promise<void> {
    await this.#ask(`records of topic "${topic}"`, async admin => {
      // kafkajs asks no leader of a topic that it has not heard of.
      await admin.fetchTopicOffsets(topic)
      await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: String(before) }] })
    })
  }

  async topicSettings(topic: string, names: readonly string[]): Promise<ReadonlyMap<string, string>> {
    return this.#ask(`topic "${topic}"`, async admin => {
      const { resources } = await admin.describeConfigs({
        includeSynonyms: false,
        resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configNames: [...names] }]
      })
      const entries = resources[0]?.configEntries ?? []
      return new Map(entries.map(({ configName, configValue }) => [configName, configValue]))
    })
  }

  async offsets({ topic, partition }: TopicPartition): Promise<PartitionOffsets> {
    return this.#ask(`topic "${topic}"`, async admin => {
      // `high` is the last stable offset, since kafkajs asks with read_committed.
      const { low, high } = ofPartition(await admin.fetchTopicOffsets(topic), topic, partition)
      return { low: Number(low), end: Number(high) }
    })
  }

  async offsetAt({ topic, partition }: TopicPartition, timeMs: number): Promise<number> {
    return this.#ask(`topic "${topic}"`, async admin => {
      const offsets = await admin.fetchTopicOffsetsByTimestamp(topic, timeMs)
      return Number(ofPartition(offsets, topic, partition).offset)
    })
  }

  async groupOffsets(
    groupId: string,
    topics: readonly string[]
  ): Promise<readonly (TopicPartition & { offset: number })[]> {
    return this.#ask(`group "${groupId}"`, async admin => {
      const found = await persist(COORDINATOR_MOVES, async () =>
        admin.fetchOffsets({ groupId, topics: [...topics] })
      )
      return found
        .flatMap(({ topic, partitions }) =>
          partitions.map(({ partition, offset }) => ({ topic, partition, offset: Number(offset) }))
        )
        .filter(({ offset }) => offset >= 0)
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#drop()
  }

  async #ask<Answer>(doing: string, question: (admin: Admin) => Promise<Answer>): Promise<Answer> {
    if (this.#closed) throw new KafkaClientError('the client is closed', { code: 'CLOSED', retryable: false })
    const current = (this.#current ??= this.#make())
    const ask = async (): Promise<Answer> => {
      // At once where it is connected.
      await current.admin.connect()
      return question(current.admin)
    }
    try {
      return await current.connection.wait(ask(), doing, ANSWER_WITHIN_MS)
    } catch (error) {
      if (error instanceof KafkaClientError && error.code === 'CONNECTION' && this.#current === current) {
        current.connection.end(error)
        await this.#drop()
      }
      throw error
    }
  }

  #make(): { readonly connection: Connection; readonly admin: Admin } {
    const connection = new Connection(this.#options)
    return { connection, admin: connection.kafka.admin({ retry: retryAnswers }) }
  }

  async #drop(): Promise<void> {
    const current = this.#current
    this.#current = undefined
    await current?.connection.close(async () => current.admin.disconnect())
  }
}

/** Tries again while the answer is one of these, which kafkajs leaves to its caller here. */
async function persist<Answer>(codes: ReadonlySet<string>, ask: () => Promise<Answer>): Promise<Answer> {
  for (let tries = 1; ; tries++) {
    try {
      return await ask()
    } catch (error) {
      if (!codes.has(clientError(error, '').code) || tries === TRIES) throw error
      await new Promise(resolve => setTimeout(resolve, PAUSE_MS))
    }
  }
}

function ofPartition<Found extends { readonly partition: number }>(
  found: readonly Found[],
  topic: string,
  partition: number
): Found {
  const one = found.find(candidate => candidate.partition === partition)
  if (one !== undefined) return one
  throw new KafkaClientError(
    `topic "${topic}" has no partition ${partition}, only ${found.length} partitions`,
    {
      code: 'UNKNOWN_TOPIC_OR_PARTITION',
      retryable: true
    }
  )
}
