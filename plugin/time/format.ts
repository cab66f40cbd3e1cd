import { civilTime } from './civil.ts'
import type { LocalTime } from './time-zone.ts'

const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** Perl's scalar(localtime): `Fri Feb 19 17:54:18 2016`, a day below 10 padded with a space. */
export function formatCtime(t: LocalTime): string {
  return `${weekdayName(t)} ${monthName(t)} ${spacePadded(t.mday)} ${clock(t)} ${t.year}`
}

/** RFC 3164's time: `Feb  9 17:54:18`. */
export function formatSyslogTime(t: LocalTime): string {
  return `${monthName(t)} ${spacePadded(t.mday)} ${clock(t)}`
}

/** RFC 3339 in UTC with milliseconds, which are cut off there: `2016-02-19T17:54:18.000Z`. Of years 0 to 9999. */
export function formatRfc3339(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000)
  const { year, mon, mday, hour, min, sec } = civilTime(seconds)
  const date = `${String(year).padStart(4, '0')}-${zeroPadded(mon + 1)}-${zeroPadded(mday)}`
  const fraction = String(Math.floor(milliseconds - seconds * 1000)).padStart(3, '0')
  return `${date}T${zeroPadded(hour)}:${zeroPadded(min)}:${zeroPadded(sec)}.${fraction}Z`
}

/** What SEC's built-in action list variables for time are called, without their percent sign. */
export type TimeVariables = Readonly<Record<TimeVariableName, string>>

export type TimeVariableName =
  | 't'
  | 'u'
  | '.sec'
  | '.min'
  | '.hour'
  | '.hmsstr'
  | '.mday'
  | '.mdaystr'
  | '.mon'
  | '.monstr'
  | '.year'
  | '.wday'
  | '.wdaystr'
  | '.tzname'
  | '.tzoff'
  | '.tzoff2'

/** The values of the built-in variables at `seconds`, whose local time is `t`. Names are those of the C locale. */
export function formatTimeVariables(t: LocalTime, seconds: number): TimeVariables {
  const tzoff = formatOffset(t.offset)
  return {
    t: formatCtime(t),
    u: String(seconds),
    '.sec': zeroPadded(t.sec),
    '.min': zeroPadded(t.min),
    '.hour': zeroPadded(t.hour),
    '.hmsstr': clock(t),
    '.mday': zeroPadded(t.mday),
    '.mdaystr': spacePadded(t.mday),
    '.mon': zeroPadded(t.mon + 1),
    '.monstr': monthName(t),
    '.year': String(t.year),
    '.wday': String(t.wday),
    '.wdaystr': weekdayName(t),
    '.tzname': t.zoneName,
    '.tzoff': tzoff,
    '.tzoff2': /^[+-]\d{4}$/.test(tzoff) ? `${tzoff.slice(0, 3)}:${tzoff.slice(3)}` : ''
  }
}

/** strftime's %z: hours and minutes, seconds cut off; 30 seconds west are `-0000`. */
export function formatOffset(offset: number): string {
  const minutes = Math.floor(Math.abs(offset) / 60)
  return `${offset < 0 ? '-' : '+'}${zeroPadded(Math.floor(minutes / 60))}${zeroPadded(minutes % 60)}`
}

function clock(t: LocalTime): string {
  return `${zeroPadded(t.hour)}:${zeroPadded(t.min)}:${zeroPadded(t.sec)}`
}

function weekdayName(t: LocalTime): string {
  return WEEKDAYS[t.wday] ?? ''
}

function monthName(t: LocalTime): string {
  return MONTHS[t.mon] ?? ''
}

function zeroPadded(value: number): string {
  return String(value).padStart(2, '0')
}

function spacePadded(value: number): string {
  return String(value).padStart(2)
}
