import { AdapterError, type WallClock } from '../../plugin/adapter.ts'
import type { StageCounters } from '../../plugin/stage/counters.ts'
import { HealthRecord, type StageHealth, type Trouble } from '../../plugin/stage/health.ts'
import type { StageLog } from '../../plugin/stage/options.ts'
import type { StageEnd } from '../../plugin/stage/stage.ts'
import { partitionsOf, taskAssigner, type TaskLayout, type TaskPartitions, tasksOf } from './assigner.ts'
import { prepareChangelog } from './changelog.ts'
import {
  type KafkaAdmin,
  type KafkaClient,
  KafkaClientError,
  type KafkaConsumer,
  type KafkaConsumerOptions,
  type TopicPartition
} from './client.ts'
import { isForGood } from './errors.ts'
import { GroupTask, type GroupTaskOptions, type TaskDelivery } from './group-task.ts'
import { type InputTopics, inputTopics } from './inputs.ts'
import { sumCounters } from './sum-counters.ts'

/** After an error a task is rebuilt when so long has gone by, and a start is tried again. */
const RETRY_MS = 1000

/** How often the group's offsets follow, for those who watch them. */
const OFFSETS_MS = 5000

/** How often it is looked for new topics and partitions. */
const TOPICS_MS = 30_000

/** For how long the end waits for the group to be left. */
const LEAVE_MS = 5000

export interface GroupOptions
  extends Pick<
    GroupTaskOptions,
    'groupId' | 'clock' | 'log' | 'startAt' | 'transactionTimeoutMs' | 'input' | 'createStage'
  > {
  /** Called once, at the start. @throws what can't be mended by waiting */
  readonly client: () => Promise<KafkaClient>
  readonly topics: InputTopics
  readonly layout: TaskLayout
  /** Whether the changelog may be created and extended. */
  readonly mayCreate: boolean
  readonly delivery: TaskDelivery
  /** Before the group is joined: what else is to be there for these inputs. @throws KafkaClientError */
  readonly prepare?: (admin: KafkaAdmin, inputs: ReadonlyMap<string, number>) => Promise<void>
  /** The state of each task is left behind once. */
  readonly resetState: boolean
  /** What becomes of errors that nothing but a change by somebody mends. */
  readonly onError: 'exit' | 'retry'
  readonly consumer: Pick<
    KafkaConsumerOptions,
    'maxBytesPerPartition' | 'sessionTimeoutMs' | 'rebalanceTimeoutMs' | 'heartbeatMs'
  >
}

