// TZ strings, `std offset[dst[offset][,start[/time],end[/time]]]`: POSIX.1-2024, Base Definitions, 8.3,
// and RFC 9636, 3.3. Where those leave a choice, glibc's is taken.

import { civilTime, daysFromCivil, isLeapYear, SECONDS_PER_DAY, SECONDS_PER_HOUR } from './civil.ts'
import { createTimeZone, evenPeriod, type TimeZone, type ZonePeriods, type ZoneType } from './time-zone.ts'

/** The zone of a TZ string, or undefined where the text is not one. */
export function parsePosixTz(tz: string): TimeZone | undefined {
  const periods = parsePosixTzPeriods(tz)
  return periods === undefined ? undefined : createTimeZone(tz, periods)
}

/** The periods of a TZ string, or undefined where the text is not one. They end with the UTC year. */
export function parsePosixTzPeriods(tz: string): ZonePeriods | undefined {
  const parts = TZ_STRING.exec(tz)?.groups
  if (parts === undefined) return undefined
  const standard: ZoneType = {
    name: zoneName(parts.std),
    offset: zoneOffset(parts.stdOffset),
    isDst: false
  }
  if (parts.dst === undefined) {
    const period = evenPeriod(standard, -Infinity, Infinity)
    return () => period
  }
  const daylight: ZoneType = {
    name: zoneName(parts.dst),
    offset: parts.dstOffset === undefined ? standard.offset + SECONDS_PER_HOUR : zoneOffset(parts.dstOffset),
    isDst: true
  }
  const start = parseRule(parts.start ?? DEFAULT_START)
  const end = parseRule(parts.end ?? DEFAULT_END)
  if (start === undefined || end === undefined) return undefined
  return seconds => {
    // glibc applies the rules as of 1970 to all that was before.
    const year = Math.max(civilTime(seconds).year, FIRST_YEAR)
    const toDaylight = ruleDay(start, year) + start.time - standard.offset
    const toStandard = ruleDay(end, year) + end.time - daylight.offset
    const northern = toDaylight <= toStandard
    const [first, second] = northern ? [toDaylight, toStandard] : [toStandard, toDaylight]
    const yearFrom = year === FIRST_YEAR ? -Infinity : yearStart(year)
    const yearUntil = yearStart(year + 1)
    const [from, until] =
      seconds < first ? [yearFrom, first] : seconds < second ? [first, second] : [second, yearUntil]
    const between = from === first && until === second
    const type = between === northern ? daylight : standard
    return evenPeriod(type, Math.max(from, yearFrom), Math.min(until, yearUntil))
  }
}

const FIRST_YEAR = 1970

const NAME = '[A-Za-z]{3,}|<[A-Za-z0-9+-]{3,}>'
const OFFSET = '[+-]?\\d+(?::\\d{1,2}(?::\\d{1,2})?)?'
const TZ_STRING = new RegExp(
  `^(?<std>${NAME})(?<stdOffset>${OFFSET})` +
    `(?:(?<dst>${NAME})(?<dstOffset>${OFFSET})?(?:,(?:(?<start>[^,]+),(?<end>[^,]+)(?:,.*)?)?)?)?$`
)

// Daylight saving time without rules follows those of the United States of today: what glibc does where no
// file `posixrules` says otherwise.
const DEFAULT_START = 'M3.2.0'
const DEFAULT_END = 'M11.1.0'

function zoneName(text: string | undefined): string {
  return (text ?? '').replace(/[<>]/g, '')
}

/** TZ counts hours west of Greenwich. glibc cuts what is too large instead of refusing it. */
function zoneOffset(text: string | undefined): number {
  const [hours = 0, minutes = 0, seconds = 0] = (text ?? '').replace(/^[+-]/, '').split(':').map(Number)
  const west = Math.min(hours, 24) * SECONDS_PER_HOUR + Math.min(minutes, 59) * 60 + Math.min(seconds, 59)
  return text?.startsWith('-') ? west : 0 - west
}

/** The day of the year on which the clock changes, and the second of that day, which may lie outside of it. */
type ChangeRule =
  | { readonly kind: 'julian'; readonly day: number; readonly time: number }
  | { readonly kind: 'dayOfYear'; readonly day: number; readonly time: number }
  | {
      readonly kind: 'weekday'
      /** 0–11. */
      readonly mon: number
      /** 1–5; 5 is the month's last. */
      readonly week: number
      readonly wday: number
      readonly time: number
    }

const RULE =
  /^(?:J(?<julian>\d+)|(?<dayOfYear>\d+)|M(?<mon>\d+)\.(?<week>\d+)\.(?<wday>\d+))(?:\/(?<time>[+-]?\d{1,3}(?::\d{1,2}(?::\d{1,2})?)?))?$/

function parseRule(text: string): ChangeRule | undefined {
  const parts = RULE.exec(text)?.groups
  if (parts === undefined) return undefined
  const time = ruleTime(parts.time ?? '2')
  if (parts.julian !== undefined) {
    const day = Number(parts.julian)
    return day >= 1 && day <= 365 ? { kind: 'julian', day, time } : undefined
  }
  if (parts.dayOfYear !== undefined) {
    const day = Number(parts.dayOfYear)
    return day <= 365 ? { kind: 'dayOfYear', day, time } : undefined
  }
  const mon = Number(parts.mon) - 1
  const week = Number(parts.week)
  const wday = Number(parts.wday)
  if (mon < 0 || mon > 11 || week < 1 || week > 5 || wday > 6) return undefined
  return { kind: 'weekday', mon, week, wday, time }
}

function ruleTime(text: string): number {
  const [hours = 0, minutes = 0, seconds = 0] = text.replace(/^[+-]/, '').split(':').map(Number)
  const time = hours * SECONDS_PER_HOUR + minutes * 60 + seconds
  return text.startsWith('-') ? 0 - time : time
}

/** 00:00:00 of the rule's day, as if the zone were UTC. */
function ruleDay(rule: ChangeRule, year: number): number {
  if (rule.kind === 'weekday') return weekdayOf(rule, year) * SECONDS_PER_DAY
  // Jn never counts 29 February: day 60 is always 1 March.
  const afterLeapDay = rule.kind === 'julian' && rule.day >= 60 && isLeapYear(year)
  const day = rule.kind === 'julian' ? rule.day - 1 : rule.day
  return yearStart(year) + (day + (afterLeapDay ? 1 : 0)) * SECONDS_PER_DAY
}

function weekdayOf(rule: Extract<ChangeRule, { kind: 'weekday' }>, year: number): number {
  const monthStart = daysFromCivil(year, rule.mon, 1)
  const nextMonthStart =
    rule.mon === 11 ? daysFromCivil(year + 1, 0, 1) : daysFromCivil(year, rule.mon + 1, 1)
  const { wday } = civilTime(monthStart * SECONDS_PER_DAY)
  const day = monthStart + ((rule.wday - wday + 7) % 7) + (rule.week - 1) * 7
  return day < nextMonthStart ? day : day - 7
}

function yearStart(year: number): number {
  return daysFromCivil(year, 0, 1) * SECONDS_PER_DAY
}
