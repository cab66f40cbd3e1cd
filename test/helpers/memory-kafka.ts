import {
  type GroupMember,
  type KafkaAdmin,
  type KafkaBatch,
  type KafkaClient,
  KafkaClientError,
  type KafkaConsumer,
  type KafkaConsumerOptions,
  type KafkaMessage,
  type KafkaRecord,
  type KafkaTransactions,
  type TopicPartition
} from '../../adapters/kafka/client.ts'
import type { ManualClock } from './manual-clock.ts'

/** One offset of a partition. */
interface LogEntry {
  readonly record: KafkaRecord | undefined
  state: 'open' | 'committed' | 'aborted' | 'marker'
  readonly transactionalId: string | undefined
}

class MemoryPartition {
  readonly entries: LogEntry[] = []
  /** The first offset that there still is. */
  low = 0

  /** Behind the last committed offset that readers of what is committed may see. */
  get end(): number {
    const open = this.entries.findIndex(({ state }) => state === 'open')
    return open === -1 ? this.entries.length : open
  }
}

/** What a test makes of a transaction. */
export type CommitFate =
  | 'succeeds'
  /** Nothing of it reaches the broker. */
  | 'fails'
  /** It is written and stays open until the next one of this id, which aborts it. */
  | 'stays open'
  /** It is committed, and the producer hears of an error. */
  | 'unknown'

export interface MemoryKafkaOptions {
  readonly clock: ManualClock
  readonly commitFate?: (transactionalId: string) => CommitFate
  /** How many records come at once, at most. */
  readonly batchSize?: () => number
}

/** A broker in memory: topics, transactions with fencing, groups. Readers see what is committed. */
export class MemoryKafka {
  readonly clock: ManualClock
  readonly topics = new Map<string, MemoryPartition[]>()
  readonly settings = new Map<string, ReadonlyMap<string, string>>()
  readonly epochs = new Map<string, number>()
  readonly groups = new Map<string, MemoryGroup>()
  commitFate: (transactionalId: string) => CommitFate
  readonly batchSize: () => number
  /** Nobody answers. */
  isDown = false
  #clients = 0
  #onNews = new Set<() => void>()

  constructor({ clock, commitFate = () => 'succeeds', batchSize = () => 10 }: MemoryKafkaOptions) {
    this.clock = clock
    this.commitFate = commitFate
    this.batchSize = batchSize
  }

  createTopic(topic: string, partitions: number): void {
    this.topics.set(
      topic,
      Array.from({ length: partitions }, () => new MemoryPartition())
    )
  }

  extendTopic(topic: string, partitions: number): void {
    const all = this.topics.get(topic) ?? []
    while (all.length < partitions) all.push(new MemoryPartition())
  }

  partition({ topic, partition }: TopicPartition): MemoryPartition {
    const found = this.topics.get(topic)?.[partition]
    if (found === undefined)
      throw new KafkaClientError(`no partition ${partition} of ${topic}`, {
        code: 'UNKNOWN_TOPIC_OR_PARTITION',
        retryable: false
      })
    return found
  }

