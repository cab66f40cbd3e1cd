import fc from 'fast-check'
import { expect, test } from 'vitest'
import { instantsOf } from '../../../plugin/time/instants.ts'
import { parsePosixTz } from '../../../plugin/time/posix-tz.ts'
import { UTC } from '../../../plugin/time/time-zone.ts'

const berlin = parsePosixTz('CET-1CEST,M3.5.0,M10.5.0/3') ?? UTC

function seconds(text: string): number {
  return Date.parse(text) / 1000
}

const time = { year: 2023, mon: 9, mday: 29, hour: 2, min: 30, sec: 0 }

test('an hour that comes twice has two instants', () => {
  expect(instantsOf(berlin, time)).toEqual([seconds('2023-10-29T00:30:00Z'), seconds('2023-10-29T01:30:00Z')])
})

test('a time in the gap is what a clock would show that was not put forward', () => {
  expect(instantsOf(berlin, { ...time, mon: 2, mday: 26 })).toEqual([seconds('2023-03-26T01:30:00Z')])
})

test('every instant is among those of the time that the clock shows then', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4_000_000_000 }), instant => {
      expect(instantsOf(berlin, berlin.localTime(instant))).toContain(instant)
    })
  )
})
