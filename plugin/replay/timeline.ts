/** One step of a timeline: the clock is set, and then a line is delivered; without `text` it is a tick. */
export interface TimelineStep {
  /** Seconds since Epoch; `undefined`: the clock stays. */
  readonly time: number | undefined
  readonly text: string | undefined
  /** The input that the line comes from. */
  readonly source: string
}

export interface Timeline {
  /** The first stamp, at which the clock starts; 0 where there is none. */
  readonly start: number
  readonly steps: readonly TimelineStep[]
}

const STAMP = /^@(\d+)(?:=(\S+))?(?: |$)/
const STANDARD_INPUT = '-'

/**
 * Parses a timeline (latin1). Its lines are `@SECONDS text`, `@SECONDS=SOURCE text`, ticks `@SECONDS`, and `text`,
 * which comes at the second of the line before it. Lines without a source come from `-`.
 *
 * @throws RangeError that names the line if the clock runs backwards.
 */
export function parseTimeline(name: string, timeline: string): Timeline {
  const lines = timeline.split('\n')
  if (lines[lines.length - 1] === '') lines.pop()
  let start: number | undefined
  let last: number | undefined
  const steps = lines.map((line, index): TimelineStep => {
    const stamp = STAMP.exec(line)
    if (stamp === null) return { time: undefined, text: line, source: STANDARD_INPUT }
    const time = Number(stamp[1])
    if (last !== undefined && time < last) {
      throw new RangeError(
        `${name}:${index + 1}: second ${time} is before ${last}; expected it or a later one`
      )
    }
    start ??= time
    last = time
    const text = line.slice(stamp[0].length)
    return { time, text: text === '' ? undefined : text, source: stamp[2] ?? STANDARD_INPUT }
  })
  return { start: start ?? 0, steps }
}
