import type { StageCounters } from '../../plugin/stage/counters.ts'
import type { Trouble } from '../../plugin/stage/health.ts'
import type { StageEnd } from '../../plugin/stage/stage.ts'
import { partitionsOf, type TaskPartitions } from './assigner.ts'
import { type KafkaClient, type KafkaConsumer, keyOfPartition, type TopicPartition } from './client.ts'
import { isForGood } from './errors.ts'
import type { GroupOptions, GroupReadings } from './group-options.ts'
import { GroupTask } from './group-task.ts'
import type { KafkaSource } from './source.ts'
import { sumCounters } from './sum-counters.ts'
import { namesOfTasks } from './task-troubles.ts'

/** After an error a task is rebuilt when so long has gone by. */
const REBUILD_MS = 1000

export interface TaskSetOptions {
  readonly group: GroupOptions
  /** Aborted at the end of the group: nothing is rebuilt then. */
  readonly over: AbortSignal
  readonly onTrouble: (component: string, problem: string | undefined) => void
  /** A task is no more, and so is what was wrong with it. */
  readonly onForgotten: (component: string) => void
  /** A task takes records. */
  readonly onStarted: () => void
  /** A task has met what nothing but a change by somebody mends. */
  readonly onFailure: (error: unknown) => void
}

/** What the tasks of one membership work with. */
export interface TaskSurroundings {
  readonly client: KafkaClient
  readonly consumer: KafkaConsumer
}

/** The tasks that this member of a group has been dealt. Whatever goes wrong with one, it is dropped and rebuilt. */
export class TaskSet {
  readonly #options: TaskSetOptions
  readonly #tasks = new Map<number, GroupTask>()
  #assigned = new Map<number, TaskPartitions>()
  #surroundings: TaskSurroundings | undefined
  /** Those that have begun with their state left behind. */
  readonly #reset = new Set<number>()
  /** Those that wait to be rebuilt, or are being rebuilt. */
  readonly #failed = new Set<number>()
  /** Of stages that have ended. */
  #past: StageCounters | undefined
  #lost = 0
  #rebuilt = 0
  /** Of tasks that are no more. */
  #duplicates = 0

  constructor(options: TaskSetOptions) {
    this.#options = options
  }

