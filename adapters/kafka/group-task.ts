import { setMaxListeners } from 'node:events'
import { AdapterError, type CheckpointStore, type WallClock } from '../../plugin/adapter.ts'
import type { StageLog } from '../../plugin/stage/options.ts'
import type { Stage, StageEnd } from '../../plugin/stage/stage.ts'
import { partitionsOf, type TaskPartitions } from './assigner.ts'
import type { KafkaBatch, KafkaClient, KafkaConsumer, TopicPartition } from './client.ts'
import { CollectedMessages } from './output.ts'
import { PositionedState } from './positioned-state.ts'
import { Restore } from './restore.ts'
import { KafkaSource, type KafkaSourceOptions } from './source.ts'
import { type StartAt, startPositions } from './start-positions.ts'
import { TaskState } from './task-state.ts'

/** Where a task keeps its state, and when what it raises leaves. */
export type TaskDelivery =
  /** Alerts, dead letters, state and positions of a task in one transaction. */
  | { readonly type: 'exactly-once' }
  /** Alerts before; state and positions in a transaction. */
  | { readonly type: 'at-least-once' }
  /** The same, with the state at a place of its own. */
  | { readonly type: 'elsewhere'; readonly store: (task: number) => CheckpointStore }

/** What a task's stage is made of. */
export interface TaskParts {
  readonly number: number
  readonly sources: readonly KafkaSource[]
  readonly store: CheckpointStore
  /** Where alerts and dead letters go that are part of the task's transaction; `undefined`: none are. */
  readonly collected: CollectedMessages | undefined
}

/** A stage that is made and not started. */
export type TaskStage = Pick<
  Stage,
  'start' | 'wait' | 'stop' | 'giveUp' | 'ackIsAwaited' | 'health' | 'counters'
>

export interface GroupTaskOptions {
  readonly partitions: TaskPartitions
  readonly groupId: string
  readonly client: KafkaClient
  readonly consumer: Pick<KafkaConsumer, 'seek' | 'pause' | 'resume'>
  readonly clock: WallClock
  readonly log: StageLog
  readonly delivery: TaskDelivery
  readonly startAt: StartAt
  readonly isReset: boolean
  readonly transactionTimeoutMs: number
  /** For how long a join may wait for what is in work. */
  readonly joinPatienceMs: number
  /** Whether others wait for this one's batches to be settled. */
  readonly isHurried: () => boolean
  /** The input's name of a partition, and how its values become records. */
  readonly input: (partition: TopicPartition) => Pick<KafkaSourceOptions, 'name' | 'decode' | 'holdsMany'>
  readonly createStage: (parts: TaskParts) => TaskStage
}

/** One life of a task: from the fence over the restore to the end of its stage, or until it is dropped. */
export class GroupTask {
  readonly partitions: TaskPartitions
  readonly stage: TaskStage
  /** When it began, in milliseconds since Epoch. */
  readonly since: number
  readonly #options: GroupTaskOptions
  readonly #sources: readonly KafkaSource[]
  #restore: Restore | undefined
  #isDropped = false
  #isStarted = false
  /** Resolves when it takes records, if ever. */
  readonly started: Promise<void>
  #resolveStarted: () => void = () => {}

