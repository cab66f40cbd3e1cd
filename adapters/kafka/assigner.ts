import { type Assigner, type GroupMember, KafkaClientError, type TopicPartition } from './client.ts'

/**
 * How partitions make tasks. `each`: partition N of every topic is task N, so that several instances share the work and
 * a key's records of all topics meet. `one`: all partitions are one task, with number 0.
 */
export type TaskMode = 'each' | 'one'

export interface TaskLayout {
  readonly mode: TaskMode
  /** The topic that keeps the tasks' state, partition N that of task N; `undefined`: it is kept elsewhere. */
  readonly changelog: string | undefined
  /** One member has all tasks: their state is on its machine. */
  readonly isUndivided?: boolean
}

/** What a task reads. */
export interface TaskPartitions {
  readonly number: number
  /** By topic and partition, ascending. */
  readonly inputs: readonly TopicPartition[]
  readonly changelog: TopicPartition | undefined
}

/**
 * The tasks that partitions make. One whose changelog partition is not among them is none: nobody could go on from
 * what it leaves.
 */
export function tasksOf(
  partitions: readonly TopicPartition[],
  { mode, changelog }: TaskLayout
): readonly TaskPartitions[] {
  const inputs = new Map<number, TopicPartition[]>()
  for (const each of partitions) {
    if (each.topic === changelog) continue
    const number = mode === 'one' ? 0 : each.partition
    inputs.set(number, [...(inputs.get(number) ?? []), each])
  }
  return [...inputs]
    .sort(([left], [right]) => left - right)
    .flatMap(([number, ofTask]) => {
      const kept = partitions.find(({ topic, partition }) => topic === changelog && partition === number)
      if (changelog !== undefined && kept === undefined) return []
      return [{ number, inputs: ofTask.sort(byTopic), changelog: kept }]
    })
}

/**
 * Deals tasks out, whole: as evenly as can be, and so that each member keeps what it has as far as that allows. Tasks
 * that the changelog has no partition for wait until it is extended.
 */
export function taskAssigner(layout: TaskLayout): Assigner {
  return (members, partitions) => {
    const tasks = tasksOf(allPartitions(partitions, layout), layout)
    const dealt = layout.isUndivided === true ? giveAll(members, tasks) : deal(members, tasks)
    return new Map(
      members.map(({ id }) => [id, (dealt.get(id) ?? []).flatMap(task => partitionsOf(task))] as const)
    )
  }
}

/** Changelog and inputs. */
export function partitionsOf({ inputs, changelog }: TaskPartitions): readonly TopicPartition[] {
  return changelog === undefined ? inputs : [...inputs, changelog]
}

/** @throws KafkaClientError of topics that have not the same number of partitions. */
export function checkCopartitioned(inputs: ReadonlyMap<string, number>, mode: TaskMode): void {
  const counts = [...inputs.values()]
  if (mode === 'one' || counts.every(count => count === counts[0])) return
  const described = [...inputs].map(([topic, count]) => `"${topic}" has ${count}`).join(', ')
  throw new KafkaClientError(
    `topics of one group with different numbers of partitions: ${described}; expected the same number for all (a task is partition N of each topic), or tasks: one`,
    { code: 'NOT_COPARTITIONED', retryable: false }
  )
}

function allPartitions(
  partitions: ReadonlyMap<string, number>,
  { mode, changelog }: TaskLayout
): TopicPartition[] {
  const inputs = new Map([...partitions].filter(([topic]) => topic !== changelog))
  checkCopartitioned(inputs, mode)
  return [...partitions].flatMap(([topic, count]) =>
    Array.from({ length: count }, (_none, partition) => ({ topic, partition }))
  )
}

interface Hand {
  readonly id: string
  /** What it has and claims first of all. */
  readonly kept: TaskPartitions[]
}

function deal(
  members: readonly GroupMember[],
  tasks: readonly TaskPartitions[]
): ReadonlyMap<string, readonly TaskPartitions[]> {
  if (members.length === 0) return new Map()
  const sorted = [...members].sort((left, right) => (left.id < right.id ? -1 : 1))
  const hands = sorted.map(({ id }): Hand => ({ id, kept: [] }))
  const free: TaskPartitions[] = []
  for (const task of tasks) {
    const owner = sorted.findIndex(member => owns(member, task))
    if (owner === -1) free.push(task)
    else hands[owner]?.kept.push(task)
  }
  const least = Math.floor(tasks.length / members.length)
  const withOneMore = tasks.length % members.length
  // Who has most gets one more: so fewest change hands. The sort keeps the order of ids among equals.
  const byWealth = [...hands].sort((left, right) => right.kept.length - left.kept.length)
  const dealt = byWealth.map(({ id, kept }, index) => {
    const most = index < withOneMore ? least + 1 : least
    free.push(...kept.slice(most))
    return { id, most, has: kept.slice(0, most) }
  })
  free.sort((left, right) => left.number - right.number)
  for (const { most, has } of dealt) has.push(...free.splice(0, most - has.length))
  return new Map(dealt.map(({ id, has }) => [id, has]))
}

/** To who has most of it already. */
function giveAll(
  members: readonly GroupMember[],
  tasks: readonly TaskPartitions[]
): ReadonlyMap<string, readonly TaskPartitions[]> {
  const wealth = (member: GroupMember): number => tasks.filter(task => owns(member, task)).length
  const [first] = [...members].sort(
    (left, right) => wealth(right) - wealth(left) || (left.id < right.id ? -1 : 1)
  )
  return new Map(first === undefined ? [] : [[first.id, tasks]])
}

function owns({ owned }: GroupMember, task: TaskPartitions): boolean {
  const mark = task.changelog ?? task.inputs[0]
  return owned.some(({ topic, partition }) => topic === mark?.topic && partition === mark.partition)
}

function byTopic(left: TopicPartition, right: TopicPartition): number {
  if (left.topic !== right.topic) return left.topic < right.topic ? -1 : 1
  return left.partition - right.partition
}
