import type { LogRecord } from '../record.ts'

/** How the time of a record was found, or why it was not taken. */
export type TimeReason =
  /** Its own time stamp. */
  | 'own'
  /** It says none; when it was observed first stands for it. */
  | 'observed'
  /** It says neither; it is seen where the clock stands. */
  | 'untimed'
  /** Its own time is too far after its observation; it is seen where the clock stands. */
  | 'ahead'
  /** The clock was further already; it is seen where the clock stands. */
  | 'late'

export interface RecordClockOptions {
  /** How far a record's own time may be after its observed one. */
  readonly maxAheadMs: number
}

/** RFC 3339 has no later time than the last one of the year 9999, and so has no alert. */
const END_MS = 253_402_300_800_000

/** Whether a time, in milliseconds since Epoch, can be written. What can't be is none. */
export function isWritableTime(ms: number): boolean {
  return ms < END_MS
}

/**
 * The time that records bring to the clock, in the order in which they are seen. Reasons are counted. It keeps no time
 * of its own: where the clock stands is told to it.
 */
export class RecordClock {
  readonly counts: Record<TimeReason, number> = { own: 0, observed: 0, untimed: 0, ahead: 0, late: 0 }
  readonly #maxAheadMs: number

  constructor({ maxAheadMs }: RecordClockOptions) {
    this.#maxAheadMs = maxAheadMs
  }

  /**
   * The second, since Epoch, at which a record is seen: the clock is to be brought there. `clock`: the second where it
   * stands, `undefined` before the first record. `wallMs`: what stands in for a first record that says no time at all.
   */
  see(record: LogRecord, clock: number | undefined, wallMs: number): number {
    const stamp = timeOf(record, this.#maxAheadMs)
    const seconds = stamp.ms === undefined ? undefined : Math.floor(stamp.ms / 1000)
    const isLate = seconds !== undefined && clock !== undefined && seconds < clock
    this.counts[isLate ? 'late' : stamp.reason]++
    if (seconds === undefined) return clock ?? Math.floor(wallMs / 1000)
    return isLate ? clock : seconds
  }
}

export interface TimeStamp {
  /** Milliseconds since Epoch; `undefined`: it is seen where the clock stands. */
  readonly ms: number | undefined
  readonly reason: Exclude<TimeReason, 'late'>
}

/** What a record's time is, whatever the clock says. A time stamp of 0 or less means that there is none. */
export function timeOf({ timestamp, observedTimestamp }: LogRecord, maxAheadMs: number): TimeStamp {
  const own = meant(timestamp)
  const observed = meant(observedTimestamp)
  if (own === undefined) {
    return observed === undefined
      ? { ms: undefined, reason: 'untimed' }
      : { ms: observed, reason: 'observed' }
  }
  const isAhead = observed !== undefined && own > observed + maxAheadMs
  return isAhead ? { ms: undefined, reason: 'ahead' } : { ms: own, reason: 'own' }
}

function meant(ms: number | undefined): number | undefined {
  return ms !== undefined && ms > 0 && isWritableTime(ms) ? ms : undefined
}
