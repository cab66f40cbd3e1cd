import { daysFromCivil, SECONDS_PER_DAY, SECONDS_PER_HOUR } from '../time/civil.ts'
import type { LocalTime, TimeZone } from '../time/time-zone.ts'
import type { CalendarTime } from './definition.ts'

/**
 * Names a minute by its local date and time: one that comes twice, as clocks are put back, has the same name twice.
 */
export function minuteName({ year, mon, mday, hour, min }: LocalTime): string {
  return `${year}-${mon}-${mday} ${hour}:${min}`
}

export function matchesMinute(time: CalendarTime, local: LocalTime): boolean {
  return time.minutes.includes(local.min) && time.hours.includes(local.hour) && matchesDay(time, local)
}

/** The first second of [from, until) whose minute matches, or `until`. Seconds since Epoch. */
export function nextMatch(time: CalendarTime, zone: TimeZone, from: number, until: number): number {
  let second = from
  while (second < until) {
    const local = zone.localTime(second)
    const left = secondsToSkip(time, local)
    if (left === 0) return second
    // Nothing is skipped beyond a jump of the clock.
    second = Math.min(second + left, zone.evenUntil(second))
  }
  return until
}

/** How many minutes of [from, until) match. One that comes twice in a row counts once. Seconds since Epoch. */
export function countMatches(time: CalendarTime, zone: TimeZone, from: number, until: number): number {
  let count = 0
  let last = ''
  let second = nextMatch(time, zone, from, until)
  while (second < until) {
    const local = zone.localTime(second)
    const midnight = second - sinceMidnight(local)
    const dayEnd = midnight + SECONDS_PER_DAY
    // Of years, all days but a few are counted at once.
    if (minuteName(local) !== last) count++
    if (isFirstOfDay(time, local) && midnight >= from && dayEnd <= until && isEven(zone, midnight, dayEnd)) {
      count += time.minutes.length * time.hours.length - 1
      last = minuteName(lastOfDay(time, local))
      second = nextMatch(time, zone, dayEnd, until)
    } else {
      last = minuteName(local)
      second = nextMatch(time, zone, minuteEnd(second, zone), until)
    }
  }
  return count
}

/** The first second after the minute that holds `second`, or of the next jump of the clock. */
export function minuteEnd(second: number, zone: TimeZone): number {
  const { sec } = zone.localTime(second)
  return Math.min(second + Math.max(60 - sec, 1), zone.evenUntil(second))
}

/** How many seconds can't match from `local` on, as long as the clock runs evenly; 0: it matches. */
function secondsToSkip(time: CalendarTime, local: LocalTime): number {
  if (!matchesDay(time, local)) return Math.max(SECONDS_PER_DAY - sinceMidnight(local), 1)
  const { hour, min, sec } = local
  if (!time.hours.includes(hour)) return Math.max(SECONDS_PER_HOUR - 60 * min - sec, 1)
  // 60 is a leap second.
  return time.minutes.includes(min) ? 0 : Math.max(60 - sec, 1)
}

function matchesDay({ days, months, weekdays, years }: CalendarTime, local: LocalTime): boolean {
  return (
    (days.includes(local.mday) || (days.includes(0) && isLastOfMonth(local))) &&
    months.includes(local.mon + 1) &&
    weekdays.includes(local.wday) &&
    (years === undefined || years.includes(local.year % 100))
  )
}

function isLastOfMonth({ year, mon, mday }: LocalTime): boolean {
  const [nextYear, nextMonth] = mon === 11 ? [year + 1, 0] : [year, mon + 1]
  return mday === daysFromCivil(nextYear, nextMonth, 1) - daysFromCivil(year, mon, 1)
}

function isFirstOfDay({ minutes, hours }: CalendarTime, { hour, min, sec }: LocalTime): boolean {
  return sec === 0 && min === minutes[0] && hour === hours[0]
}

function lastOfDay({ minutes, hours }: CalendarTime, local: LocalTime): LocalTime {
  return { ...local, min: minutes[minutes.length - 1] ?? 0, hour: hours[hours.length - 1] ?? 0 }
}

function isEven(zone: TimeZone, from: number, until: number): boolean {
  return until <= zone.evenUntil(from)
}

function sinceMidnight({ hour, min, sec }: LocalTime): number {
  return hour * SECONDS_PER_HOUR + min * 60 + sec
}
