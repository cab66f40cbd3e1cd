import type { Consumer, ConsumerCrashEvent, ConsumerGroupJoinEvent, EachBatchPayload } from 'kafkajs'
import {
  type KafkaAdmin,
  KafkaClientError,
  type KafkaConsumer,
  type KafkaConsumerOptions,
  type TopicPartition
} from '../client.ts'
import { type Connection, retryForEver } from './connection.ts'
import { clientError } from './errors.ts'
import type { FetchedBatch } from './fetched-batch.ts'
import { partitionAssigner } from './group-protocol.ts'
import { kafkajs } from './load.ts'
import { Membership } from './membership.ts'

/** A fetch without records is answered after this time, so this is how long a resumed partition may have to wait. */
const FETCH_WAIT_MS = 200
/** Of all partitions of one broker: the part of each is limited by itself. */
const MAX_FETCH_BYTES = 64 * 1024 * 1024
/** So long nothing may be fetched before health hears of it. */
const STALLED_AFTER_MS = 15_000
const COMMIT_WITHIN_MS = 5000

/** A member of a consumer group. What kafkajs leaves open about seeking, pausing and losing partitions is settled here. */
export class KafkajsConsumer implements KafkaConsumer {
  readonly #options: KafkaConsumerOptions
  readonly #connection: Connection
  readonly #admin: KafkaAdmin
  readonly #consumer: Consumer
  readonly #held = new Map<string, TopicPartition>()
  readonly #paused = new Set<string>()
  /** Where the next batch begins. */
  readonly #positions = new Map<string, number>()
  readonly #membership: Membership
  #memberId: string | undefined
  #watchdog: NodeJS.Timeout | undefined
  #fetchedAt = 0
  #isTroubled = false
  #begin: { readonly resolve: () => void; readonly reject: (error: KafkaClientError) => void } | undefined
  #failed = false
  #committing: Promise<void> | undefined
  #stopping: Promise<void> | undefined

