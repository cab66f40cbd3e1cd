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

/**
 * Milliseconds since Epoch of a time that says neither its zone nor, mostly, its year: of all instants that it may mean in
 * the zone given, the one nearest to when it was seen. `undefined`: there is no such time, or nothing says which year.
 */
export function resolveBsdTime(
  time: BsdTime,
  zone: TimeZone,
  observedTimestamp: number | undefined
): number | undefined {
  const mon = MONTHS.get(time.month)
  if (mon === undefined) return undefined
  const [mday, hour, min, sec] = [time.day, time.hour, time.minute, time.second].map(Number) as [
    number,
    number,
    number,
    number
  ]
  const observed = observedTimestamp === undefined ? undefined : Math.floor(observedTimestamp / 1000)
  let nearest: number | undefined
  for (const year of yearsOf(time.year, zone, observed)) {
    if (secondsOf(year, mon + 1, mday, hour, min, sec) === undefined) continue
    for (const instant of instantsOf(zone, { year, mon, mday, hour, min, sec })) {
      if (nearest === undefined || distance(instant, observed) < distance(nearest, observed))
        nearest = instant
    }
  }
  if (nearest === undefined) return undefined
  return nearest * 1000 + (time.fraction === undefined ? 0 : millisecondsOfFraction(time.fraction))
}

// 29 February may be up to eight years away, but then it is a clock that is wrong, not a record that is late.
function yearsOf(
  written: string | undefined,
  zone: TimeZone,
  observed: number | undefined
): readonly number[] {
  if (written !== undefined) return [Number(written)]
  if (observed === undefined) return []
  const { year } = zone.localTime(observed)
  return [year, year - 1, year + 1]
}

function distance(instant: number, observed: number | undefined): number {
  return observed === undefined ? 0 : Math.abs(instant - observed)
}
