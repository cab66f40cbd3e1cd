import { instantsOf } from '../../plugin/time/instants.ts'
import type { TimeZone } from '../../plugin/time/time-zone.ts'
import { millisecondsOfFraction, secondsOf } from './rfc3339.ts'

const MONTHS: ReadonlyMap<string, number> = new Map(
  ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'].map((name, index) => [
    name,
    index
  ])
)

/** The parts of an RFC 3164 time, as they are written. */
export interface BsdTime {
  readonly month: string
  readonly day: string
  /** Some devices write it. */
  readonly year: string | undefined
  readonly hour: string
  readonly minute: string
  readonly second: string
  readonly fraction: string | undefined
}

/** Milliseconds since Epoch of a time that was seen at `observedTimestamp`; `undefined`: see `bsdTimes`. */
export type BsdTimes = (time: BsdTime, observedTimestamp: number | undefined) => number | undefined

/**
 * Resolves times that say neither their zone nor, mostly, their year: of all instants that a time may mean in the zone given,
 * the one nearest to when it was seen. `undefined`: there is no such time, or nothing says which year.
 */
export function bsdTimes(zone: TimeZone): BsdTimes {
  // Lines come many to a second.
  let last:
    | {
        readonly time: BsdTime
        readonly observedYear: number | undefined
        readonly instants: readonly number[]
      }
    | undefined
  return (time, observedTimestamp) => {
    const observed = observedTimestamp === undefined ? undefined : Math.floor(observedTimestamp / 1000)
    const observedYear = observed === undefined ? undefined : zone.localTime(observed).year
    if (last === undefined || last.observedYear !== observedYear || !isSameSecond(last.time, time)) {
      last = { time, observedYear, instants: instantsIn(zone, time, observedYear) }
    }
    let nearest: number | undefined
    for (const instant of last.instants) {
      if (nearest === undefined || distance(instant, observed) < distance(nearest, observed))
        nearest = instant
    }
    if (nearest === undefined) return undefined
    return nearest * 1000 + (time.fraction === undefined ? 0 : millisecondsOfFraction(time.fraction))
  }
}

function isSameSecond(one: BsdTime, other: BsdTime): boolean {
  return (
    one.second === other.second &&
    one.minute === other.minute &&
    one.hour === other.hour &&
    one.day === other.day &&
    one.month === other.month &&
    one.year === other.year
  )
}

/** All instants that a time may mean. */
function instantsIn(zone: TimeZone, time: BsdTime, observedYear: number | undefined): readonly number[] {
  const mon = MONTHS.get(time.month)
  if (mon === undefined) return []
  const mday = Number(time.day)
  const hour = Number(time.hour)
  const min = Number(time.minute)
  const sec = Number(time.second)
  return yearsOf(time.year, observedYear)
    .filter(year => secondsOf(year, mon + 1, mday, hour, min, sec) !== undefined)
    .flatMap(year => instantsOf(zone, { year, mon, mday, hour, min, sec }))
}

// 29 February may be up to eight years away, but then it is a clock that is wrong, not a record that is late.
function yearsOf(written: string | undefined, observedYear: number | undefined): readonly number[] {
  if (written !== undefined) return [Number(written)]
  return observedYear === undefined ? [] : [observedYear, observedYear - 1, observedYear + 1]
}

function distance(instant: number, observed: number | undefined): number {
  return observed === undefined ? 0 : Math.abs(instant - observed)
}
