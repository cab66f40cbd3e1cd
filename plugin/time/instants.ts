import { daysFromCivil, SECONDS_PER_DAY } from './civil.ts'
import type { TimeZone } from './time-zone.ts'

/** A date and time of day as a clock on the wall shows it: `mon` 0–11. */
export interface WallTime {
  readonly year: number
  readonly mon: number
  readonly mday: number
  readonly hour: number
  readonly min: number
  readonly sec: number
}

/**
 * The instants (seconds since Epoch, ascending) at which a zone's clock shows a time: mostly one, two in the hour that
 * comes twice when clocks are put back. For a time in the gap when they are put forward, the one that a clock would show
 * that had not been.
 */
export function instantsOf(zone: TimeZone, time: WallTime): readonly number[] {
  const asUtc =
    daysFromCivil(time.year, time.mon, time.mday) * SECONDS_PER_DAY +
    time.hour * 3600 +
    time.min * 60 +
    time.sec
  const before = zone.localTime(asUtc - SECONDS_PER_DAY).offset
  const after = zone.localTime(asUtc + SECONDS_PER_DAY).offset
  const early = asUtc - Math.max(before, after)
  const late = asUtc - Math.min(before, after)
  const found = [...new Set([early, late])].filter(
    instant => instant + zone.localTime(instant).offset === asUtc
  )
  return found.length > 0 ? found : [asUtc - before]
}
