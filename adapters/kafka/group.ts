import { setMaxListeners } from 'node:events'
import { AdapterError, type WallClock } from '../../plugin/adapter.ts'
import type { StageCounters } from '../../plugin/stage/counters.ts'
import { HealthRecord, type StageHealth } from '../../plugin/stage/health.ts'
import type { StageLog } from '../../plugin/stage/options.ts'
import type { StageEnd } from '../../plugin/stage/stage.ts'
import { partitionsOf, taskAssigner, tasksOf } from './assigner.ts'
import { prepareChangelog } from './changelog.ts'
import {
  type KafkaAdmin,
  type KafkaClient,
  KafkaClientError,
  type KafkaConsumer,
  type TopicPartition
} from './client.ts'
import type { GroupOptions, GroupReadings } from './group-options.ts'
import type { TaskStage } from './group-task.ts'
import { inputTopics } from './inputs.ts'
import { OffsetFollower } from './offset-follower.ts'
import { TaskSet } from './task-set.ts'
import { joinTaskTroubles } from './task-troubles.ts'
import { TopicWatch } from './topic-watch.ts'

/** After an error a start is tried again when so long has gone by. */
const RETRY_MS = 1000

/** How often the group's offsets follow, for those who watch them. */
const OFFSETS_MS = 5000

/** How often it is looked for new topics and partitions. */
const TOPICS_MS = 30_000

/** How often there is upkeep. */
const UPKEEP_MS = 30_000

/** For so long brokers may not know of a changelog that was just made or extended. */
const CHANGELOG_MS = 10_000

/** For how long the end waits for the group to be left. */
const LEAVE_MS = 5000

/**
 * A member of a consumer group that runs a stage for each task it is dealt. Whatever goes wrong with one, it is dropped
 * and rebuilt from its changelog. `start`, `stop`, `wait` and so on are as those of a `Stage`.
 */
export class Group {
  readonly #options: GroupOptions
  readonly #clock: WallClock
  readonly #log: StageLog
  readonly #health: HealthRecord
  readonly #over = new AbortController()
  readonly #end: Promise<StageEnd>
  readonly #tasks: TaskSet
  readonly #offsets = new OffsetFollower()
  readonly #watch: TopicWatch
  #resolveEnd: (end: StageEnd) => void = () => {}
  #client: KafkaClient | undefined
  #consumer: KafkaConsumer | undefined
  #inputs: ReadonlyMap<string, number> = new Map()
  #isJoined = false
  #rebalances = 0

