import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SegmentedList } from '../../../plugin/state/segmented-list.ts'

/** What is kept of a list: its entry and those of its segments. */
class Kept {
  owner = ''
  readonly segments = new Map<number, string>()
  /** Characters that the last change wrote. */
  written = 0

  take(list: SegmentedList<unknown>): void {
    list.arrange()
    this.owner = JSON.stringify(list)
    this.written = this.owner.length
    for (const number of list.takeChanged()) {
      const text = list.segment(number)
      if (text === undefined) this.segments.delete(number)
      else this.segments.set(number, text)
      this.written += text?.length ?? 0
    }
  }

  restored(): SegmentedList<unknown> {
    const owner: unknown = JSON.parse(this.owner)
    if (Array.isArray(owner)) return new SegmentedList(owner as unknown[])
    const { first, last } = owner as { first: number; last: number }
    const segments = Array.from({ length: last - first + 1 }, (_, index) => {
      return JSON.parse(this.segments.get(first + index) ?? 'null') as unknown[]
    })
    return SegmentedList.restored(segments, first)
  }
}

const item = fc.oneof(
  { weight: 5, arbitrary: fc.nat(9) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 20_000 }).map(length => 'x'.repeat(length)) }
)
const step = fc.oneof(
  fc.record({ type: fc.constant('push' as const), item, times: fc.constantFrom(1, 1, 3, 700, 3000) }),
  fc.record({ type: fc.constant('unshift' as const), item, times: fc.constantFrom(1, 1, 3, 700, 3000) }),
  fc.record({ type: fc.constantFrom('pop' as const, 'shift' as const), times: fc.constantFrom(1, 2, 900) }),
  fc.record({ type: fc.constant('keep' as const), modulus: fc.constantFrom(2, 3, 1000), from: fc.nat(4000) }),
  fc.record({ type: fc.constantFrom('clear' as const, 'restore' as const, 'take' as const) }),
  fc.record({ type: fc.constantFrom('restore' as const, 'take' as const) })
)

test('it does what an array does, and its state follows it', { timeout: 60_000 }, () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), steps => {
      let list = new SegmentedList<unknown>()
      let array: unknown[] = []
      let kept = new Kept()
      for (const each of steps) {
        switch (each.type) {
          case 'push':
            for (let count = 0; count < each.times; count++) {
              list.push(each.item)
              array.push(each.item)
            }
            break
          case 'unshift': {
            const items = new Array<unknown>(each.times).fill(each.item)
            list.unshift(items)
            array.unshift(...items)
            break
          }
          case 'pop':
          case 'shift':
            for (let count = 0; count < each.times; count++) {
              expect(list[each.type]()).toEqual(array[each.type]())
            }
            break
          case 'keep': {
            const isKept = (index: number): boolean => index >= each.from && index % each.modulus !== 0
            let index = 0
            const removed = list.keep(() => isKept(index++))
            expect(removed).toEqual(array.filter((_, place) => !isKept(place)))
            array = array.filter((_, place) => isKept(place))
            break
          }
          case 'clear':
            list.clear()
            array = []
            break
          case 'restore':
            kept.take(list)
            list = kept.restored()
            break
          case 'take':
            kept.take(list)
        }
        expect(list.length).toBe(array.length)
        expect(list.first).toEqual(array[0])
      }
      expect(list.items).toEqual(array)
      kept.take(list)
      const fresh = new Kept()
      fresh.owner = JSON.stringify(list)
      for (const number of list.segmentNumbers()) fresh.segments.set(number, list.segment(number) ?? '')
      expect(sorted(kept.segments)).toEqual(sorted(fresh.segments))
      kept = fresh
      expect(kept.restored().items).toEqual(array)
    }),
    { numRuns: 100 }
  )
})

function sorted(segments: ReadonlyMap<number, string>): [number, string][] {
  return [...segments].sort(([a], [b]) => a - b)
}

describe('a change of a list of 100,000 lines writes little', () => {
  const line = (index: number): object => ({ text: `line ${index} ${'.'.repeat(90)}`, time: 1_700_000_000 })

  test.each<[string, (list: SegmentedList<unknown>) => void]>([
    ['push', list => list.push(line(0))],
    ['pop', list => void list.pop()],
    ['shift', list => void list.shift()],
    ['unshift', list => list.unshift([line(0)])],
    [
      'keep all but the first 1,000',
      list => {
        let index = 0
        list.keep(() => index++ >= 1000)
      }
    ],
    ['nothing', () => {}]
  ])('%s', (_what, change) => {
    const list = new SegmentedList(Array.from({ length: 100_000 }, (_, index) => line(index)))
    const kept = new Kept()
    kept.take(list)
    expect(kept.written).toBeGreaterThan(10_000_000)
    for (let count = 0; count < 200; count++) {
      change(list)
      kept.take(list)
      expect(kept.written).toBeLessThan(40_000)
    }
  })
})

test('a short list is kept with its owner, and again when it is short again', () => {
  const list = new SegmentedList<number>()
  const kept = new Kept()
  for (let count = 0; count < 1000; count++) list.push(count)
  while (list.length > 3) list.pop()
  kept.take(list)
  expect([kept.owner, kept.segments.size]).toEqual(['[0,1,2]', 0])
  for (let count = 0; count < 5000; count++) list.push(count)
  kept.take(list)
  expect(kept.segments.size).toBeGreaterThan(4)
  while (list.length > 3) list.pop()
  kept.take(list)
  expect([kept.owner, kept.segments.size]).toEqual(['[0,1,2]', 0])
})
