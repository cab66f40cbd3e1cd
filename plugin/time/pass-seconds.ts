/**
 * When timer passes are made while the clock stands at every second: at the first second that is `cleanTime` or more
 * after the last pass, and so on. All in seconds since Epoch; `last` is `undefined` before the first pass.
 */
export interface PassSeconds {
  readonly last: number | undefined
  readonly cleanTime: number
  /** Where the clock stands; the next second is the first that is still to come. */
  readonly now: number
}

/** The first pass at or after `from`. */
export function passFrom(passes: PassSeconds, from: number): number {
  const first = firstPass(passes)
  if (from <= first) return first
  const step = Math.max(passes.cleanTime, 1)
  return first + step * Math.ceil((from - first) / step)
}

/** The last pass before `limit`; `passes.last` if none comes before it. */
export function passBefore(passes: PassSeconds, limit: number): number | undefined {
  const first = firstPass(passes)
  if (first >= limit) return passes.last
  const step = Math.max(passes.cleanTime, 1)
  return first + step * Math.floor((limit - 1 - first) / step)
}

function firstPass({ last, cleanTime, now }: PassSeconds): number {
  return last === undefined ? now + 1 : Math.max(now + 1, last + cleanTime)
}
