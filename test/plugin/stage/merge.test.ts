import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type LogRecord, lineRecord } from '../../../plugin/record.ts'
import { HeldRecords } from '../../../plugin/stage/held-records.ts'
import { type MergeOptions, RecordMerge } from '../../../plugin/stage/merge.ts'

const WAIT_MS = 1_000

function record(source: string, number: number, timestamp: number | undefined): LogRecord {
  return { ...lineRecord(`${source}${number}`, source, `line ${number}`, undefined), timestamp }
}

function merge(options: Partial<MergeOptions> & Pick<MergeOptions, 'sources'>): RecordMerge {
  return new RecordMerge(
    { waitMs: WAIT_MS, mostHeld: 100, mostHeldBytes: 1e6, maxAheadMs: 300_000, ...options },
    0
  )
}

function takeAll(merged: RecordMerge, wallMs: number): string[] {
  const ids: string[] = []
  for (let next = merged.take(wallMs); next !== undefined; next = merged.take(wallMs))
    ids.push(next.record.id)
  return ids
}

interface Arrival {
  readonly wallMs: number
  readonly record: LogRecord
}

/** Sources in order of time, whose records come with delays shorter than the wait, in their order. */
const arrivals = fc
  .array(fc.array(fc.tuple(fc.nat(2_500), fc.nat(WAIT_MS - 1)), { maxLength: 12 }), {
    minLength: 2,
    maxLength: 4
  })
  .map(sources =>
    sources.flatMap((steps, index) => {
      let timestamp = 1
      let wallMs = 0
      return steps.map(([gap, delay], number): Arrival => {
        timestamp += gap
        wallMs = Math.max(wallMs, timestamp + delay)
        return { wallMs, record: record('abcd'[index] as string, number, timestamp) }
      })
    })
  )

const ALL_LIVE = ['d', 'b', 'a', 'c'].map(name => ({ name, live: true }))

/** Lets records arrive, and takes out what need not wait whenever that may have changed. */
function play(merged: RecordMerge, all: readonly Arrival[]): string[] {
  const order: string[] = []
  for (const { wallMs, record: arrived } of [...all].sort((a, b) => a.wallMs - b.wallMs)) {
    for (let wake = merged.nextWallMs; wake !== undefined && wake < wallMs; wake = merged.nextWallMs) {
      order.push(...takeAll(merged, wake))
    }
    merged.offer(arrived.source, [arrived], wallMs)
    order.push(...takeAll(merged, wallMs))
  }
  for (const { name } of ALL_LIVE) merged.end(name)
  return [...order, ...takeAll(merged, Number.MAX_SAFE_INTEGER)]
}

function byTime(all: readonly Arrival[]): string[] {
  return all
    .map((arrival, index) => ({ ...arrival.record, index }))
    .sort(
      (a, b) =>
        (a.timestamp ?? 0) - (b.timestamp ?? 0) || a.source.localeCompare(b.source) || a.index - b.index
    )
    .map(({ id }) => id)
}

