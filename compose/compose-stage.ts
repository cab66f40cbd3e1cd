import { trace } from '@opentelemetry/api'
import { createEffects } from '../adapters/effects/effects.ts'
import { loadTimeZone } from '../adapters/time-zone.ts'
import type { StageReadings } from '../adapters/telemetry/metrics.ts'
import { stageTracing } from '../adapters/telemetry/tracing.ts'
import { wallClock } from '../adapters/wall-clock.ts'
import type { RulePlace } from '../config/stage/resolve.ts'
import type { StageConfig } from '../config/stage/stage-config.ts'
import type { Sink, Source } from '../plugin/adapter.ts'
import type { Host } from '../plugin/host.ts'
import { perlLoader } from '../plugin/perl/source.ts'
import { compileLineTemplate } from '../plugin/line-template.ts'
import { LimitedLog } from '../plugin/stage/limited-log.ts'
import type { StageLog, StageSource } from '../plugin/stage/options.ts'
import type { CorrelatorStart } from '../plugin/stage/stage-correlator.ts'
import { Stage } from '../plugin/stage/stage.ts'
import {
  type AdapterSurroundings,
  createCheckpoints,
  createDeadLetters,
  createSink,
  createSource
} from './adapters.ts'
import { ConfigurationError } from './configuration-error.ts'
import { ReloadableCorrelator } from './reloadable-correlator.ts'
import { loadRules, type LoadedRules, type RuleText } from './rules.ts'
import { createStagePerl } from './stage-perl.ts'
import { correlatorSettings, stageSettings } from './settings.ts'
import { isOutputTaken } from './standard-output.ts'

export interface Composition {
  readonly config: StageConfig
  readonly rulePlace: RulePlace
  readonly log: StageLog
  /** Of the Calendar rules and of times without a zone; `undefined`: as TZ or the machine says. */
  readonly timeZone?: string | undefined
  readonly rules?: readonly RuleText[]
  readonly sources?: readonly Source[]
  readonly sinks?: readonly Sink[]
}

/** A stage with its parts in place, not yet started. */
export interface ComposedStage {
  readonly stage: Stage
  readonly readings: StageReadings
  /**
   * Reads the rule files again. What belongs to rules that stay is kept, also over changes of their place in the file;
   * what cannot be read leaves all as it is.
   */
  readonly reload: () => void
  /** Closes the files that rules write; the next write opens them anew, so that a rotated one is left. */
  readonly reopen: () => void
  /** Ends the programs of rules and closes their files. For the end, when the stage has ended. */
  readonly close: () => void
}

/** Puts a stage together. @throws ConfigurationError of rule files that can't be read; RangeError of the time zone. */
export function composeStage(composition: Composition): ComposedStage {
  const { config, rulePlace, log } = composition
  const clock = wallClock
  const timeZone = loadTimeZone(composition.timeZone ?? process.env.TZ)
  const limitedLog = new LimitedLog(log, () => clock.monotonic())
  let correlator: ReloadableCorrelator | undefined
  const perl = createStagePerl(config, {
    timeZone,
    log: (level, message) => log.log(level, message),
    print: data => effects.effect({ type: 'write', path: '-', data }),
    now: () => correlator?.now ?? Math.floor(clock.now() / 1000)
  })
  const effects = createEffects({
    log: (level, message) => log.log(level, message),
    onChildEvent: () => stage.wake(),
    isOutputTaken: isOutputTaken(config),
    onLost: (path, reason) => limitedLog.log(3, 'what a rule writes is lost', path, { path, reason })
  })
  const load = (): LoadedRules => loadRules(config, rulePlace, composition.rules, perlLoader(perl?.host))
  const rules = load()
  if (rules.problems.length > 0) throw new ConfigurationError(rules.problems)
  logRules(rules, log)

  const surroundings: AdapterSurroundings = {
    clock,
    timeZone,
    report: message => log.log(2, message),
    inform: (message, fields) => log.log(4, message, fields),
    warn: (message, fields) => limitedLog.log(3, message, '', fields)
  }
  const sources = [
    ...config.sources.map(
      (each): StageSource => ({
        source: createSource(each, config, surroundings),
        line: compileLineTemplate(each.template, timeZone),
        context: each.context ?? undefined
      })
    ),
    ...(composition.sources ?? []).map(
      (source): StageSource => ({ source, line: compileLineTemplate('body', timeZone) })
    )
  ]
  const sinks = [
    ...config.sinks.map(each => createSink(each, config, surroundings)),
    ...(composition.sinks ?? [])
  ]
  const task = sources.map(({ source }) => source.name).join(' ')
  const stage = new Stage({
    application: config.application,
    sources,
    sinks,
    deadLetters: createDeadLetters(config, surroundings),
    checkpoints: createCheckpoints(config, surroundings),
    correlator: ({ host, now, startupEvent, state, trackChanges }: CorrelatorStart) => {
      correlator = new ReloadableCorrelator({
        files: rules.files,
        settings: correlatorSettings(config, rules, task),
        host: config.telemetry.rules ? withStopwatch(host, () => clock.monotonic()) : host,
        timeZone,
        perl: perl?.host,
        now,
        startupEvent,
        restore: state,
        trackChanges
      })
      return correlator
    },
    effects,
    clock,
    log,
    tracing: stageTracing(trace.getTracer('correlog'), { 'correlog.application': config.application }),
    settings: stageSettings(config, rules.files)
  })
  const readings: StageReadings = {
    counters: () => stage.counters,
    rules: () => ruleReadings(correlator),
    matched: () => correlator?.current.usage.matchedLines ?? 0,
    programsNotRun: () => correlator?.current.programsNotRun ?? 0,
    writesLost: () => ({
      dropped: effects.counters.droppedWrites,
      failed: effects.counters.failedWrites
    }),
    operations: () => correlator?.current.operations.size ?? 0,
    contexts: () => correlator?.current.contexts.size ?? 0,
    lag: () =>
      sources.flatMap(({ source }) => {
        const lag = source.lag?.()
        return lag === undefined ? [] : [{ source: source.name, ...lag }]
      }),
    now: () => clock.now()
  }
  return {
    stage,
    readings,
    reload() {
      const next = load()
      if (next.problems.length > 0) {
        log.log(2, 'the rules are not read again: the ones from before stay', { problems: next.problems })
        return
      }
      logRules(next, log)
      correlator?.reload({ files: next.files, settings: correlatorSettings(config, next, task) })
    },
    reopen: () => effects.reopen(),
    close() {
      effects.terminateChildren()
      effects.close()
      perl?.close()
    }
  }
}

function logRules({ messages }: LoadedRules, log: StageLog): void {
  for (const { level, message } of messages) if (level <= log.level) log.log(level, message)
}

function withStopwatch(host: Host, stopwatch: () => number): Host {
  return {
    get logLevel() {
      return host.logLevel
    },
    log: (level, message) => host.log(level, message),
    effect: effect => host.effect(effect),
    stopwatch
  }
}

function ruleReadings(correlator: ReloadableCorrelator | undefined): ReturnType<StageReadings['rules']> {
  if (correlator === undefined) return []
  const { ruleSet, usage } = correlator.current
  return ruleSet.rules.map(({ id, fileName, number, definition }) => ({
    file: fileName,
    number,
    type: definition.type,
    evaluations: usage.evaluations[id] ?? 0,
    matches: usage.matches[id] ?? 0,
    faults: usage.faults[id] ?? 0,
    durationMs: usage.durationMs[id] ?? 0
  }))
}