  append(
    { topic, partition, key, value, headers = {}, timestamp }: KafkaMessage,
    transactionalId?: string
  ): LogEntry {
    const { entries } = this.partition({ topic, partition: partition ?? this.#partitionOf(topic, key) })
    const record = { offset: entries.length, timestamp: timestamp ?? this.clock.now(), key, value, headers }
    const entry: LogEntry = {
      record,
      state: transactionalId === undefined ? 'committed' : 'open',
      transactionalId
    }
    entries.push(entry)
    this.tell()
    return entry
  }

  /** By a hash of the key, if not by Kafka's. */
  #partitionOf(topic: string, key: Buffer | null): number {
    const hash = [...(key ?? [])].reduce((sum, byte) => (sum * 31 + byte) >>> 0, 7)
    return hash % (this.topics.get(topic)?.length ?? 1)
  }

  /** Values of a topic as texts, by partition, then offset. */
  committed(topic: string): KafkaRecord[] {
    return (this.topics.get(topic) ?? []).flatMap(({ entries, end }) =>
      entries
        .slice(0, end)
        .flatMap(({ state, record }) => (state === 'committed' && record !== undefined ? [record] : []))
    )
  }

  /** Every record, of transactions that were aborted too. */
  uncommitted(topic: string): KafkaRecord[] {
    return (this.topics.get(topic) ?? []).flatMap(({ entries }) =>
      entries.flatMap(({ record }) => (record === undefined ? [] : [record]))
    )
  }

  /** Writes the markers of a transaction. */
  endTransaction(transactionalId: string, state: 'committed' | 'aborted'): void {
    for (const { entries } of [...this.topics.values()].flat()) {
      const open = entries.filter(each => each.state === 'open' && each.transactionalId === transactionalId)
      for (const entry of open) entry.state = state
      if (open.length > 0) entries.push({ record: undefined, state: 'marker', transactionalId })
    }
    this.tell()
  }

  group(groupId: string): MemoryGroup {
    const group = this.groups.get(groupId) ?? new MemoryGroup(this)
    this.groups.set(groupId, group)
    return group
  }

  client(): MemoryKafkaClient {
    return new MemoryKafkaClient(this, `client-${++this.#clients}`)
  }

  tell(): void {
    for (const each of this.#onNews) each()
  }

  onNews(listener: () => void): () => void {
    this.#onNews.add(listener)
    return () => this.#onNews.delete(listener)
  }
}

/** A group's coordinator. */
class MemoryGroup {
  readonly #kafka: MemoryKafka
  readonly members: MemoryConsumer[] = []
  readonly offsets = new Map<string, TopicPartition & { readonly offset: number }>()
  #isRebalancing = false
  #isWanted = false

  constructor(kafka: MemoryKafka) {
    this.#kafka = kafka
  }

  join(member: MemoryConsumer): void {
    if (!this.members.includes(member)) this.members.push(member)
    this.rebalance()
  }

  leave(member: MemoryConsumer): void {
    const index = this.members.indexOf(member)
    if (index === -1) return
    this.members.splice(index, 1)
    if (this.members.length > 0) this.rebalance()
  }

  rebalance(): void {
    this.#isWanted = true
    if (!this.#isRebalancing) void this.#run()
  }

  async #run(): Promise<void> {
    this.#isRebalancing = true
    while (this.#isWanted) {
      this.#isWanted = false
      const joining = [...this.members]
      await Promise.all(joining.map(member => this.#joined(member)))
      if (this.#isWanted) continue
      this.#deal()
    }
    this.#isRebalancing = false
  }

  /** Waits for what a member has in work, and puts it out where that takes too long. */
  async #joined(member: MemoryConsumer): Promise<void> {
    const limit = new AbortController()
    const { rebalanceTimeoutMs, sessionTimeoutMs } = member.options
    const late = this.#kafka.clock.delay(member.isAlive ? rebalanceTimeoutMs : sessionTimeoutMs, limit.signal)
    const isJoined = await Promise.race([member.readyToJoin().then(() => true), late.then(() => false)])
    limit.abort()
    const index = this.members.indexOf(member)
    // It may have left meanwhile.
    if (isJoined || index === -1) return
    this.members.splice(index, 1)
    member.lost()
  }

  #deal(): void {
    const [leader] = this.members
    if (leader === undefined) return
    const partitions = new Map(
      leader.options.topics.map(topic => [topic, this.#kafka.topics.get(topic)?.length ?? 0])
    )
    const members: GroupMember[] = this.members.map(({ id, owned }) => ({ id, owned }))
    try {
      const dealt = leader.options.assigner.assign(members, partitions)
      for (const member of this.members.slice()) member.assigned(dealt.get(member.id) ?? [])
    } catch (error) {
      for (const member of this.members) {
        member.options.onTrouble(String(error))
        member.assigned([])
      }
    }
  }
}

interface Held {
  readonly partition: TopicPartition
  position: number
  isPaused: boolean
  isInWork: boolean
  /** Counts seeks: what was fetched before one is not gone on from. */
  seeks: number
}

export class MemoryConsumer implements KafkaConsumer {
  readonly options: KafkaConsumerOptions
  readonly id: string
  readonly #kafka: MemoryKafka
  readonly #client: MemoryKafkaClient
  #held = new Map<string, Held>()
  #rebalancing = new AbortController()
  #inWork = 0
  #onIdle: (() => void)[] = []
  #unlisten: () => void = () => {}
  #isStopped = false

  constructor(kafka: MemoryKafka, client: MemoryKafkaClient, options: KafkaConsumerOptions) {
    this.#kafka = kafka
    this.#client = client
    this.id = client.id
    this.options = options
  }

  get isAlive(): boolean {
    return !this.#client.isDead && !this.#client.isCutOff
  }

  get owned(): readonly TopicPartition[] {
    return [...this.#held.values()].map(({ partition }) => partition)
  }

  async start(): Promise<void> {
    await this.#client.answered()
    this.#unlisten = this.#kafka.onNews(() => this.#fetch())
    this.#kafka.group(this.options.groupId).join(this)
  }

  seek(partition: TopicPartition, offset: number): void {
    const held = this.#held.get(keyOf(partition))
    if (held === undefined) return
    held.position = offset
    held.seeks++
  }

  pause(partitions: readonly TopicPartition[]): void {
    for (const each of partitions) {
      const held = this.#held.get(keyOf(each))
      if (held !== undefined) held.isPaused = true
    }
  }

  resume(partitions: readonly TopicPartition[]): void {
    for (const each of partitions) {
      const held = this.#held.get(keyOf(each))
      if (held !== undefined) held.isPaused = false
    }
    this.#fetch()
  }

  async commitOffsets(offsets: readonly (TopicPartition & { readonly offset: number })[]): Promise<void> {
    await this.#client.answered()
    for (const each of offsets) this.#kafka.group(this.options.groupId).offsets.set(keyOf(each), each)
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#unlisten()
    if (this.#client.isDead) return
    await this.#idle()
    this.#kafka.group(this.options.groupId).leave(this)
  }

  /** Resolves when nothing is in work. A member that is dead or cut off never does. */
  async readyToJoin(): Promise<void> {
    if (!this.isAlive) await new Promise(() => {})
    this.#rebalancing.abort()
    await this.#idle()
  }

  /** The coordinator has put it out. */
  lost(): void {
    const tell = async (): Promise<void> => {
      while (this.#client.isCutOff && !this.#client.isDead) await this.#kafka.clock.delay(100)
      if (this.#client.isDead || this.#isStopped) return
      this.#held = new Map()
      this.options.onLost()
      this.#kafka.group(this.options.groupId).join(this)
    }
    void tell()
  }

  assigned(partitions: readonly TopicPartition[]): void {
    if (this.#isStopped || !this.isAlive) return
    const before = this.#held
    this.#rebalancing = new AbortController()
    this.#held = new Map(
      partitions.map(partition => {
        const held = before.get(keyOf(partition))
        // As after every join: reading begins anew, somewhere else than before.
        return [
          keyOf(partition),
          {
            partition,
            position: 0,
            isPaused: held?.isPaused ?? true,
            isInWork: held?.isInWork ?? false,
            seeks: (held?.seeks ?? 0) + 1
          }
        ]
      })
    )
    this.options.onAssigned(partitions)
    this.#fetch()
  }

  #fetch(): void {
    for (const held of this.#held.values()) {
      if (!held.isInWork && !held.isPaused) void this.#work(held)
    }
  }

  async #work(held: Held): Promise<void> {
    held.isInWork = true
    this.#inWork++
    try {
      while (this.#mayFetch(held)) {
        await this.#kafka.clock.yield()
        if (!this.#mayFetch(held)) break
        const { seeks } = held
        const batch = this.#batchOf(held)
        if (batch === undefined) break
        // The topic was made anew.
        const { partition, position } = held
        if (position > this.#kafka.partition(partition).end)
          this.options.onGap(partition, position, batch.from)
        if (batch.records.length === 0) {
          held.position = batch.nextOffset
          this.options.onPassed(held.partition, batch.nextOffset)
          continue
        }
        await this.options.onBatch(batch, this.#rebalancing.signal)
        if (held.seeks === seeks) held.position = batch.nextOffset
      }
    } finally {
      held.isInWork = false
      this.#inWork--
      if (this.#inWork === 0) for (const each of this.#onIdle.splice(0)) each()
    }
    // Something may have come meanwhile.
    if (this.#mayFetch(held) && this.#batchOf(held) !== undefined) void this.#work(held)
  }

  #mayFetch(held: Held): boolean {
    return (
      this.isAlive &&
      !this.#kafka.isDown &&
      !this.#isStopped &&
      !held.isPaused &&
      !this.#rebalancing.signal.aborted &&
      this.#held.get(keyOf(held.partition)) === held
    )
  }

  #batchOf({ partition, position }: Held): (KafkaBatch & { readonly from: number }) | undefined {
    const log = this.#kafka.partition(partition)
    const { end, low } = log
    // A position that is not there: a client of Kafka jumps.
    const start = position < low || position > end ? low : position
    if (start >= end) return undefined
    const nextOffset = Math.min(start + this.#kafka.batchSize(), end)
    const records = log.entries
      .slice(start, nextOffset)
      .flatMap(({ state, record }) => (state === 'committed' && record !== undefined ? [record] : []))
    return {
      ...partition,
      records,
      from: start,
      nextOffset,
      endOffset: end,
      bytes: records.length * 100
    }
  }

  async #idle(): Promise<void> {
    while (this.#inWork > 0) {
      await new Promise<void>(resolve => {
        this.#onIdle.push(resolve)
      })
    }
  }
}

export class MemoryKafkaClient implements KafkaClient {
  readonly id: string
  readonly admin: KafkaAdmin
  readonly #kafka: MemoryKafka
  /** As after SIGKILL: nothing that it does counts any more. */
  isDead = false
  /** As over a broken network, or while it is stopped: the group does not hear it, it does not hear the group. */
  isCutOff = false
  #consumers: MemoryConsumer[] = []

  constructor(kafka: MemoryKafka, id: string) {
    this.#kafka = kafka
    this.id = id
    this.admin = this.#admin()
  }

  /** Ends it as a crash does: the group hears of it when its session has run out. */
  kill(): void {
    this.isDead = true
    for (const consumer of this.#consumers) this.#kafka.group(consumer.options.groupId).rebalance()
  }

  /** The network is cut; the group gives its tasks to others when the session has run out. */
  cutOff(): void {
    this.isCutOff = true
    for (const consumer of this.#consumers) this.#kafka.group(consumer.options.groupId).rebalance()
  }

  /** Resolves when a broker has answered. */
  async answered(): Promise<void> {
    await this.#kafka.clock.yield()
    // What was under way when it was stopped goes on when it is let on.
    while (this.isCutOff && !this.isDead) await this.#kafka.clock.delay(100)
    if (this.isDead) await new Promise(() => {})
    if (this.#kafka.isDown)
      throw new KafkaClientError('no broker answers', { code: 'CONNECTION', retryable: true })
  }

  consumer(options: KafkaConsumerOptions): KafkaConsumer {
    const consumer = new MemoryConsumer(this.#kafka, this, options)
    this.#consumers.push(consumer)
    return consumer
  }

  async producer(): Promise<{
    send(messages: readonly KafkaMessage[]): Promise<void>
    close(): Promise<void>
  }> {
    await this.answered()
    return {
      send: async messages => {
        await this.answered()
        for (const each of messages) this.#kafka.append(each)
      },
      close: () => Promise.resolve()
    }
  }

  async transactional(transactionalId: string): Promise<KafkaTransactions> {
    await this.answered()
    const epoch = (this.#kafka.epochs.get(transactionalId) ?? 0) + 1
    this.#kafka.epochs.set(transactionalId, epoch)
    this.#kafka.endTransaction(transactionalId, 'aborted')
    let isBroken = false
    return {
      commit: async messages => {
        if (isBroken) throw new Error('a broken producer was used again')
        isBroken = true
        await this.answered()
        const check = (): void => {
          if (this.#kafka.epochs.get(transactionalId) === epoch) return
          throw new KafkaClientError('another producer has taken the id', {
            code: 'INVALID_PRODUCER_EPOCH',
            retryable: false
          })
        }
        check()
        const fate = this.#kafka.commitFate(transactionalId)
        if (fate === 'fails') throw failure('nothing was written')
        for (const each of messages) this.#kafka.append(each, transactionalId)
        await this.answered()
        check()
        if (fate === 'stays open') throw failure('it was not ended')
        this.#kafka.endTransaction(transactionalId, 'committed')
        if (fate === 'unknown') throw failure('nobody has heard what became of it')
        await this.answered()
        isBroken = false
      },
      close: () => Promise.resolve()
    }
  }

  async close(): Promise<void> {
    for (const consumer of this.#consumers) await consumer.stop()
  }

  #admin(): KafkaAdmin {
    const kafka = this.#kafka
    const asked = async <Result>(answer: () => Result): Promise<Result> => {
      await this.answered()
      return answer()
    }
    return {
      topics: names =>
        asked(
          () =>
            new Map(
              [...kafka.topics]
                .filter(([topic]) => names === undefined || names.includes(topic))
                .map(([topic, partitions]) => [topic, partitions.length])
            )
        ),
      createTopic: (topic, partitions, settings) =>
        asked(() => {
          if (kafka.topics.has(topic))
            throw new KafkaClientError('it exists', { code: 'TOPIC_ALREADY_EXISTS', retryable: false })
          kafka.createTopic(topic, partitions)
          kafka.settings.set(topic, new Map(Object.entries(settings)))
        }),
      extendTopic: (topic, partitions) => asked(() => kafka.extendTopic(topic, partitions)),
      deleteRecords: (partition, before) =>
        asked(() => {
          kafka.partition(partition).low = before
        }),
      topicSettings: topic => asked(() => kafka.settings.get(topic) ?? new Map<string, string>()),
      offsets: partition =>
        asked(() => {
          const { low, end } = kafka.partition(partition)
          return { low, end }
        }),
      offsetAt: (partition, timeMs) =>
        asked(() => {
          const { entries, end } = kafka.partition(partition)
          const found = entries.findIndex(({ record }) => record !== undefined && record.timestamp >= timeMs)
          return found === -1 ? end : Math.min(found, end)
        }),
      groupOffsets: (groupId, topics) =>
        asked(() => [...kafka.group(groupId).offsets.values()].filter(({ topic }) => topics.includes(topic)))
    }
  }
}

function failure(what: string): KafkaClientError {
  return new KafkaClientError(`the transaction failed: ${what}`, {
    code: 'REQUEST_TIMED_OUT',
    retryable: true
  })
}

function keyOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`
}
