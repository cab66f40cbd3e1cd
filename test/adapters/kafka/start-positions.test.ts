import { expect, test } from 'vitest'
import { startPositions, type StartAt } from '../../../adapters/kafka/start-positions.ts'
import { AdapterError } from '../../../plugin/adapter.ts'
import { ManualClock } from '../../helpers/manual-clock.ts'
import { MemoryKafka } from '../../helpers/memory-kafka.ts'

interface Case {
  readonly startAt?: StartAt
  /** Of the state. */
  readonly position?: number
  /** Partition → what the group has committed. */
  readonly groupOffsets?: Readonly<Record<number, number>>
  /** Records of partition 0 that are gone. */
  readonly gone?: number
  readonly isReset?: boolean
}

/** Partition 0 of a topic with 10 records, one a second from second 100 on. */
async function positions({
  startAt = 'earliest',
  position,
  groupOffsets = {},
  gone = 0,
  isReset = false
}: Case) {
  const kafka = new MemoryKafka({ clock: new ManualClock() })
  kafka.createTopic('logs', 2)
  for (let second = 100; second < 110; second++) {
    const value = Buffer.from('x')
    kafka.append({ topic: 'logs', partition: 0, key: null, value, timestamp: second * 1000 })
  }
  kafka.partition({ topic: 'logs', partition: 0 }).low = gone
  for (const [partition, offset] of Object.entries(groupOffsets)) {
    const at = { topic: 'logs', partition: Number(partition), offset }
    kafka.group('app').offsets.set(`logs/${partition}`, at)
  }
  const reports: Readonly<Record<string, unknown>>[] = []
  const entries = new Map(position === undefined ? [] : [['position/logs', `{"offset":${position}}`]])
  const changed = await startPositions(entries, {
    admin: kafka.client().admin,
    groupId: 'app',
    startAt,
    isReset,
    inputs: [{ topic: 'logs', partition: 0, source: 'logs' }],
    report: (_message, fields) => reports.push(fields)
  })
  const text = changed.get('position/logs')
  return { offset: text === undefined ? undefined : (JSON.parse(text) as unknown), reports }
}

test.each<[string, Case, number | undefined]>([
  ['never read: at its first record', {}, 0],
  ['never read, latest: at its end', { startAt: 'latest' }, 10],
  ['never read, a time: at the first record from then on', { startAt: 104_500 }, 5],
  ['never read, a time to come: at its end', { startAt: 999_000 }, 10],
  [
    'read before: where the state says, and not the group',
    { position: 7, groupOffsets: { 0: 3 } },
    undefined
  ],
  ['read to its end', { position: 10 }, undefined],
  [
    'a new one beside others: at its beginning, whatever is asked for',
    { startAt: 'latest', groupOffsets: { 1: 4 } },
    0
  ],
  [
    'left behind: as if it had not been read',
    { startAt: 'latest', position: 7, groupOffsets: { 0: 7 }, isReset: true },
    10
  ]
])('%s', async (_name, given, offset) => {
  const found = await positions(given)
  expect(found).toEqual({ offset: offset === undefined ? undefined : { offset }, reports: [] })
})

test('records that are gone are counted and said', async () => {
  const { offset, reports } = await positions({ position: 3, gone: 8 })
  expect(offset).toEqual({ offset: 8 })
  expect(reports).toEqual([{ topic: 'logs', partition: 0, position: 3, low: 8, end: 10, records: 5 }])
})

test('a topic that was made anew is read from its beginning', async () => {
  const { offset, reports } = await positions({ position: 500 })
  expect(offset).toEqual({ offset: 0 })
  expect(reports).toMatchObject([{ position: 500, end: 10, records: 0 }])
})

test('a state that is lost is no reason to begin anew', async () => {
  const found = positions({ groupOffsets: { 0: 7 } })
  await expect(found).rejects.toThrow(AdapterError)
  await expect(positions({ groupOffsets: { 0: 7 } })).rejects.toThrow(
    'the group "app" has read partition 0 of topic "logs", but its state is lost (no "position/logs" in it); expected the state that belongs to it, or --reset-state to begin anew'
  )
})
