import fc from 'fast-check'
import { expect, test } from 'vitest'
import { lineRecord } from '../../../plugin/record.ts'
import { IdleClock } from '../../../plugin/time/idle-clock.ts'
import { RecordClock } from '../../../plugin/time/record-clock.ts'

const WALL_MS = 9_000_500

function see(times: readonly (readonly [own: number | undefined, observed: number | undefined])[]) {
  const clock = new RecordClock({ maxAheadMs: 300_000 })
  let now: number | undefined
  const seconds = times.map(([timestamp, observed]) => {
    now = clock.see({ ...lineRecord('x', 'in', '', observed), timestamp }, now, WALL_MS)
    return now
  })
  return { seconds, counts: clock.counts }
}

test('the clock never goes back, and each record is counted once', () => {
  const ms = fc.option(fc.oneof(fc.nat(2_000_000), fc.constant(0), fc.double()), { nil: undefined })
  fc.assert(
    fc.property(fc.array(fc.tuple(ms, ms)), times => {
      const { seconds, counts } = see(times)
      expect([...seconds].sort((a, b) => a - b)).toEqual(seconds)
      expect(seconds.every(Number.isInteger)).toBe(true)
      expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(times.length)
    })
  )
})

test('a first record that says no time is seen when it is on the wall', () => {
  expect(see([[undefined, undefined]])).toMatchObject({ seconds: [9_000], counts: { untimed: 1 } })
})

test.each([253_402_300_800_000, 8.64e15, 1e300, -62_135_596_800_000, -1, Number.NaN])(
  'a time of %s ms, before 1970 or after the year 9999, is none, own or observed',
  ms => {
    expect(see([[ms, 5_000_000]])).toMatchObject({ seconds: [5_000], counts: { observed: 1 } })
    expect(see([[ms, ms]])).toMatchObject({ seconds: [9_000], counts: { untimed: 1 } })
  }
)

test('silence moves the clock only after it has lasted, and then with the wall', () => {
  const idle = new IdleClock({ idleAfterMs: 5_000 })
  expect(idle.secondAt(1e9)).toBeUndefined()
  expect(idle.nextWallMs(1e9)).toBeUndefined()
  idle.heard(100_000, 42)
  expect([100_000, 105_999, 106_000, 107_999, 108_000].map(wall => idle.secondAt(wall))).toEqual([
    42, 42, 43, 44, 45
  ])
  expect(idle.nextWallMs(100_000)).toBe(106_000)
  expect(idle.nextWallMs(106_500)).toBe(107_000)
  idle.heard(107_000, 50)
  expect(idle.secondAt(112_999)).toBe(50)
})