  constructor(options: GroupTaskOptions) {
    const { partitions, consumer, delivery, input, isHurried } = options
    this.#options = options
    this.partitions = partitions
    this.since = options.clock.now()
    this.started = new Promise(resolve => {
      this.#resolveStarted = resolve
    })
    this.#sources = partitions.inputs.map(
      partition =>
        new KafkaSource({
          ...partition,
          ...input(partition),
          isHurried,
          now: () => options.clock.now(),
          readFrom: (at, offset) => {
            consumer.seek(at, offset)
            consumer.resume([at])
          }
        })
    )
    const collected = delivery.type === 'exactly-once' ? new CollectedMessages() : undefined
    this.stage = options.createStage({
      number: this.number,
      sources: this.#sources,
      store: this.#store(collected),
      collected
    })
  }

  get number(): number {
    return this.partitions.number
  }

  /** Nothing of it counts any more. */
  get isDropped(): boolean {
    return this.#isDropped
  }

  /** It has its state and takes records. */
  get isRunning(): boolean {
    return this.#isStarted && !this.#isDropped
  }

  /** Records of the changelog that are still to be read; `undefined`: it is not reading them. */
  get restoring(): number | undefined {
    return this.#isStarted ? undefined : this.#restore?.left
  }

  get duplicates(): number {
    return this.#sources.reduce((sum, source) => sum + source.duplicates, 0)
  }

  get sources(): readonly KafkaSource[] {
    return this.#sources
  }

  /** Resolves at its end. Never rejects. */
  async run(): Promise<StageEnd> {
    try {
      await this.stage.start()
      this.#isStarted = true
      this.#resolveStarted()
    } catch (error) {
      return { type: 'failed', error }
    }
    return this.stage.wait()
  }

  /** A batch of one of its partitions. Resolves when it is settled, or never will be. */
  async take(batch: KafkaBatch, rebalancing: AbortSignal): Promise<void> {
    if (this.#isChangelog(batch)) {
      this.#restore?.records(batch.records, batch.nextOffset)
      return
    }
    const source = this.#sourceOf(batch)
    if (source === undefined || this.#isDropped) return
    const settled = new AbortController()
    const hurry = (): void => void this.#hurry(source, settled.signal)
    // One signal for all batches in work, and there may be many.
    setMaxListeners(0, rebalancing)
    rebalancing.addEventListener('abort', hurry)
    const taken = source.take(batch)
    if (rebalancing.aborted) hurry()
    await taken
    settled.abort()
    rebalancing.removeEventListener('abort', hurry)
  }

  passed(partition: TopicPartition, nextOffset: number): void {
    if (this.#isChangelog(partition)) this.#restore?.passed(nextOffset)
    else this.#sourceOf(partition)?.passed(nextOffset)
  }

  /** A topic of the same name is there in place of the one that was read: it begins at `offset`. */
  madeAnew(partition: TopicPartition, offset: number): void {
    this.#sourceOf(partition)?.madeAnew(offset)
  }

  /** It is kept over a join. */
  rejoined(): void {
    for (const source of this.#sources) source.rejoined()
  }

  /** Ends it where it stands: nothing that it has not committed counts. */
  drop(reason: string): void {
    if (this.#isDropped) return
    this.#isDropped = true
    this.#options.consumer.pause(partitionsOf(this.partitions))
    for (const source of this.#sources) source.drop()
    this.#restore?.giveUp(new AdapterError(reason, { code: 'DROPPED', retryable: false }))
    this.stage.giveUp()
  }

  /** A join waits for a batch: no more of it is taken in, and it has so long to be settled. */
  async #hurry(source: KafkaSource, settled: AbortSignal): Promise<void> {
    const { clock, joinPatienceMs, log } = this.#options
    source.giveBackForJoin()
    this.stage.ackIsAwaited()
    await clock.delay(joinPatienceMs, settled)
    if (settled.aborted || this.#isDropped) return
    log.log(3, 'a task could not settle what it had before the group was dealt out anew: it is given up', {
      task: this.number
    })
    this.drop('not settled in time for a join of the group')
  }

  #store(collected: CollectedMessages | undefined): CheckpointStore {
    const { delivery, client, groupId, startAt, isReset, log, partitions } = this.#options
    const store =
      delivery.type === 'elsewhere' ? delivery.store(partitions.number) : this.#taskState(collected)
    const positions = (entries: ReadonlyMap<string, string>): Promise<ReadonlyMap<string, string>> =>
      startPositions(entries, {
        admin: client.admin,
        groupId,
        startAt,
        isReset,
        inputs: this.#sources.map(source => ({ ...source.partition, source: source.name })),
        report: (message, fields) => log.log(2, message, { task: this.number, ...fields })
      })
    return new PositionedState(store, positions, isReset)
  }

  #taskState(collected: CollectedMessages | undefined): TaskState {
    const { client, groupId, transactionTimeoutMs, partitions } = this.#options
    const { changelog } = partitions
    if (changelog === undefined) throw new Error('no changelog for a task that keeps its state there')
    return new TaskState({
      changelog,
      collected,
      transactional: () => client.transactional(`${groupId}-${partitions.number}`, transactionTimeoutMs),
      restore: () => this.#restored(changelog)
    })
  }

  async #restored(partition: TopicPartition): Promise<ReadonlyMap<string, string>> {
    const { client, consumer, clock, log } = this.#options
    const { low, end } = await client.admin.offsets(partition)
    const startedAt = clock.monotonic()
    const restore = new Restore({ partition, low, end, clock })
    this.#restore = restore
    if (this.#isDropped) restore.giveUp(new AdapterError('dropped', { code: 'DROPPED', retryable: false }))
    else if (end > low) {
      consumer.seek(partition, low)
      consumer.resume([partition])
    }
    try {
      const entries = await restore.entries()
      log.log(4, 'the state of a task was read', {
        task: this.number,
        entries: entries.size,
        records: end - low,
        ms: Math.round(clock.monotonic() - startedAt)
      })
      return entries
    } finally {
      this.#restore = undefined
      if (!this.#isDropped) consumer.pause([partition])
    }
  }

  #isChangelog({ topic, partition }: TopicPartition): boolean {
    const { changelog } = this.partitions
    return changelog?.topic === topic && changelog.partition === partition
  }

  #sourceOf({ topic, partition }: TopicPartition): KafkaSource | undefined {
    return this.#sources.find(({ partition: of }) => of.topic === topic && of.partition === partition)
  }
}