  constructor(connection: Connection, admin: KafkaAdmin, options: KafkaConsumerOptions) {
    this.#connection = connection
    this.#admin = admin
    this.#options = options
    this.#membership = new Membership(options.heartbeatMs, () => this.#lose())
    connection.onTrouble = problem => this.#trouble(problem)
    const assigner = partitionAssigner(
      options.assigner,
      () => this.#held.values(),
      problem => this.#trouble(problem)
    )
    this.#consumer = connection.kafka.consumer({
      groupId: options.groupId,
      partitionAssigners: [assigner],
      sessionTimeout: options.sessionTimeoutMs,
      rebalanceTimeout: options.rebalanceTimeoutMs,
      heartbeatInterval: options.heartbeatMs,
      maxBytesPerPartition: options.maxBytesPerPartition,
      maxBytes: MAX_FETCH_BYTES,
      maxWaitTimeInMs: FETCH_WAIT_MS,
      allowAutoTopicCreation: false,
      retry: retryForEver
    })
    const { events } = this.#consumer
    this.#consumer.on(events.GROUP_JOIN, event => this.#joined(event))
    this.#consumer.on(events.CRASH, event => this.#crashed(event))
    this.#consumer.on(events.HEARTBEAT, () => this.#fine())
    this.#consumer.on(events.FETCH, () => {
      this.#fetchedAt = performance.now()
    })
    this.#consumer.on(events.END_BATCH_PROCESS, ({ payload }) => {
      const { batchSize, firstOffset, lastOffset } = payload
      if (batchSize === 0) this.#passed(payload, Number(firstOffset), Number(lastOffset) + 1)
    })
  }

  async start(): Promise<void> {
    const begun = new Promise<void>((resolve, reject) => {
      this.#begin = { resolve, reject }
    })
    begun.catch(() => {})
    this.#watch()
    try {
      await this.#connection.wait(this.#consumer.connect(), this.#connection.name)
      await this.#connection.wait(this.#subscribe(), this.#name)
      const running = this.#consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: this.#options.concurrency,
        eachBatch: async payload => this.#batch(payload)
      })
      running.catch(error => this.#fail(error))
      await this.#connection.wait(begun, this.#name)
    } catch (error) {
      this.#begin = undefined
      this.#failed = true
      await this.stop()
      throw error
    }
  }

  seek({ topic, partition }: TopicPartition, offset: number): void {
    this.#positions.set(keyOf(topic, partition), offset)
    this.#order(() => this.#consumer.seek({ topic, partition, offset: String(offset) }))
  }

  pause(partitions: readonly TopicPartition[]): void {
    for (const { topic, partition } of partitions) this.#paused.add(keyOf(topic, partition))
    this.#order(() => this.#consumer.pause(topicPartitions(partitions)))
  }

  resume(partitions: readonly TopicPartition[]): void {
    for (const { topic, partition } of partitions) this.#paused.delete(keyOf(topic, partition))
    this.#order(() => this.#consumer.resume(topicPartitions(partitions)))
  }

  async commitOffsets(offsets: readonly (TopicPartition & { readonly offset: number })[]): Promise<void> {
    await this.#committing
    const commits = offsets.map(({ topic, partition, offset }) => ({ topic, partition, offset: `${offset}` }))
    const { groupId } = this.#options
    const committed = this.#connection.wait(
      this.#consumer.commitOffsets(commits),
      `offsets of group "${groupId}"`,
      COMMIT_WITHIN_MS
    )
    this.#committing = committed.catch(() => {})
    await committed
  }

  async stop(): Promise<void> {
    await (this.#stopping ??= this.#stop())
  }

  /**
   * kafkajs takes no orders after its end and between a crash and the next join, when they would be forgotten anyway: what
   * is assigned then is new, and paused.
   */
  #order(order: () => void): void {
    try {
      order()
    } catch (error) {
      if (!(error instanceof kafkajs.KafkaJSNonRetriableError)) throw error
    }
  }

  get #name(): string {
    const { groupId, topics } = this.#options
    return `group "${groupId}" on ${topics.map(topic => `"${topic}"`).join(', ')}`
  }

  async #stop(): Promise<void> {
    clearInterval(this.#watchdog)
    this.#membership.wantJoin()
    await this.#committing
    const disconnected = this.#consumer.disconnect()
    disconnected.catch(() => {})
    // Only then there is a limit: what is in work is waited for, as long as it takes.
    await this.#membership.idle()
    await this.#connection.close(async () => disconnected)
  }

  /** Topics that are missing or denied are named: kafkajs' error does not say which it is. */
  async #subscribe(): Promise<void> {
    const topics = [...this.#options.topics]
    try {
      await this.#consumer.subscribe({ topics, fromBeginning: true })
    } catch (error) {
      await this.#blame()
      throw error
    }
  }

  async #blame(): Promise<void> {
    const found = await this.#admin.topics(this.#options.topics)
    const missing = this.#options.topics.filter(topic => !found.has(topic))
    if (missing.length === 0) return
    const names = missing.map(topic => `"${topic}"`).join(', ')
    throw new KafkaClientError(
      `there is no topic ${names} at ${this.#connection.name}; make it, or correct its name`,
      { code: 'UNKNOWN_TOPIC_OR_PARTITION', retryable: true }
    )
  }

  #joined({ payload }: ConsumerGroupJoinEvent): void {
    const { memberId, memberAssignment } = payload
    // Whoever gets another name was thrown out in between.
    if (this.#memberId !== undefined && this.#memberId !== memberId) this.#lose()
    this.#memberId = memberId
    this.#membership.joined()
    const assigned = Object.entries(memberAssignment).flatMap(([topic, partitions]) =>
      partitions.map(partition => ({ topic, partition }))
    )
    const fresh = assigned.filter(({ topic, partition }) => !this.#held.has(keyOf(topic, partition)))
    this.#held.clear()
    for (const one of assigned) this.#held.set(keyOf(one.topic, one.partition), one)
    for (const key of this.#positions.keys()) if (!this.#held.has(key)) this.#positions.delete(key)
    this.pause(fresh)
    this.#fetchedAt = performance.now()
    this.#fine()
    this.#options.onAssigned(assigned)
    this.#begin?.resolve()
    this.#begin = undefined
  }

  async #batch(payload: EachBatchPayload): Promise<void> {
    // Ours takes the place of kafkajs' own, see load.ts.
    const batch = payload.batch as unknown as FetchedBatch
    const { topic, partition, fetchOffset, nextOffset } = batch
    const key = keyOf(topic, partition)
    const isUnwanted = payload.isStale() || this.#paused.has(key) || !this.#held.has(key)
    // What is not resolved is fetched again when it is wanted again.
    if (isUnwanted || !payload.isRunning() || this.#membership.rebalancing.aborted) return
    const expected = this.#positions.get(key)
    if (expected !== undefined && expected !== fetchOffset) {
      this.#options.onGap({ topic, partition }, expected, fetchOffset)
    }
    try {
      await this.#membership.whileWorking(
        async () => payload.heartbeat(),
        async () => this.#options.onBatch(batch, this.#membership.rebalancing)
      )
    } catch (error) {
      this.#fail(error)
      return
    }
    if (payload.isStale() || !this.#held.has(key)) return
    this.#positions.set(key, nextOffset)
    payload.resolveOffset(batch.lastOffset())
  }

  #passed({ topic, partition }: TopicPartition, from: number, nextOffset: number): void {
    const key = keyOf(topic, partition)
    const expected = this.#positions.get(key) ?? from
    if (!this.#held.has(key) || expected !== from) return
    this.#positions.set(key, nextOffset)
    this.#options.onPassed({ topic, partition }, nextOffset)
  }

  #lose(): void {
    if (this.#held.size === 0) return
    this.#held.clear()
    this.#positions.clear()
    this.#membership.wantJoin()
    this.#options.onLost()
  }

  #crashed({ payload: { error, restart } }: ConsumerCrashEvent): void {
    if (!restart) return this.#fail(error)
    this.#lose()
    this.#trouble(error.message)
  }

  #fail(cause: unknown): void {
    if (this.#failed || this.#stopping !== undefined) return
    this.#failed = true
    clearInterval(this.#watchdog)
    const error = clientError(cause, this.#name)
    if (this.#begin !== undefined) this.#begin.reject(error)
    else this.#options.onFailure(error)
  }

  #watch(): void {
    this.#fetchedAt = performance.now()
    this.#watchdog = setInterval(() => {
      const seconds = Math.round((performance.now() - this.#fetchedAt) / 1000)
      if (seconds * 1000 < STALLED_AFTER_MS || this.#membership.isAtWork) return
      const reason = this.#connection.lastError === undefined ? '' : `: ${this.#connection.lastError}`
      this.#trouble(`nothing was fetched for ${seconds} s${reason}`)
    }, STALLED_AFTER_MS / 3)
  }

  #trouble(problem: string): void {
    this.#isTroubled = true
    this.#options.onTrouble(problem)
  }

  #fine(): void {
    if (!this.#isTroubled) return
    this.#isTroubled = false
    this.#options.onTrouble(undefined)
  }
}

function keyOf(topic: string, partition: number): string {
  return `${topic}/${partition}`
}

function topicPartitions(partitions: readonly TopicPartition[]): { topic: string; partitions: number[] }[] {
  return partitions.map(({ topic, partition }) => ({ topic, partitions: [partition] }))
}
