import type { Alert } from '../../../plugin/alert.ts'
import {
  NOTIFICATION_KINDS,
  type NotificationKind,
  type StageSettings
} from '../../../plugin/alerts/settings.ts'
import { type LogRecord, lineRecord } from '../../../plugin/record.ts'
import { type RecordedCorrelator, recordedCorrelator } from '../../helpers/correlation.ts'

const ALL_KINDS: ReadonlySet<NotificationKind> = new Set(NOTIFICATION_KINDS)

export const STAGE: StageSettings = {
  application: 'test',
  task: 'file:in.log',
  programs: false,
  alertsFrom: () => ALL_KINDS
}

/** A second, the line that comes in it, and what its record has besides. Without a line it is a tick. */
export type Arrival = readonly [second: number, text?: string, more?: Partial<LogRecord>]

/** A correlator of a stage, and what it does with records numbered from 1. */
export interface StageCorrelator extends RecordedCorrelator {
  readonly alerts: Alert[]
  /** The records come one after the other; each has its synthetic events and a timer pass after it. */
  readonly take: (arrivals: readonly Arrival[]) => void
}

export function stageCorrelator(
  rules: string | Readonly<Record<string, string>>,
  stage: Partial<StageSettings> = {}
): StageCorrelator {
  const recorded = recordedCorrelator(rules, { stage: { ...STAGE, ...stage } })
  let records = 0
  return {
    ...recorded,
    get alerts() {
      return recorded.effects.flatMap(effect => (effect.type === 'alert' ? [effect.alert] : []))
    },
    take(arrivals) {
      const { correlator } = recorded
      for (const [second, text, more] of arrivals) {
        correlator.setTime(second)
        if (text !== undefined) {
          const record = { ...lineRecord(`in.log/${++records}`, '-', text, second * 1000), ...more }
          correlator.observe({ text, source: '-', record })
        }
        correlator.pass()
        while (correlator.hasPendingEvents) {
          correlator.observePending()
          correlator.pass()
        }
      }
    }
  }
}

/** The alerts that rules raise over arrivals. */
export function raised(
  rules: string | Readonly<Record<string, string>>,
  arrivals: readonly Arrival[],
  stage: Partial<StageSettings> = {}
): Alert[] {
  const correlator = stageCorrelator(rules, stage)
  correlator.take(arrivals)
  return correlator.alerts
}