/** What the group has done, beside the counters of its stages. */
export interface GroupReadings {
  readonly tasks: number
  /** Offsets of the changelog that are still to be read before all tasks run. */
  readonly restoring: number
  readonly rebalances: number
  /** Tasks that went to other members, and those that were rebuilt after an error. */
  readonly lost: number
  readonly rebuilt: number
  /** Routed records that came again and were dropped. */
  readonly duplicates: number
}

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
  readonly #tasks = new Map<number, GroupTask>()
  #resolveEnd: (end: StageEnd) => void = () => {}
  #assigned = new Map<number, TaskPartitions>()
  #client: KafkaClient | undefined
  #consumer: KafkaConsumer | undefined
  #inputs: ReadonlyMap<string, number> = new Map()
  readonly #reset = new Set<number>()
  readonly #committed = new Map<string, number>()
  /** Of stages that have ended. */
  #past: StageCounters | undefined
  #isJoined = false
  #rebalances = 0
  #lost = 0
  #rebuilt = 0
  /** Of tasks that are no more. */
  #duplicates = 0

  constructor(options: GroupOptions) {
    const { clock, log } = options
    this.#options = options
    this.#clock = clock
    this.#log = log
    this.#health = new HealthRecord(() => clock.now())
    this.#end = new Promise(resolve => {
      this.#resolveEnd = resolve
    })
  }

  get health(): StageHealth {
    const own = this.#health.health
    const troubles: Trouble[] = [...own.troubles]
    for (const { number, stage, restoring } of this.#tasks.values()) {
      if (restoring !== undefined) {
        const reason = `its state is being read: ${restoring} records to go`
        troubles.push({ component: `task ${number}`, reason, since: this.#clock.now() })
      }
      for (const each of stage.health.troubles) {
        troubles.push({ ...each, component: `task ${number}: ${each.component}` })
      }
    }
    const isOk = own.status === 'ok' || own.status === 'degraded'
    return { status: isOk ? (troubles.length > 0 ? 'degraded' : 'ok') : own.status, troubles }
  }

  get counters(): StageCounters {
    const live = [...this.#tasks.values()].map(({ stage }) => stage.counters)
    return sumCounters(this.#past, live)
  }

  get readings(): GroupReadings {
    const restoring = [...this.#tasks.values()].reduce((sum, each) => sum + (each.restoring ?? 0), 0)
    const live = [...this.#tasks.values()].reduce((sum, { duplicates }) => sum + duplicates, 0)
    return {
      tasks: this.#tasks.size,
      restoring,
      rebalances: this.#rebalances,
      lost: this.#lost,
      rebuilt: this.#rebuilt,
      duplicates: this.#duplicates + live
    }
  }

  /** By topic and partition. */
  lag(): readonly { source: string; partition: number; value: number; unit: 'records' }[] {
    return [...this.#tasks.values()].flatMap(({ sources }) =>
      sources.map(source => {
        const { topic, partition } = source.partition
        return { source: topic, partition, ...source.lag() }
      })
    )
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
      await this.#finish({ type: 'failed', error })
      throw error
    }
    if (this.#over.signal.aborted) return
    void this.#every(OFFSETS_MS, () => this.#commitOffsets())
    void this.#every(TOPICS_MS, () => this.#lookForTopics())
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
    void this.#finish({ type: 'given-up', unsettledRecords: this.#dropAll('given up') })
  }

  async #stop(): Promise<void> {
    const tasks = [...this.#tasks.values()]
    this.#consumer?.pause(tasks.flatMap(({ partitions }) => partitionsOf(partitions)))
    const ends = await Promise.all(tasks.map(({ stage }) => stage.stop()))
    await Promise.race([this.#commitOffsets(), this.#clock.delay(LEAVE_MS)])
    const unsettledRecords = ends.reduce(
      (sum, end) => sum + (end.type === 'given-up' ? end.unsettledRecords : 0),
      0
    )
    await this.#finish(
      ends.some(({ type }) => type === 'given-up')
        ? { type: 'given-up', unsettledRecords }
        : { type: 'ended' }
    )
  }

  #isFinishing = false

  async #finish(end: StageEnd): Promise<void> {
    if (this.#isFinishing) return
    this.#isFinishing = true
    this.#over.abort()
    this.#dropAll('the end')
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

  /** How many records were in work. */
  #dropAll(reason: string): number {
    const tasks = [...this.#tasks.values()]
    const records = tasks.reduce((sum, { stage }) => sum + stage.counters.inFlightRecords, 0)
    for (const task of tasks) this.#drop(task, reason)
    return records
  }

  async #join(): Promise<void> {
    const { topics, layout, mayCreate, consumer } = this.#options
    this.#client ??= await this.#options.client()
    const client = this.#client
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
      onBatch: async (batch, rebalancing) => this.#taskOf(batch)?.take(batch, rebalancing),
      onGap: (partition, from, to) => this.#reportGap(partition, from, to),
      onPassed: (partition, nextOffset) => this.#taskOf(partition)?.passed(partition, nextOffset),
      onTrouble: problem => this.#trouble('kafka', problem),
      onFailure: error => this.#onFailure(error)
    })
    this.#consumer = created
    await created.start()
  }

  /** Brokers hear of a new topic one after the other. */
  async #untilThere(admin: KafkaAdmin, topic: string, partitions: number): Promise<void> {
    while (!this.#over.signal.aborted) {
      if (((await admin.topics([topic])).get(topic) ?? 0) >= partitions) return
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
    this.#dropAll('the group is left')
    this.#assigned = new Map()
    await consumer?.stop()
  }

  /** Before anything of what was dealt out is read, and without a pause in between. */
  #onAssigned(partitions: readonly TopicPartition[]): void {
    if (this.#over.signal.aborted) return
    const { layout, delivery } = this.#options
    this.#rebalances++
    const assigned = new Map(tasksOf(partitions, layout).map(each => [each.number, each]))
    if (delivery.type === 'elsewhere' && !this.#hasAll(partitions)) {
      this.#fail(this.#shared(partitions.length))
      return
    }
    this.#assigned = assigned
    for (const task of this.#tasks.values()) {
      const now = assigned.get(task.number)
      if (now !== undefined && isSame(now, task.partitions) && task.isRunning) continue
      if (now === undefined) this.#lost++
      this.#drop(task, 'it was dealt to another member')
    }
    const kept = [...this.#tasks.keys()]
    for (const [number, task] of assigned) {
      const running = this.#tasks.get(number)
      if (running === undefined) this.#begin(task)
      else {
        assigned.set(number, running.partitions)
        running.rejoined()
      }
    }
    const numbers = [...assigned.keys()]
    this.#log.log(4, 'the tasks of the group were dealt out', {
      tasks: numbers,
      new: numbers.filter(number => !kept.includes(number))
    })
    this.#isJoined = true
    this.#enterIfReady()
  }

  #onLost(): void {
    this.#log.log(3, 'the group has taken all tasks away: it is joined again')
    this.#lost += this.#tasks.size
    this.#dropAll('the group has taken it away')
    this.#assigned = new Map()
  }

  #onFailure(error: KafkaClientError): void {
    if (this.#options.onError === 'exit' || this.#over.signal.aborted) {
      this.#fail(error)
      return
    }
    this.#trouble('kafka', error.message)
    void this.#rejoin()
  }

  async #rejoin(): Promise<void> {
    await this.#leave()
    await this.#clock.delay(RETRY_MS, this.#over.signal)
    await this.#persist(() => this.#join()).catch((error: unknown) => this.#fail(error))
  }

  #begin(partitions: TaskPartitions): void {
    const [client, consumer] = [this.#client, this.#consumer]
    if (client === undefined || consumer === undefined) return
    const isReset = this.#options.resetState && !this.#reset.has(partitions.number)
    this.#reset.add(partitions.number)
    const { rebalanceTimeoutMs } = this.#options.consumer
    consumer.pause(partitionsOf(partitions))
    const task = new GroupTask({
      ...this.#options,
      client,
      isHurried: () => this.#isHurried,
      consumer,
      partitions,
      isReset,
      joinPatienceMs: rebalanceTimeoutMs / 2
    })
    this.#tasks.set(task.number, task)
    void task.run().then(end => this.#ended(task, end))
    void task.started.then(() => this.#enterIfReady())
  }

  #drop(task: GroupTask, reason: string): void {
    this.#forget(task)
    task.drop(reason)
  }

  #forget(task: GroupTask): void {
    if (this.#tasks.get(task.number) !== task) return
    this.#tasks.delete(task.number)
    this.#duplicates += task.duplicates
    this.#past = sumCounters(this.#past, [
      { ...task.stage.counters, inFlightRecords: 0, inFlightAlertBytes: 0 }
    ])
    this.#health.mended(`task ${task.number}`)
  }

  /** An end that nobody has asked for: the task is rebuilt from its changelog, if it is still ours. */
  async #ended(task: GroupTask, end: StageEnd): Promise<void> {
    const isCurrent = this.#tasks.get(task.number) === task
    if (!isCurrent || this.#over.signal.aborted) return
    const error = end.type === 'failed' ? end.error : new Error('it was given up')
    this.#drop(task, 'it has failed')
    if (isForGood(error) && this.#options.onError === 'exit') {
      this.#fail(error)
      return
    }
    this.#rebuilt++
    const { number, partitions } = task
    this.#trouble(`task ${number}`, textOf(error))
    await this.#clock.delay(RETRY_MS, this.#over.signal)
    if (this.#over.signal.aborted || this.#assigned.get(number) !== partitions) return
    if (!this.#tasks.has(number)) this.#begin(partitions)
  }

  #enterIfReady(): void {
    if (!this.#isJoined || this.#over.signal.aborted) return
    const tasks = [...this.#tasks.values()]
    for (const { number } of tasks.filter(({ isRunning }) => isRunning))
      this.#trouble(`task ${number}`, undefined)
    if (tasks.every(({ isRunning }) => isRunning)) this.#health.enter('running')
  }

  /** One fetch brings batches of all partitions, and the next one waits until all of them are settled. */
  get #isHurried(): boolean {
    for (const { isRunning, sources } of this.#tasks.values()) {
      if (!isRunning || sources.some(({ hasBacklog }) => hasBacklog)) return true
    }
    return false
  }

  #taskOf({ topic, partition }: TopicPartition): GroupTask | undefined {
    const { layout } = this.#options
    return this.#tasks.get(layout.mode === 'one' && topic !== layout.changelog ? 0 : partition)
  }

  #reportGap({ topic, partition }: TopicPartition, from: number, to: number): void {
    const message =
      to > from
        ? 'records are gone from the topic that were not read: it is read on behind them'
        : 'the topic ends before what was read of it, as a new one of the same name does: it is read from there'
    this.#log.log(2, message, { topic, partition, from, to })
  }

  async #commitOffsets(): Promise<void> {
    const offsets = [...this.#tasks.values()].flatMap(({ sources }) =>
      sources.flatMap(({ partition, settledTo }) =>
        settledTo === undefined || this.#committed.get(keyOf(partition)) === settledTo
          ? []
          : [{ ...partition, offset: settledTo }]
      )
    )
    if (offsets.length === 0) return
    await this.#consumer?.commitOffsets(offsets)
    for (const each of offsets) this.#committed.set(keyOf(each), each.offset)
  }

  /** New topics of a pattern and new partitions: with them the group is joined anew. */
  async #lookForTopics(): Promise<void> {
    if (this.#consumer === undefined) return
    const found = await this.#topicsNow()
    if (found === undefined) return
    const isSameAsBefore =
      found.size === this.#inputs.size &&
      [...found].every(([topic, count]) => this.#inputs.get(topic) === count)
    if (isSameAsBefore || this.#over.signal.aborted) return
    this.#log.log(4, 'there are new topics or partitions: the group is joined anew', {
      topics: [...found.keys()]
    })
    await this.#leave()
    await this.#persist(() => this.#join()).catch((error: unknown) => this.#fail(error))
  }

  async #topicsNow(): Promise<ReadonlyMap<string, number> | undefined> {
    const { topics, layout } = this.#options
    const client = this.#client
    if (client === undefined) return undefined
    try {
      const found = await inputTopics(client.admin, topics, layout.mode)
      this.#trouble('topics', undefined)
      return found
    } catch (error) {
      if (error instanceof KafkaClientError && !error.retryable) this.#trouble('topics', error.message)
      return undefined
    }
  }

  async #every(ms: number, act: () => Promise<void>): Promise<void> {
    const { signal } = this.#over
    while (!signal.aborted) {
      await this.#clock.delay(ms, signal)
      if (signal.aborted) return
      try {
        await act()
      } catch (error) {
        this.#log.log(6, 'something that is done from time to time failed', { error: textOf(error) })
      }
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

function isSame(one: TaskPartitions, other: TaskPartitions): boolean {
  const [left, right] = [partitionsOf(one), partitionsOf(other)]
  return (
    left.length === right.length && left.every((each, index) => keyOf(each) === keyOf(right[index] ?? each))
  )
}

function isAdapterError(error: unknown): error is AdapterError | KafkaClientError {
  return error instanceof AdapterError || error instanceof KafkaClientError
}

function keyOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
