import { deliveryGuarantee } from '../config/stage/kafka-defaults.ts'
import type { SourceConfig, StageConfig } from '../config/stage/stage-config.ts'
import type { CorrelatorSettings } from '../plugin/core.ts'
import type { RuleFileDefinition } from '../plugin/rules/definition.ts'
import { DEFAULT_SETTINGS, type StageSettings } from '../plugin/stage/options.ts'
import type { LoadedRules } from './rules.ts'

/** Rule types that keep nothing over records. */
const STATELESS: ReadonlySet<string> = new Set(['Single', 'Suppress', 'Jump', 'Options', 'SingleWithScript'])

export function correlatorSettings(
  config: StageConfig,
  { alertsFrom }: Pick<LoadedRules, 'alertsFrom'>,
  task: string
): CorrelatorSettings {
  const { sec, sources, application, effects } = config
  return {
    bufferSize: sec.bufsize,
    jointBuffer: sec.jointbuf ?? undefined,
    eventStoreSize: sec.evstoresize,
    cleanTime: sec.cleantime,
    internalContexts: sec.intcontexts || sources.some(hasContext),
    quoting: sec.quoting,
    stage: { application, task, programs: effects.programs, alertsFrom }
  }
}

/** Whether rules can tell where its records come from by a context. */
function hasContext(source: SourceConfig): boolean {
  if (source.context !== null) return true
  return source.type === 'fluent' && source.routes.some(({ context }) => context !== null)
}

export function stageSettings(config: StageConfig, files: readonly RuleFileDefinition[]): StageSettings {
  const { delivery, state, sec, matchOwnAlerts } = config
  return {
    ...DEFAULT_SETTINGS,
    time: timeSettings(config),
    ...(state !== null && {
      checkpointIntervalMs: (state.type === 'kafka' ? state.commitInterval : state.interval) * 1000
    }),
    shutdownTimeoutMs: delivery.shutdownTimeout * 1000,
    maxInFlightRecords: delivery.maxInFlightRecords,
    maxInFlightAlertBytes: delivery.maxInFlightAlertBytes,
    backoff: {
      firstMs: delivery.firstRetry * 1000,
      // A broker that comes back is to be found within a second.
      mostMs: Math.min(delivery.longestRetry, state?.type === 'kafka' ? 1 : Infinity) * 1000
    },
    internalEvents: sec.intevents,
    matchOwnAlerts,
    settleApart: deliveryGuarantee(config) === 'exactly_once',
    rulesKeepState: files.some(({ rules }) => rules.some(({ type }) => !STATELESS.has(type)))
  }
}

function timeSettings({ time, atEnd }: StageConfig): StageSettings['time'] {
  if (time.type === 'arrival') return { type: 'arrival' }
  const { maxAhead, mergeWait, idleAfter } = time
  return {
    type: 'record',
    maxAheadMs: maxAhead * 1000,
    mergeWaitMs: mergeWait * 1000,
    idleAfterMs: idleAfter === null ? undefined : idleAfter * 1000,
    atEnd
  }
}
