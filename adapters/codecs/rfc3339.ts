import { daysFromCivil, SECONDS_PER_DAY } from '../../plugin/time/civil.ts'

const TIME =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(?:[.,](\d{1,12}))?(?:([Zz])|([+-])(\d{2}):?(\d{2}))$/

/**
 * Milliseconds since Epoch, with a fraction, of an RFC 3339 time (RFC 5424 uses the same form); `undefined` if it is
 * none. A leap second (`:60`) is the first second of the next minute. Source: RFC 3339, section 5.6.
 */
export function parseRfc3339(text: string): number | undefined {
  const match = TIME.exec(text)
  if (match === null) return undefined
  const [, year, month, day, hour, minute, second, fraction, , sign, offsetHours, offsetMinutes] = match
  const seconds = secondsOf(
    Number(year),
    Number(month),
    Number(day),
    Number(hour),
    Number(minute),
    Number(second)
  )
  if (seconds === undefined) return undefined
  const offset = sign === undefined ? 0 : Number(offsetHours) * 3600 + Number(offsetMinutes) * 60
  if (offset >= SECONDS_PER_DAY) return undefined
  const whole = sign === '-' ? seconds + offset : seconds - offset
  return whole * 1000 + (fraction === undefined ? 0 : millisecondsOfFraction(fraction))
}

/** Milliseconds of the digits behind a decimal point of seconds. */
export function millisecondsOfFraction(digits: string): number {
  return Number(digits) / 10 ** (digits.length - 3)
}

/** Seconds since Epoch of a date and time of day in UTC (month 1–12); `undefined` if there is no such time. */
export function secondsOf(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number
): number | undefined {
  if (month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 60) return undefined
  const days = daysFromCivil(year, month - 1, day)
  const nextMonth = month === 12 ? daysFromCivil(year + 1, 0, 1) : daysFromCivil(year, month, 1)
  return days >= nextMonth ? undefined : days * SECONDS_PER_DAY + hour * 3600 + minute * 60 + second
}
