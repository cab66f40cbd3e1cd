/** A date and time of day in the proleptic Gregorian calendar. */
export interface CivilTime {
  readonly sec: number
  readonly min: number
  readonly hour: number
  /** 1–31. */
  readonly mday: number
  /** 0–11. */
  readonly mon: number
  /** The full year, e.g. 2026. */
  readonly year: number
  /** 0 is Sunday. */
  readonly wday: number
  /** Days since 1 January. */
  readonly yday: number
}

export const SECONDS_PER_DAY = 86_400
export const SECONDS_PER_HOUR = 3_600

const DAYS_PER_ERA = 146_097 // 400 Gregorian years
const DAYS_FROM_MARCH_OF_YEAR_0_TO_EPOCH = 719_468
const EPOCH_WDAY = 4 // 1 January 1970 was a Thursday

/** Breaks down whole seconds since 1970-01-01 00:00:00 of the same clock. */
export function civilTime(seconds: number): CivilTime {
  const days = Math.floor(seconds / SECONDS_PER_DAY)
  const rest = seconds - days * SECONDS_PER_DAY
  const hour = Math.floor(rest / SECONDS_PER_HOUR)
  const min = Math.floor((rest - hour * SECONDS_PER_HOUR) / 60)
  // Years are counted from March, so that the leap day is a year's last.
  const shifted = days + DAYS_FROM_MARCH_OF_YEAR_0_TO_EPOCH
  const era = Math.floor(shifted / DAYS_PER_ERA)
  const dayOfEra = shifted - era * DAYS_PER_ERA
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1_460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365
  )
  const dayOfMarchYear =
    dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const monthFromMarch = Math.floor((5 * dayOfMarchYear + 2) / 153)
  const mon = (monthFromMarch + 2) % 12
  const year = yearOfEra + era * 400 + (mon < 2 ? 1 : 0)
  return {
    sec: rest - hour * SECONDS_PER_HOUR - min * 60,
    min,
    hour,
    mday: dayOfMarchYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1,
    mon,
    year,
    wday: (((days + EPOCH_WDAY) % 7) + 7) % 7,
    yday: days - daysFromCivil(year, 0, 1)
  }
}

/** Days from 1970-01-01 to the date; negative before it. `mon` is 0–11. */
export function daysFromCivil(year: number, mon: number, mday: number): number {
  const marchYear = mon < 2 ? year - 1 : year
  const era = Math.floor(marchYear / 400)
  const yearOfEra = marchYear - era * 400
  const dayOfMarchYear = Math.floor((153 * ((mon + 10) % 12) + 2) / 5) + mday - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfMarchYear
  return era * DAYS_PER_ERA + dayOfEra - DAYS_FROM_MARCH_OF_YEAR_0_TO_EPOCH
}

export function isLeapYear(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
}