describe('records of several sources', () => {
  test('come by time and source, however they arrive, as long as none is later than the wait', () => {
    fc.assert(
      fc.property(arrivals, all => {
        expect(play(merge({ sources: ALL_LIVE }), all)).toEqual(byTime(all))
      })
    )
  })

  test('are all there, each source in its own order, whatever their times and delays', () => {
    const anyArrival = fc.record({
      source: fc.constantFrom('a', 'b', 'c'),
      timestamp: fc.option(fc.nat(5_000), { nil: undefined }),
      wallMs: fc.nat(20_000)
    })
    fc.assert(
      fc.property(fc.array(anyArrival, { maxLength: 40 }), arrived => {
        const inOrder = [...arrived].sort((a, b) => a.wallMs - b.wallMs)
        const all = inOrder.map(({ source, timestamp, wallMs }, number) => {
          return { wallMs, record: record(source, number, timestamp) }
        })
        const order = play(merge({ sources: ALL_LIVE }), all)
        expect([...order].sort()).toEqual(all.map(each => each.record.id).sort())
        for (const source of ['a', 'b', 'c']) {
          const ids = all.filter(each => each.record.source === source).map(each => each.record.id)
          expect(order.filter(id => id.startsWith(source))).toEqual(ids)
        }
      })
    )
  })

  test('go on after a checkpoint as if there had been none', () => {
    fc.assert(
      fc.property(arrivals, fc.nat(30), (all, cut) => {
        const sorted = [...all].sort((a, b) => a.wallMs - b.wallMs)
        const names = ALL_LIVE.map(({ name }) => name)
        const whole = merge({ sources: ALL_LIVE })
        const held = new HeldRecords(names)
        const before: string[] = []
        for (const { wallMs, record: arrived } of sorted.slice(0, cut)) {
          whole.offer(arrived.source, [arrived], wallMs)
          held.offered(arrived.source, [arrived])
          before.push(...takeAll(whole, 0))
        }
        const state = new HeldRecords(names).restore(held.changes(whole).set)
        const restored = merge({ sources: ALL_LIVE, state })
        for (const name of names) {
          expect(restored.heldOf(name)).toBe(whole.heldOf(name))
          expect(restored.takenToMsOf(name)).toBe(whole.takenToMsOf(name))
        }
        const rest = (merged: RecordMerge): string[] => {
          for (const { record: arrived } of sorted.slice(cut)) merged.offer(arrived.source, [arrived], 0)
          for (const { name } of ALL_LIVE) merged.end(name)
          return takeAll(merged, 0)
        }
        const ids = rest(restored)
        expect(ids).toEqual(rest(whole))
        expect([...before, ...ids].sort()).toEqual(all.map(each => each.record.id).sort())
      })
    )
  })

  test('wait for a file to its end, for a live source only so long', () => {
    const sources = [
      { name: 'file', live: false },
      { name: 'live', live: true }
    ]
    const merged = merge({ sources })
    merged.offer('live', [record('live', 1, 5_000)], 100)
    expect(merged.nextWallMs).toBeUndefined()
    expect(takeAll(merged, 1e9)).toEqual([])
    merged.offer('file', [record('file', 1, 4_000), record('file', 2, 6_000)], 200)
    expect(takeAll(merged, 200)).toEqual(['file1', 'live1'])
    expect(merged.nextWallMs).toBe(200 + WAIT_MS)
    expect(takeAll(merged, 199 + WAIT_MS)).toEqual([])
    expect(takeAll(merged, 200 + WAIT_MS)).toEqual(['file2'])
    merged.end('file')
    merged.offer('live', [record('live', 2, 7_000)], 300)
    expect(takeAll(merged, 300)).toEqual(['live2'])
  })

  test('a source is not read while much of it is held back', () => {
    const sources = [
      { name: 'a', live: true },
      { name: 'b', live: false }
    ]
    const merged = merge({ sources, mostHeld: 2 })
    merged.offer('a', [record('a', 1, 1), record('a', 2, 2)], 0)
    expect([merged.wants('a'), merged.wants('b'), merged.heldOf('a')]).toEqual([false, true, 2])
    merged.end('b')
    expect(takeAll(merged, 0)).toHaveLength(2)
    expect([merged.wants('a'), merged.wants('b'), merged.heldOf('a')]).toEqual([true, false, 0])
  })

  test('a source is not read either while what is held back of it is long', () => {
    const sources = [
      { name: 'a', live: true },
      { name: 'b', live: false }
    ]
    const long = 'x'.repeat(600_000)
    const longOnes = [
      { ...record('a', 1, 1), body: long },
      { ...record('a', 2, 2), attributes: { list: [long] } }
    ]
    const merged = merge({ sources })
    merged.offer('a', longOnes.slice(0, 1), 0)
    expect(merged.wants('a')).toBe(true)
    merged.offer('a', longOnes.slice(1), 0)
    expect(merged.wants('a')).toBe(false)
    merged.offer('b', [record('b', 1, 1)], 0)
    expect(takeAll(merged, 0)).toEqual(['a1', 'b1'])
    expect(merged.wants('a')).toBe(true)
  })

  test('a single source waits for nothing and keeps its order', () => {
    const merged = merge({ sources: [{ name: 'a', live: true }] })
    merged.offer('a', [record('a', 1, 9), record('a', 2, 3), record('a', 3, undefined)], 0)
    expect(takeAll(merged, 0)).toEqual(['a1', 'a2', 'a3'])
  })

  test('a time that is too far ahead holds nothing up', () => {
    const merged = merge({
      sources: [
        { name: 'a', live: true },
        { name: 'b', live: true }
      ]
    })
    merged.offer('a', [{ ...record('a', 1, 9e9), observedTimestamp: 1_000 }, record('a', 2, 2_000)], 0)
    merged.offer('b', [record('b', 1, 1_500), record('b', 2, 3_000)], 0)
    expect(takeAll(merged, WAIT_MS)).toEqual(['a1', 'b1', 'a2', 'b2'])
  })
})

test('a record that is decoded late is not decoded to find out how much it takes', () => {
  const merged = merge({
    sources: ['a', 'b'].map(name => ({ name, live: true })),
    mostHeldBytes: 5000
  })
  const late: LogRecord = {
    ...lineRecord('1', 'a', 'short', 1000),
    late: { bytes: 4000, mayHaveAttribute: () => false },
    get attributes(): never {
      throw new Error('it is decoded')
    }
  }
  merged.offer('a', [late], 0)
  expect(merged.wants('a')).toBe(true)
  merged.offer('a', [late], 0)
  expect(merged.wants('a')).toBe(false)
  merged.take(WAIT_MS)
  expect(merged.wants('a')).toBe(true)
})
