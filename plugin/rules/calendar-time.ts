import type { CalendarTime } from './definition.ts'
import { type Field, REFUSED } from './syntax.ts'

/** A time specification in the style of crontab. Manual: "CALENDAR RULE". */
export function calendarTime(name: string): Field<CalendarTime> {
  return {
    keywords: [{ name, required: true }],
    read(fields, report) {
      const time = parseCalendarTime(fields.get(name) ?? '')
      if (typeof time !== 'string') return time
      report.error(time)
      return REFUSED
    }
  }
}

const UNITS = [
  { name: 'minute', minimum: 0, maximum: 59 },
  { name: 'hour', minimum: 0, maximum: 23 },
  { name: 'day', minimum: 0, maximum: 31 },
  { name: 'month', minimum: 1, maximum: 12 },
  { name: 'weekday', minimum: 0, maximum: 7 },
  { name: 'year', minimum: 0, maximum: 99 }
] as const

/** The values that match, or what is wrong. */
export function parseCalendarTime(specification: string): CalendarTime | string {
  const elements = specification.split(/[ \t\n\r\f\v]+/)
  if (elements.length !== 5 && elements.length !== 6) {
    return (
      `Wrong number of elements in time specification '${specification}'; ` +
      'expected minutes, hours, days, months, weekdays and perhaps years'
    )
  }
  const values: number[][] = []
  for (const [index, element] of elements.entries()) {
    const unit = UNITS[index]
    const list = unit && parseElement(element, unit.minimum, unit.maximum)
    if (list === undefined) {
      const range =
        unit === undefined ? '' : `; expected *, numbers or ranges from ${unit.minimum} to ${unit.maximum}`
      return `Invalid ${unit?.name} specification '${element}'${range}`
    }
    values.push(list)
  }
  const [minutes = [], hours = [], days = [], months = [], weekdays = [], years] = values
  const time = { minutes, hours, days, months, weekdays: withSundayAs0(weekdays) }
  return years === undefined ? time : { ...time, years }
}

/** `5`, `1-5`, `-5`, `1-`, `*`, each range with `/step`, separated by commas; empty list elements do not count. */
function parseElement(element: string, minimum: number, maximum: number): number[] | undefined {
  const found = new Set<number>()
  const parts = element.split(',')
  if (parts.every(part => part === '')) return undefined
  for (const part of parts) {
    if (part === '') continue
    const [, single, range, first, last, step] =
      /^(?:([0-9]+)|(\*|([0-9]*)-([0-9]*))(?:\/([0-9]+))?)$/.exec(part) ?? []
    const from = Number(single || first || minimum)
    const to = Number(single || last || maximum)
    const increment = Number(step ?? 1)
    if ((single ?? range) === undefined || increment === 0) return undefined
    if ([from, to].some(bound => bound < minimum || bound > maximum)) return undefined
    for (let value = from; value <= to; value += increment) found.add(value)
  }
  return [...found].sort((a, b) => a - b)
}

function withSundayAs0(weekdays: readonly number[]): number[] {
  return [...new Set(weekdays.map(weekday => weekday % 7))].sort((a, b) => a - b)
}
