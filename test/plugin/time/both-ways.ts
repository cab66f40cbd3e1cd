import { loadTimeZone } from '../../../adapters/time-zone.ts'
import { Correlator } from '../../../plugin/correlator.ts'
import type { Effect, Host, LogLevel } from '../../../plugin/host.ts'
import { parseTimeline, type TimelineStep } from '../../../plugin/replay/timeline.ts'
import { parseRuleFile } from '../../../plugin/rules/parser.ts'
import type { ParityCase } from '../../parity/case.ts'
import { Random } from '../../parity/rule-files/random.ts'

/** What a correlator did, each thing with the second at which it did it, and what it remembers at the end. */
export interface Done {
  readonly done: readonly (readonly [second: number, what: Effect | string])[]
  readonly state: unknown
}

/** A correlator that would make more than this has rules that feed themselves. */
const MOST_DONE = 30_000

/** How a correlator's clock is brought to a second. */
export type Way = (correlator: Correlator, source: string, seconds: number) => void

/** Every second has its pass, as in SEC in virtual time: the reference. */
export const byTicking: Way = (correlator, _source, seconds) => {
  handleEvents(correlator)
  while (correlator.now < seconds - 1) {
    correlator.setTime(correlator.now + 1)
    correlator.passIfDue()
    handleEvents(correlator)
  }
  correlator.setTime(seconds)
}

export const byAdvance: Way = (correlator, source, seconds) => {
  correlator.advance(source, seconds, { mostCalendarMinutes: Infinity })
}

/**
 * Runs a generated case over its timeline, silences put in between its lines. `undefined`: its rules feed themselves
 * without end.
 */
export function run(parityCase: ParityCase, cleanTime: number, way: Way): Done | undefined {
  const { files, timeline, options } = parityCase
  const { start, steps } = parseTimeline('timeline', timeline)
  const done: [number, Effect | string][] = []
  const host: Host = {
    logLevel: 6 satisfies LogLevel,
    log: (level, message) => void done.push([correlator.now, `${level} ${message}`]),
    effect: effect => void done.push([correlator.now, effect])
  }
  const correlator: Correlator = new Correlator({
    files: files.map(({ name, text }) => parseRuleFile(name, text, { bufferSize: options.bufsize ?? 0 })),
    settings: {
      bufferSize: options.bufsize ?? 0,
      jointBuffer: options.jointbuf,
      eventStoreSize: 0,
      cleanTime,
      internalContexts: options.intcontexts === true,
      quoting: false
    },
    host,
    timeZone: loadTimeZone(options.timeZone ?? 'UTC'),
    now: start
  })
  correlator.passIfDue()
  for (const { time, text, source } of withSilences(steps, start)) {
    way(correlator, source, time)
    if (text !== undefined) correlator.observe({ text, source })
    correlator.passIfDue()
    if (done.length > MOST_DONE) return undefined
  }
  const state = correlator.state()
  return { done, state: { ...state, correlator: { ...(state['correlator'] as object), clock: undefined } } }
}

/** The same steps, a minute, hours or a day put before some of them. */
function withSilences(
  steps: readonly TimelineStep[],
  start: number
): (TimelineStep & { readonly time: number })[] {
  const random = new Random(steps.length)
  let shift = 0
  let last = start
  return steps.map(step => {
    const silence = random.weighted({ none: 20, minute: 2, hours: 1, day: 0.1 })
    shift += { none: 0, minute: 50 + random.below(30), hours: random.below(8000), day: 90_000 }[silence]
    last = step.time ?? last
    return { ...step, time: last + shift }
  })
}

function handleEvents(correlator: Correlator): void {
  while (correlator.hasPendingEvents) {
    correlator.observePending()
    correlator.passIfDue()
  }
}