  get all(): readonly GroupTask[] {
    return [...this.#tasks.values()]
  }

  get sources(): readonly KafkaSource[] {
    return this.all.flatMap(({ sources }) => sources)
  }

  get counters(): StageCounters {
    return sumCounters(
      this.#past,
      this.all.map(({ stage }) => stage.counters)
    )
  }

  get readings(): Omit<GroupReadings, 'rebalances'> {
    return {
      tasks: this.#tasks.size,
      restoring: this.all.reduce((sum, each) => sum + (each.restoring ?? 0), 0),
      lost: this.#lost,
      rebuilt: this.#rebuilt,
      duplicates: this.all.reduce((sum, { duplicates }) => sum + duplicates, this.#duplicates)
    }
  }

  get troubles(): readonly Trouble[] {
    const ofStages = this.all.flatMap(({ number, stage }) =>
      stage.health.troubles.map(each => ({ ...each, component: `task ${number}: ${each.component}` }))
    )
    const restoring = this.all.filter(each => each.restoring !== undefined)
    if (restoring.length === 0) return ofStages
    const left = restoring.reduce((sum, each) => sum + (each.restoring ?? 0), 0)
    const whose = restoring.length === 1 ? 'its' : 'their'
    const read = {
      component: namesOfTasks(restoring.map(({ number }) => number)),
      reason: `${whose} state is being read: ${left} records to go`,
      since: Math.min(...restoring.map(({ since }) => since))
    }
    return [read, ...ofStages]
  }

  /** What is dealt out now: those that stay go on, others are dropped and begun. Synchronous. */
  deal(dealt: readonly TaskPartitions[], surroundings: TaskSurroundings): void {
    const assigned = new Map(dealt.map(each => [each.number, each]))
    this.#assigned = assigned
    this.#surroundings = surroundings
    this.#forgetFailures()
    for (const task of this.all) {
      const now = assigned.get(task.number)
      if (now !== undefined && isSame(now, task.partitions) && task.isRunning) continue
      if (now === undefined) this.#lost++
      this.#drop(task, 'it was dealt to another member')
    }
    const kept = [...this.#tasks.keys()]
    for (const [number, partitions] of assigned) {
      const running = this.#tasks.get(number)
      if (running === undefined) this.#begin(partitions)
      else {
        assigned.set(number, running.partitions)
        running.rejoined()
      }
    }
    const numbers = [...assigned.keys()]
    this.#options.group.log.log(4, 'the tasks of the group were dealt out', {
      tasks: numbers,
      new: numbers.filter(number => !kept.includes(number))
    })
  }

  /** The group has taken all of them. */
  lose(): void {
    this.#lost += this.#tasks.size
    this.leave('the group has taken it away')
  }

  /** None is ours any more. */
  leave(reason: string): void {
    this.dropAll(reason)
    this.#assigned = new Map()
    this.#forgetFailures()
  }

  /** Those that have no state yet: they have nothing in work, and it may take long until they have. */
  dropUnready(reason: string): void {
    for (const task of this.all) if (!task.isRunning) this.#drop(task, reason)
  }

  /** How many records were in work. */
  dropAll(reason: string): number {
    const records = this.all.reduce((sum, { stage }) => sum + stage.counters.inFlightRecords, 0)
    for (const task of this.all) this.#drop(task, reason)
    return records
  }

  of({ topic, partition }: TopicPartition): GroupTask | undefined {
    const { layout } = this.#options.group
    return this.#tasks.get(layout.mode === 'one' && topic !== layout.changelog ? 0 : partition)
  }

  #begin(partitions: TaskPartitions): void {
    if (this.#surroundings === undefined) return
    const { client, consumer } = this.#surroundings
    const { group, onStarted } = this.#options
    const isReset = group.resetState && !this.#reset.has(partitions.number)
    consumer.pause(partitionsOf(partitions))
    let task: GroupTask
    try {
      task = new GroupTask({
        ...group,
        client,
        isHurried: () => this.#isHurried,
        consumer,
        partitions,
        isReset,
        joinPatienceMs: group.consumer.rebalanceTimeoutMs / 2
      })
    } catch (error) {
      void this.#rebuild(partitions, error)
      return
    }
    this.#tasks.set(task.number, task)
    void task.run().then(end => this.#ended(task, end))
    void task.started.then(() => {
      this.#reset.add(task.number)
      onStarted()
    })
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
    this.#options.onForgotten(`task ${task.number}`)
  }

  /** What ailed those that others have now is no matter any more. */
  #forgetFailures(): void {
    for (const number of this.#failed) {
      if (this.#assigned.has(number)) continue
      this.#failed.delete(number)
      this.#options.onForgotten(`task ${number}`)
    }
  }

  #ended(task: GroupTask, end: StageEnd): void {
    const isCurrent = this.#tasks.get(task.number) === task
    if (!isCurrent || this.#options.over.aborted) return
    const error = end.type === 'failed' ? end.error : new Error('it was given up')
    this.#drop(task, 'it has failed')
    void this.#rebuild(task.partitions, error)
  }

  /** After an end that nobody has asked for: from its changelog, if it is still ours then. */
  async #rebuild(partitions: TaskPartitions, error: unknown): Promise<void> {
    const { group, over, onFailure, onTrouble } = this.#options
    const { number } = partitions
    if (isForGood(error) && group.onError === 'exit') {
      onFailure(error)
      return
    }
    this.#rebuilt++
    this.#failed.add(number)
    onTrouble(`task ${number}`, error instanceof Error ? error.message : String(error))
    await group.clock.delay(REBUILD_MS, over)
    if (over.aborted || this.#assigned.get(number) !== partitions) return
    if (!this.#tasks.has(number)) this.#begin(partitions)
  }

  /** One fetch brings batches of all partitions, and the next one waits until all of them are settled. */
  get #isHurried(): boolean {
    for (const { isRunning, sources } of this.#tasks.values()) {
      if (!isRunning || sources.some(({ hasBacklog }) => hasBacklog)) return true
    }
    return false
  }
}

function isSame(one: TaskPartitions, other: TaskPartitions): boolean {
  const [left, right] = [partitionsOf(one), partitionsOf(other)]
  return (
    left.length === right.length &&
    left.every((each, index) => keyOfPartition(each) === keyOfPartition(right[index] ?? each))
  )
}
