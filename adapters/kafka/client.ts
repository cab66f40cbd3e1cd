/**
 * What the stage needs of a Kafka client, and no more, so that another client can take kafkajs' place. Offsets are
 * numbers: a partition would need 285 years at a million records a second to leave what a number holds exactly.
 */
export interface KafkaClient {
  readonly admin: KafkaAdmin
  /** Not yet started. */
  consumer(options: KafkaConsumerOptions): KafkaConsumer
  /** Idempotent, acks from all replicas in sync; outside of transactions. */
  producer(): Promise<KafkaProducer>
  /**
   * A producer of transactions under this id, once every other one that still lives under it is fenced: what such a
   * zombie has open is aborted, and its commits fail.
   *
   * @throws KafkaClientError
   */
  transactional(transactionalId: string, timeoutMs: number): Promise<KafkaTransactions>
  /** Ends what is still connected. Safe to call twice. */
  close(): Promise<void>
}

export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

/** As a key of maps and for the eye. */
export function keyOfPartition({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`
}

export type KafkaHeaders = Readonly<Record<string, Buffer | readonly Buffer[]>>

/** A record as it was read. */
export interface KafkaRecord {
  readonly offset: number
  /** Milliseconds since Epoch, as the topic has it: of creation or of appending. -1: none. */
  readonly timestamp: number
  readonly key: Buffer | null
  /** `null`: a tombstone. */
  readonly value: Buffer | null
  readonly headers: KafkaHeaders
  /** Says where the value stands, without the cost of a Buffer of its own. False: there is none. Left out: `value` has it. */
  locateValue?(place: BytePlace): boolean
}

/** Bytes among others: those from `start` to before `end`. */
export interface BytePlace {
  bytes: Buffer
  start: number
  end: number
}

/** Records in their order: an array is some. They may be made anew each time they are asked for. */
export interface KafkaRecords {
  readonly length: number
  slice(from: number, to: number): readonly KafkaRecord[]
}

/** What one partition gave at once: never empty. */
export interface KafkaBatch extends TopicPartition {
  /** Of committed transactions only, in their order, without markers. */
  readonly records: KafkaRecords
  /** Behind the batch, markers included. */
  readonly nextOffset: number
  /** The end of what is committed when it was fetched. */
  readonly endOffset: number
  /** Of keys and values, uncompressed. */
  readonly bytes: number
}

/** A record to be written. */
export interface KafkaMessage {
  readonly topic: string
  /** Left to the key's hash (murmur2, as Java clients have it) where there is none. */
  readonly partition?: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers?: KafkaHeaders
  /** Milliseconds since Epoch; by default the client's now. */
  readonly timestamp?: number
}

export interface KafkaProducer {
  /** Resolves when all are written. Cut into chunks that a broker takes. @throws KafkaClientError */
  send(messages: readonly KafkaMessage[]): Promise<void>
  close(): Promise<void>
}

/** One transaction after another. After an error it is good for nothing but `close`: what became of it is unknown. */
export interface KafkaTransactions {
  /** All of it or nothing is seen by those who read what is committed. @throws KafkaClientError */
  commit(messages: readonly KafkaMessage[]): Promise<void>
  close(): Promise<void>
}

/** A member of a group, as its leader sees it when partitions are dealt out. */
export interface GroupMember {
  readonly id: string
  /** What it held before, by its own word. */
  readonly owned: readonly TopicPartition[]
}

/**
 * Deals the partitions of a group out. Pure: every member would come to the same.
 *
 * @throws KafkaClientError where it can't be done; the group stays without work and says why.
 */
export type Assigner = (
  members: readonly GroupMember[],
  partitions: ReadonlyMap<string, number>
) => ReadonlyMap<string, readonly TopicPartition[]>

export interface KafkaConsumerOptions {
  readonly groupId: string
  /** Inputs and the changelog. All of them exist. */
  readonly topics: readonly string[]
  readonly assigner: { readonly name: string; readonly assign: Assigner }
  readonly maxBytesPerPartition: number
  /** How many batches may be in work at once. */
  readonly concurrency: number
  readonly sessionTimeoutMs: number
  readonly rebalanceTimeoutMs: number
  readonly heartbeatMs: number
  /**
   * Partitions were dealt out, after each join, before anything of them is read: synchronous, everything that it
   * seeks, pauses and resumes holds from the first fetch on. Partitions that were not held before are paused.
   */
  readonly onAssigned: (partitions: readonly TopicPartition[]) => void
  /** All were lost at once: the group does not know this member any more. It joins again by itself. */
  readonly onLost: () => void
  /**
   * The next batch of a partition comes when this one's promise has settled. A join of the group waits for all that are
   * not settled, and `rebalancing` is aborted when one is wanted or the consumer is to stop. Must not reject.
   */
  readonly onBatch: (batch: KafkaBatch, rebalancing: AbortSignal) => Promise<void>
  /**
   * Where a partition was to be read on, at `from`, there is nothing: the broker deleted it before it was read, or the
   * topic was made anew (then `to` is lower). It is read on at `to`; what was between is lost. Before the batch.
   */
  readonly onGap: (partition: TopicPartition, from: number, to: number) => void
  /** A partition was read on without a record: markers, aborted records. Everything before `nextOffset` was given. */
  readonly onPassed: (partition: TopicPartition, nextOffset: number) => void
  /** What keeps it from reading; `undefined`: nothing any more. */
  readonly onTrouble: (problem: string | undefined) => void
  /** It can't go on and does not try again: a batch that can't be decoded, a denied group, a wrong password … */
  readonly onFailure: (error: KafkaClientError) => void
}

export interface KafkaConsumer {
  /**
   * Connects and joins: at its end `onAssigned` was called. A broker that does not answer is tried for ever. Once it has
   * failed, `stop` was called.
   *
   * @throws KafkaClientError for what a broker refuses, and a topic that is missing (retryable)
   */
  start(): Promise<void>
  /** Where the next batch of a partition begins. What was fetched of it and not given is dropped. */
  seek(partition: TopicPartition, offset: number): void
  pause(partitions: readonly TopicPartition[]): void
  resume(partitions: readonly TopicPartition[]): void
  /** For those who watch the group: never read by us. @throws KafkaClientError, after which the next one may succeed */
  commitOffsets(offsets: readonly (TopicPartition & { readonly offset: number })[]): Promise<void>
  /** Leaves the group when the batches in work are settled. Safe to call twice and before `start` has ended. */
  stop(): Promise<void>
}

export interface PartitionOffsets {
  /** The first one there is. */
  readonly low: number
  /** Behind the last committed one. */
  readonly end: number
}

export interface KafkaAdmin {
  /** Topic → number of partitions; topics that are not there are left out. `undefined`: of all topics. */
  topics(names?: readonly string[]): Promise<ReadonlyMap<string, number>>
  createTopic(topic: string, partitions: number, settings: Readonly<Record<string, string>>): Promise<void>
  extendTopic(topic: string, partitions: number): Promise<void>
  /** Deletes the records of a partition that are before an offset. */
  deleteRecords(partition: TopicPartition, before: number): Promise<void>
  /** Settings of a topic, those asked for. */
  topicSettings(topic: string, names: readonly string[]): Promise<ReadonlyMap<string, string>>
  offsets(partition: TopicPartition): Promise<PartitionOffsets>
  /** Of the first record at or after a time, in milliseconds since Epoch; the end where there is none. */
  offsetAt(partition: TopicPartition, timeMs: number): Promise<number>
  /** What the group has committed; partitions without are left out. */
  groupOffsets(
    groupId: string,
    topics: readonly string[]
  ): Promise<readonly (TopicPartition & { offset: number })[]>
}

/** Why a client could not do something, in words that say what to do. */
export class KafkaClientError extends Error {
  /** Kafka's word: `TOPIC_AUTHORIZATION_FAILED`, `INVALID_PRODUCER_EPOCH` …, or `CONNECTION`, `CODEC`, `CERTIFICATE`. */
  readonly code: string
  /** Whether the same may succeed later. */
  readonly retryable: boolean

  constructor(
    message: string,
    options: { readonly code: string; readonly retryable: boolean; readonly cause?: unknown }
  ) {
    super(message, { cause: options.cause })
    this.name = 'KafkaClientError'
    this.code = options.code
    this.retryable = options.retryable
  }
}
