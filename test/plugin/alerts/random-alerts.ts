import { loadTimeZone } from '../../../adapters/time-zone.ts'
import type { Alert } from '../../../plugin/alert.ts'
import { Correlator } from '../../../plugin/correlator.ts'
import type { CorrelatorOptions } from '../../../plugin/correlator-options.ts'
import type { Host } from '../../../plugin/host.ts'
import { lineRecord } from '../../../plugin/record.ts'
import { parseTimeline } from '../../../plugin/replay/timeline.ts'
import { parseRuleFile } from '../../../plugin/rules/parser.ts'
import type { ParityCase } from '../../parity/case.ts'
import type { Random } from '../../parity/rule-files/random.ts'
import { applyChanges } from '../state/apply-changes.ts'
import { STAGE } from './raised.ts'

/** Rules that feed themselves are left after so many alerts. */
const MOST_ALERTS = 5000
const RESTARTS = 0.05

/** The alerts of a case, of which now and then the correlator is restored from its state. */
export function alertsOf(parityCase: ParityCase, restarts?: Random): Alert[] {
  const { files, timeline, options } = parityCase
  const { start, steps } = parseTimeline('timeline', timeline)
  const alerts: Alert[] = []
  const host: Host = {
    logLevel: 1,
    log: () => {},
    effect: effect => void (effect.type === 'alert' && alerts.push(effect.alert))
  }
  const correlatorOptions: CorrelatorOptions = {
    files: files.map(({ name, text }) => parseRuleFile(name, text, { bufferSize: options.bufsize ?? 0 })),
    settings: {
      bufferSize: options.bufsize ?? 0,
      jointBuffer: options.jointbuf,
      eventStoreSize: 0,
      cleanTime: options.cleantime ?? 0,
      internalContexts: options.intcontexts === true,
      quoting: false,
      stage: STAGE
    },
    host,
    timeZone: loadTimeZone(options.timeZone ?? 'UTC'),
    now: start,
    trackChanges: true
  }
  let correlator = new Correlator(correlatorOptions)
  let kept = new Map<string, string>()
  const finishStep = (): void => {
    if (correlator.hasPendingEvents) correlator.observePending()
    correlator.passIfDue()
    if (restarts?.chance(RESTARTS) !== true) return
    kept = applyChanges(kept, correlator.changes())
    correlator = new Correlator({ ...correlatorOptions, restore: kept })
  }
  if (options.intevents === true) correlator.internalEvent('SEC_STARTUP')
  for (const [index, { time, text, source }] of steps.entries()) {
    const end = time ?? correlator.now
    for (let second = correlator.now + 1; second < Math.min(end, correlator.now + 70); second++) {
      correlator.setTime(second)
      finishStep()
    }
    correlator.setTime(end)
    if (text !== undefined) {
      const trace =
        index % 3 === 0 ? { traceId: String(index).padStart(32, '0'), spanId: 'a'.repeat(16) } : {}
      const record = { ...lineRecord(`${source}/${index}`, source, text, end * 1000), ...trace }
      correlator.observe({ text, source, record })
    }
    finishStep()
    if (alerts.length > MOST_ALERTS) break
  }
  return alerts
}