  constructor(options: GroupOptions) {
    const { clock, log, topics, layout } = options
    this.#options = options
    this.#clock = clock
    this.#log = log
    this.#health = new HealthRecord(() => clock.now())
    // As many wait with it as there are tasks.
    setMaxListeners(0, this.#over.signal)
    this.#end = new Promise(resolve => {
      this.#resolveEnd = resolve
    })
    this.#tasks = new TaskSet({
      group: options,
      over: this.#over.signal,
      onTrouble: (component, problem) => this.#trouble(component, problem),
      onForgotten: component => void this.#health.mended(component),
      onStarted: () => this.#enterIfReady(),
      onFailure: error => this.#fail(error)
    })
    const onTrouble = (problem: string | undefined): void => this.#trouble('topics', problem)
    this.#watch = new TopicWatch({ topics, mode: layout.mode, onTrouble })
  }

  get health(): StageHealth {
    const own = this.#health.health
    const troubles = joinTaskTroubles([...own.troubles, ...this.#tasks.troubles])
    const isOk = own.status === 'ok' || own.status === 'degraded'
    return { status: isOk ? (troubles.length > 0 ? 'degraded' : 'ok') : own.status, troubles }
  }

  get counters(): StageCounters {
    return this.#tasks.counters
  }

  get readings(): GroupReadings {
    return { ...this.#tasks.readings, rebalances: this.#rebalances }
  }

  /** By topic and partition. */
  lag(): readonly { source: string; partition: number; value: number; unit: 'records' }[] {
    return this.#tasks.sources.map(source => {
      const { topic, partition } = source.partition
      return { source: topic, partition, ...source.lag() }
    })
  }

  /**
   * Joins the group; tasks start when they are dealt out. Waits for a broker that is not there.
   *
   * @throws KafkaClientError of what waiting does not mend, unless it is to be waited for all the same.
   */
  async start(): Promise<void> {
    try {
      await this.#persist(() => this.#join())
    } catch (error) {
      // The end closes the client, which what is still being asked for then fails of.
      if (this.#over.signal.aborted) return
      await this.#finish({ type: 'failed', error })
      throw error
    }
    if (this.#over.signal.aborted) return
    void this.#every(OFFSETS_MS, () =>
      this.#commitOffsets().catch((error: unknown) => this.#notFollowed(error))
    )
    void this.#every(TOPICS_MS, () => this.#lookForTopics())
    void this.#every(UPKEEP_MS, () => this.#upkeep())
  }

  wait(): Promise<StageEnd> {
    return this.#end
  }

  /** Tasks settle what they have, the group's offsets follow, and the group is left. Safe to call twice. */
  stop(): Promise<StageEnd> {
    if (!this.#over.signal.aborted) {
      this.#health.enter('stopping')
      this.#over.abort()
      void this.#stop()
    }
    return this.#end
  }

  giveUp(): void {
    this.#over.abort()
    void this.#finish({ type: 'given-up', unsettledRecords: this.#tasks.dropAll('given up') })
  }

  async #stop(): Promise<void> {
    this.#tasks.dropUnready('the end')
    const tasks = this.#tasks.all
    this.#consumer?.pause(tasks.flatMap(({ partitions }) => partitionsOf(partitions)))
    const unsettled = await Promise.all(tasks.map(({ stage }) => unsettledAtEnd(stage)))
    const followed = this.#commitOffsets().catch((error: unknown) => this.#notFollowed(error))
    await Promise.race([followed, this.#clock.delay(LEAVE_MS)])
    const given = unsettled.filter(records => records !== undefined)
    const unsettledRecords = given.reduce((sum, records) => sum + records, 0)
    await this.#finish(given.length > 0 ? { type: 'given-up', unsettledRecords } : { type: 'ended' })
  }

  #isFinishing = false

  async #finish(end: StageEnd): Promise<void> {
    if (this.#isFinishing) return
    this.#isFinishing = true
    this.#over.abort()
    this.#tasks.dropAll('the end')
    const left = (async () => {
      await this.#consumer?.stop()
      await this.#client?.close()
    })()
    await Promise.race([left.catch(() => {}), this.#clock.delay(LEAVE_MS)])
    this.#health.enter(end.type === 'failed' ? 'failed' : 'ended')
    this.#resolveEnd(end)
  }

  #fail(error: unknown): void {
    if (this.#over.signal.aborted) return
    this.#log.log(1, 'the stage has failed', { error: textOf(error) })
    void this.#finish({ type: 'failed', error })
  }

  async #join(): Promise<void> {
    const { topics, layout, mayCreate, consumer } = this.#options
    this.#client ??= await this.#options.client()
    const client = this.#client
    if (this.#over.signal.aborted) {
      await client.close()
      return
    }
    const inputs = await inputTopics(client.admin, topics, layout.mode)
    await this.#options.prepare?.(client.admin, inputs)
    const counts = [...inputs.values()]
    const tasks = layout.mode === 'one' ? 1 : Math.max(...counts)
    const { changelog } = layout
    if (changelog !== undefined) {
      const log = this.#log
      await prepareChangelog(client.admin, { topic: changelog, mayCreate, tasks, log })
      await this.#untilThere(client.admin, changelog, tasks)
    }
    if (this.#over.signal.aborted) return
    this.#inputs = inputs
    const created = client.consumer({
      ...consumer,
      groupId: this.#options.groupId,
      topics: [...inputs.keys(), ...(changelog === undefined ? [] : [changelog])],
      assigner: { name: `correlog-${layout.mode}`, assign: taskAssigner(layout) },
      concurrency: 2 * counts.reduce((sum, count) => sum + count, 0),
      onAssigned: partitions => this.#onAssigned(partitions),
      onLost: () => this.#onLost(),
      onBatch: async (batch, rebalancing) => this.#tasks.of(batch)?.take(batch, rebalancing),
      onGap: (partition, from, to) => this.#onGap(partition, from, to),
      onPassed: (partition, nextOffset) => this.#tasks.of(partition)?.passed(partition, nextOffset),
      onTrouble: problem => this.#trouble('kafka', problem),
      onFailure: error => this.#onFailure(error)
    })
    this.#consumer = created
    await created.start()
  }

  /** Brokers hear of a new topic one after the other. @throws KafkaClientError when that takes long */
  async #untilThere(admin: KafkaAdmin, topic: string, partitions: number): Promise<void> {
    const start = this.#clock.monotonic()
    while (!this.#over.signal.aborted) {
      const found = (await admin.topics([topic])).get(topic) ?? 0
      if (found >= partitions) return
      if (this.#clock.monotonic() - start >= CHANGELOG_MS) {
        throw new KafkaClientError(
          `the changelog "${topic}" has ${found} partitions ${CHANGELOG_MS / 1000} s after it was made or extended; expected ${partitions}, at each broker that is asked`,
          { code: 'CHANGELOG_UNKNOWN', retryable: true }
        )
      }
      await this.#clock.delay(100, this.#over.signal)
    }
  }

  /** Tries until it succeeds. @throws what waiting does not mend */
  async #persist(attempt: () => Promise<void>): Promise<void> {
    while (!this.#over.signal.aborted) {
      try {
        await attempt()
        this.#trouble('kafka', undefined)
        return
      } catch (error) {
        const isPermanent = isAdapterError(error) && !error.retryable
        if (isPermanent && this.#options.onError === 'exit') throw error
        this.#trouble('kafka', textOf(error))
        await this.#leave()
        await this.#clock.delay(RETRY_MS, this.#over.signal)
      }
    }
  }

  async #leave(): Promise<void> {
    const consumer = this.#consumer
    this.#consumer = undefined
    this.#tasks.leave('the group is left')
    await consumer?.stop()
  }

  /** Before anything of what was dealt out is read, and without a pause in between. */
  #onAssigned(partitions: readonly TopicPartition[]): void {
    const [client, consumer] = [this.#client, this.#consumer]
    if (this.#over.signal.aborted || client === undefined || consumer === undefined) return
    const { layout, delivery } = this.#options
    this.#rebalances++
    if (delivery.type === 'elsewhere' && !this.#hasAll(partitions)) {
      this.#fail(this.#shared(partitions.length))
      return
    }
    this.#tasks.deal(tasksOf(partitions, layout), { client, consumer })
    this.#isJoined = true
    this.#enterIfReady()
  }

  #onLost(): void {
    this.#log.log(3, 'the group has taken all tasks away: it is joined again')
    this.#tasks.lose()
  }

  #onFailure(error: KafkaClientError): void {
    const isToEnd = this.#options.onError === 'exit' && !error.retryable
    if (isToEnd || this.#over.signal.aborted) {
      this.#fail(error)
      return
    }
    this.#trouble('kafka', error.message)
    void this.#joinAnew(RETRY_MS)
  }

  #joining: Promise<void> = Promise.resolve()

  /** One after the other: who joins twice is two members, of which one is forgotten. */
  #joinAnew(waitMs: number): Promise<void> {
    this.#joining = this.#joining.then(async () => {
      await this.#leave()
      await this.#clock.delay(waitMs, this.#over.signal)
      await this.#persist(() => this.#join()).catch((error: unknown) => this.#fail(error))
    })
    return this.#joining
  }

  #enterIfReady(): void {
    if (!this.#isJoined || this.#over.signal.aborted) return
    const tasks = this.#tasks.all
    for (const { number } of tasks.filter(({ isRunning }) => isRunning))
      this.#trouble(`task ${number}`, undefined)
    if (tasks.every(({ isRunning }) => isRunning)) this.#health.enter('running')
  }

  #onGap(at: TopicPartition, from: number, to: number): void {
    const { topic, partition } = at
    if (to < from) this.#tasks.of(at)?.madeAnew(at, to)
    const message =
      to > from
        ? 'records are gone from the topic that were not read: it is read on behind them'
        : 'the topic ends before what was read of it, as a new one of the same name does: it is read from there'
    this.#log.log(2, message, { topic, partition, from, to })
  }

  async #commitOffsets(): Promise<void> {
    if (this.#consumer !== undefined) await this.#offsets.follow(this.#consumer, this.#tasks.sources)
  }

  #notFollowed(error: unknown): void {
    this.#log.log(
      4,
      "the group's offsets do not follow, which matters only to who watches them: they are committed again later",
      { error: textOf(error) }
    )
  }

  /** New topics of a pattern and new partitions: with them the group is joined anew. */
  async #lookForTopics(): Promise<void> {
    const [client, consumer] = [this.#client, this.#consumer]
    if (client === undefined || consumer === undefined) return
    const found = await this.#watch.changed(client.admin, this.#inputs)
    // Joined anew meanwhile, for another reason: that has seen what there is.
    if (this.#consumer !== consumer) return
    if (found === undefined || this.#over.signal.aborted) return
    this.#log.log(4, 'there are new topics or partitions: the group is joined anew', {
      topics: [...found.keys()]
    })
    await this.#joinAnew(0)
  }

  async #upkeep(): Promise<void> {
    const { upkeep } = this.#options
    if (this.#client === undefined || upkeep === undefined) return
    try {
      await upkeep(this.#client.admin)
      this.#trouble('upkeep', undefined)
    } catch (error) {
      this.#trouble('upkeep', textOf(error))
    }
  }

  /** `act` must not reject. */
  async #every(ms: number, act: () => Promise<void>): Promise<void> {
    const { signal } = this.#over
    while (!signal.aborted) {
      await this.#clock.delay(ms, signal)
      if (!signal.aborted) await act()
    }
  }

  #trouble(component: string, problem: string | undefined): void {
    if (problem === undefined) {
      if (this.#health.mended(component)) this.#log.log(4, 'it works again', { component })
    } else if (this.#health.trouble(component, problem)) {
      this.#log.log(3, 'something the stage needs does not work; it is tried again', {
        component,
        reason: problem
      })
    }
  }

  #hasAll(partitions: readonly TopicPartition[]): boolean {
    const counts = [...this.#inputs.values()].reduce((sum, count) => sum + count, 0)
    return partitions.filter(({ topic }) => this.#inputs.has(topic)).length === counts
  }

  #shared(partitions: number): KafkaClientError {
    return new KafkaClientError(
      `the group "${this.#options.groupId}" has other members, and this one has ${partitions} partitions; expected all of them, since the state is in files of this machine, or state: kafka`,
      { code: 'STATE_SHARED', retryable: false }
    )
  }
}

/** Records that are not settled when a stage has been stopped; `undefined`: it has come to a good end. */
async function unsettledAtEnd(stage: TaskStage): Promise<number | undefined> {
  const end = await stage.stop()
  if (end.type === 'ended') return undefined
  return end.type === 'given-up' ? end.unsettledRecords : stage.counters.inFlightRecords
}

function isAdapterError(error: unknown): error is AdapterError | KafkaClientError {
  return error instanceof AdapterError || error instanceof KafkaClientError
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
