import fc from 'fast-check'
import { expect, test } from 'vitest'
import { loadTimeZone } from '../../../adapters/time-zone.ts'
import { countMatches, matchesMinute, minuteName, nextMatch } from '../../../plugin/rules/calendar-minutes.ts'
import { parseCalendarTime } from '../../../plugin/rules/calendar-time.ts'
import type { CalendarTime } from '../../../plugin/rules/definition.ts'
import type { TimeZone } from '../../../plugin/time/time-zone.ts'

const specifications = fc
  .tuple(
    fc.constantFrom('*', '0', '59', '*/7', '30', '15-45/15'),
    fc.constantFrom('*', '0', '2', '3', '1-3', '23', '*/6'),
    fc.constantFrom('*', '*', '0', '1', '27-31', '9-11'),
    fc.constantFrom('*', '*', '3', '10-11'),
    fc.constantFrom('*', '*', '0', '1-5'),
    fc.constantFrom('*', '24', '25')
  )
  .map(parts => parts.join(' '))

/** Around changes of the clock: forward, back, back by half an hour, and at midnight. */
const places = fc.constantFrom(
  ['Europe/Berlin', 1711846800],
  ['Europe/Berlin', 1729990800],
  ['America/New_York', 1710054000],
  ['America/New_York', 1730613600],
  ['Australia/Lord_Howe', 1712415600],
  ['Asia/Beirut', 1711836000],
  ['America/Havana', 1730610000],
  ['UTC', 1709164800]
)

/** Every minute is looked at. All zones here are whole minutes from UTC. */
function matchingMinutes(time: CalendarTime, zone: TimeZone, from: number, until: number): number[] {
  const seconds = []
  for (let second = from; second < until; second += second % 60 === 0 ? 60 : 60 - (second % 60)) {
    if (matchesMinute(time, zone.localTime(second))) seconds.push(second)
  }
  return seconds
}

test('the next minute and their number are what a look at every minute finds', () => {
  const before = fc.nat(3 * 86_400)
  const length = fc.oneof(fc.nat(7_200), fc.nat(6 * 86_400))
  fc.assert(
    fc.property(places, before, length, specifications, ([name, change], back, long, specification) => {
      const zone = loadTimeZone(String(name))
      const time = parseCalendarTime(specification) as CalendarTime
      const from = Number(change) - back
      const until = from + long
      const minutes = matchingMinutes(time, zone, from, until)
      const names = minutes.map(second => minuteName(zone.localTime(second)))
      expect(nextMatch(time, zone, from, until)).toBe(minutes[0] ?? until)
      expect(countMatches(time, zone, from, until)).toBe(
        names.filter((each, i) => each !== names[i - 1]).length
      )
    }),
    { numRuns: 500 }
  )
})
