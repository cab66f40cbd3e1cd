import fc from 'fast-check'
import { expect, test } from 'vitest'
import { taskAssigner, type TaskMode, tasksOf } from '../../../adapters/kafka/assigner.ts'
import { type GroupMember, KafkaClientError, type TopicPartition } from '../../../adapters/kafka/client.ts'

const CHANGELOG = 'app-state'

function assign(
  members: readonly GroupMember[],
  partitions: Readonly<Record<string, number>>,
  mode: TaskMode = 'each'
): Map<string, readonly TopicPartition[]> {
  const layout = { mode, changelog: CHANGELOG in partitions ? CHANGELOG : undefined }
  return new Map(taskAssigner(layout)(members, new Map(Object.entries(partitions))))
}

/** Member → numbers of its tasks. */
function numbers(
  assignment: ReadonlyMap<string, readonly TopicPartition[]>,
  topic: string
): Record<string, number[]> {
  return Object.fromEntries(
    [...assignment].map(([id, all]) => [
      id,
      all
        .filter(each => each.topic === topic)
        .map(({ partition }) => partition)
        .sort((left, right) => left - right)
    ])
  )
}

function members(...ids: string[]): GroupMember[] {
  return ids.map(id => ({ id, owned: [] }))
}

test('partition N of every topic goes to one member, with partition N of the changelog', () => {
  const assignment = assign(members('a', 'b'), { web: 4, app: 4, [CHANGELOG]: 4 })
  expect(numbers(assignment, 'web')).toEqual({ a: [0, 1], b: [2, 3] })
  expect(numbers(assignment, 'app')).toEqual({ a: [0, 1], b: [2, 3] })
  expect(numbers(assignment, CHANGELOG)).toEqual({ a: [0, 1], b: [2, 3] })
})

test('a member that comes takes its share, and the others keep the rest', () => {
  const topics = { web: 6, [CHANGELOG]: 6 }
  const before = assign(members('b', 'c'), topics)
  const after = assign(
    [...before].map(([id, owned]) => ({ id, owned })).concat({ id: 'a', owned: [] }),
    topics
  )
  expect(numbers(before, 'web')).toEqual({ b: [0, 1, 2], c: [3, 4, 5] })
  expect(numbers(after, 'web')).toEqual({ a: [2, 5], b: [0, 1], c: [3, 4] })
})

test('with tasks: one a single member has everything, and keeps it', () => {
  const topics = { web: 3, app: 2, [CHANGELOG]: 1 }
  const first = assign(members('b', 'c'), topics, 'one')
  expect(first.get('b')).toHaveLength(6)
  expect(first.get('c')).toEqual([])
  const then = assign(
    [{ id: 'a', owned: [] }, ...[...first].map(([id, owned]) => ({ id, owned }))],
    topics,
    'one'
  )
  expect(then.get('b')).toEqual(first.get('b'))
})

test('undivided, all tasks stay with the one who has them', () => {
  const assigner = taskAssigner({ mode: 'each', changelog: undefined, isUndivided: true })
  const topics = new Map([['web', 3]])
  const dealt = assigner([{ id: 'b', owned: [{ topic: 'web', partition: 1 }] }, ...members('a')], topics)
  expect(numbers(dealt, 'web')).toEqual({ a: [], b: [0, 1, 2] })
  expect(numbers(assigner(members('b', 'a'), topics), 'web')).toEqual({ a: [0, 1, 2], b: [] })
})

test('topics with different numbers of partitions are refused in words', () => {
  expect(() => assign(members('a'), { web: 4, app: 3, [CHANGELOG]: 4 })).toThrow(KafkaClientError)
  expect(() => assign(members('a'), { web: 4, app: 3, [CHANGELOG]: 4 })).toThrow(
    'topics of one group with different numbers of partitions: "web" has 4, "app" has 3; expected the same number for all (a task is partition N of each topic), or tasks: one'
  )
})

