import { type CivilTime, civilTime } from './civil.ts'

/** Broken-down local time, as localtime(3) gives it. */
export interface LocalTime extends CivilTime {
  readonly isDst: boolean
  /** Seconds east of UTC. */
  readonly offset: number
  /** The zone's abbreviation in force, e.g. CET. */
  readonly zoneName: string
}

export interface TimeZone {
  readonly name: string
  /** `seconds` is a whole number of seconds since the Epoch. */
  localTime(seconds: number): LocalTime
  /** The first second after `seconds` at which the clock may jump; Infinity where it does not any more. */
  evenUntil(seconds: number): number
}

/** A stretch of time in which a zone's clock runs evenly. */
export interface ZonePeriod {
  /** The first second of the period, or -Infinity. */
  readonly from: number
  /** The first second after the period, or Infinity. */
  readonly until: number
  /** Seconds east of UTC. */
  readonly offset: number
  readonly isDst: boolean
  readonly zoneName: string
  /** Leap seconds that `seconds` counts and the civil clock does not; 0 but for the `right/` zones. */
  readonly leapCorrection: number
  /** 1 in an inserted leap second, which the clock shows as second 60. */
  readonly leapSecond: number
}

/** Finds the period that holds an instant. */
export type ZonePeriods = (seconds: number) => ZonePeriod

/**
 * Makes a time zone of its periods. The latest period and the latest answer are kept, so that asking about
 * neighbouring seconds looks nothing up.
 */
export function createTimeZone(name: string, periodAt: ZonePeriods): TimeZone {
  let period = periodAt(0)
  let latestSeconds = 0
  let latest = localTimeIn(period, 0)
  return {
    name,
    evenUntil(seconds) {
      if (seconds < period.from || seconds >= period.until) period = periodAt(seconds)
      return period.until
    },
    localTime(seconds) {
      if (seconds === latestSeconds) return latest
      if (seconds < period.from || seconds >= period.until) period = periodAt(seconds)
      latest = localTimeIn(period, seconds)
      latestSeconds = seconds
      return latest
    }
  }
}

/** A zone whose clock never changes. */
export function createFixedTimeZone(name: string, zoneName: string, offset: number): TimeZone {
  const period = evenPeriod({ name: zoneName, offset, isDst: false }, -Infinity, Infinity)
  return createTimeZone(name, () => period)
}

/** A kind of local time: what a zone alternates between. */
export interface ZoneType {
  readonly name: string
  /** Seconds east of UTC. */
  readonly offset: number
  readonly isDst: boolean
}

/** A period without leap seconds. */
export function evenPeriod(type: ZoneType, from: number, until: number): ZonePeriod {
  const { name: zoneName, offset, isDst } = type
  return { from, until, offset, isDst, zoneName, leapCorrection: 0, leapSecond: 0 }
}

function localTimeIn(period: ZonePeriod, seconds: number): LocalTime {
  const { offset, isDst, zoneName, leapCorrection, leapSecond } = period
  const civil = civilTime(seconds - leapCorrection + offset)
  return {
    sec: civil.sec + leapSecond,
    min: civil.min,
    hour: civil.hour,
    mday: civil.mday,
    mon: civil.mon,
    year: civil.year,
    wday: civil.wday,
    yday: civil.yday,
    isDst,
    offset,
    zoneName
  }
}

export const UTC: TimeZone = createFixedTimeZone('UTC', 'UTC', 0)