test('a task waits while the changelog has no partition for it', () => {
  const assignment = assign(members('a'), { web: 4, [CHANGELOG]: 3 })
  expect(numbers(assignment, 'web')).toEqual({ a: [0, 1, 2] })
})

test('without a changelog tasks are what the topics make them', () => {
  expect(tasksOf([{ topic: 'web', partition: 1 }], { mode: 'each', changelog: undefined })).toEqual([
    { number: 1, inputs: [{ topic: 'web', partition: 1 }], changelog: undefined }
  ])
})

const group = fc.record({
  tasks: fc.integer({ min: 1, max: 40 }),
  topics: fc.uniqueArray(fc.constantFrom('web', 'app', 'db', 'mail'), { minLength: 1 }),
  hasChangelog: fc.boolean(),
  ids: fc.uniqueArray(fc.string({ minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 8 })
})

function topicsOf({
  tasks,
  topics,
  hasChangelog
}: {
  tasks: number
  topics: string[]
  hasChangelog: boolean
}) {
  return Object.fromEntries([...topics, ...(hasChangelog ? [CHANGELOG] : [])].map(name => [name, tasks]))
}

test('every partition is dealt once, co-partitioned and evenly, whatever members claim', () => {
  fc.assert(
    fc.property(
      group,
      fc.array(fc.tuple(fc.nat(7), fc.constantFrom('web', CHANGELOG, 'gone'), fc.nat(50))),
      (given, claims) => {
        const topics = topicsOf(given)
        const claiming = given.ids.map((id, index) => ({
          id,
          owned: claims
            .filter(([member]) => member === index)
            .map(([, topic, partition]) => ({ topic, partition }))
        }))
        const assignment = assign(claiming, topics)
        expect([...assignment.keys()].sort()).toEqual([...given.ids].sort())
        const all = [...assignment.values()].flat()
        expect(new Set(all.map(({ topic, partition }) => `${topic}/${partition}`)).size).toBe(all.length)
        expect(all).toHaveLength(given.tasks * Object.keys(topics).length)
        const [first = '', ...rest] = Object.keys(topics)
        for (const topic of rest) expect(numbers(assignment, topic)).toEqual(numbers(assignment, first))
        const sizes = Object.values(numbers(assignment, first)).map(({ length }) => length)
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
        expect(assign([...claiming].reverse(), topics).get(given.ids[0] as string)).toEqual(
          assignment.get(given.ids[0] as string)
        )
      }
    ),
    { seed: 7 }
  )
})

test('members come and go: no more tasks move than must', () => {
  fc.assert(
    fc.property(
      group,
      fc.array(fc.string({ minLength: 1, maxLength: 6 }), { maxLength: 4 }),
      fc.nat(7),
      (given, comers, leaver) => {
        const topics = topicsOf(given)
        const [mark = ''] = given.hasChangelog ? [CHANGELOG] : given.topics
        const before = assign(members(...given.ids), topics)
        const stayers = given.ids.filter((_id, index) => index !== leaver)
        const comes = [...new Set(comers)].filter(id => !given.ids.includes(id))
        if (stayers.length + comes.length === 0) return
        const after = assign(
          [...stayers.map(id => ({ id, owned: before.get(id) ?? [] })), ...members(...comes)],
          topics
        )
        const held = numbers(before, mark)
        const holds = numbers(after, mark)
        const least = Math.floor(given.tasks / (stayers.length + comes.length))
        for (const id of stayers) {
          const kept = (holds[id] ?? []).filter(number => held[id]?.includes(number))
          // What it must give up is what is more than its share, and nothing else.
          expect(kept.length).toBeGreaterThanOrEqual(Math.min(held[id]?.length ?? 0, least))
          if ((holds[id]?.length ?? 0) > (held[id]?.length ?? 0)) expect(kept).toEqual(held[id])
        }
        if (comes.length === 0 && stayers.length === given.ids.length) expect(after).toEqual(before)
      }
    ),
    { seed: 7 }
  )
})
