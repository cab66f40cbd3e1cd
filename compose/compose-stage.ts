import { loadTimeZone } from '../adapters/time-zone.ts'
import type { StageReadings } from '../adapters/telemetry/metrics.ts'
import { wallClock } from '../adapters/wall-clock.ts'
import { kafkaSources } from '../config/stage/kafka-defaults.ts'
import type { RulePlace } from '../config/stage/resolve.ts'
import type { StageConfig } from '../config/stage/stage-config.ts'
import type { Sink, Source, WallClock } from '../plugin/adapter.ts'
import type { PerlLoader } from '../plugin/perl/source.ts'
import { compileLineTemplate } from '../plugin/line-template.ts'
import { LimitedLog } from '../plugin/stage/limited-log.ts'
import type { StageLog, StageSource } from '../plugin/stage/options.ts'
import type { Stage } from '../plugin/stage/stage.ts'
import type { AdapterSurroundings } from './adapter-surroundings.ts'
import { createCheckpoints, createDeadLetters, createSink, createSource } from './adapters.ts'
import { ConfigurationError } from './configuration-error.ts'
import { composeGroup } from './kafka-group.ts'
import { routedContext } from './routed-context.ts'
import { loadRules, type LoadedRules, type RuleText } from './rules.ts'
import { stageSettings } from './settings.ts'
import { StageUnits } from './stage-units.ts'

export interface Composition {
  readonly config: StageConfig
  readonly rulePlace: RulePlace
  readonly log: StageLog
  /** Of the Calendar rules and of times without a zone; `undefined`: as TZ or the machine says. */
  readonly timeZone?: string | undefined
  readonly rules?: readonly RuleText[]
  readonly sources?: readonly Source[]
  readonly sinks?: readonly Sink[]
  readonly clock?: WallClock
}

/** A stage, or a group of stages that is one to the outside. */
export type RunnableStage = Pick<Stage, 'start' | 'wait' | 'stop' | 'giveUp' | 'health' | 'counters'>

/** A stage with its parts in place, not yet started. */
export interface ComposedStage {
  readonly stage: RunnableStage
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
  const { config, rulePlace, log, clock = wallClock } = composition
  const timeZone = loadTimeZone(composition.timeZone ?? process.env.TZ)
  const limitedLog = new LimitedLog(log, () => clock.monotonic())
  const load = (perl: PerlLoader): LoadedRules => loadRules(config, rulePlace, composition.rules, perl)
  const units = new StageUnits({ config, timeZone, clock, log, limitedLog, load })
  const rules = units.loaded
  if (rules.problems.length > 0) {
    units.close()
    throw new ConfigurationError(rules.problems)
  }
  logRules(rules, log)

  const surroundings: AdapterSurroundings = {
    clock,
    timeZone,
    report: message => log.log(2, message),
    inform: (message, fields) => log.log(4, message, fields),
    warn: (message, fields) => limitedLog.log(3, message, '', fields)
  }
  const { stage, lag, kafka } = runnable(composition, units, surroundings, rules)
  const readings: StageReadings = {
    counters: () => stage.counters,
    rules: () => units.rules,
    matched: () => units.matched,
    programsNotRun: () => units.programsNotRun,
    writesLost: () => units.writesLost,
    operations: () => units.operations,
    contexts: () => units.contexts,
    lag,
    ...(kafka !== undefined && { kafka }),
    now: () => clock.now()
  }
  return {
    stage,
    readings,
    reload() {
      const next = units.load()
      if (next.problems.length > 0) {
        log.log(2, 'the rules are not read again: the ones from before stay', { problems: next.problems })
        return
      }
      logRules(next, log)
      units.reload(next)
    },
    reopen: () => units.reopen(),
    close: () => units.close()
  }
}

interface Runnable extends Pick<StageReadings, 'lag' | 'kafka'> {
  readonly stage: RunnableStage
}

function runnable(
  composition: Composition,
  units: StageUnits,
  adapters: AdapterSurroundings,
  rules: LoadedRules
): Runnable {
  const { config, log } = composition
  const { clock, timeZone } = adapters
  const settings = stageSettings(config, rules.files)
  if (kafkaSources(config).length > 0) {
    const sinks = composition.sinks ?? []
    const group = composeGroup({ config, log, timeZone, clock, units, settings, adapters, sinks })
    return { stage: group, kafka: () => group.readings, lag: () => group.lag() }
  }
  const sources = [
    ...config.sources.map(
      (each): StageSource => ({
        source: createSource(each, config, adapters),
        line: compileLineTemplate(each.template, timeZone),
        context: each.type === 'fluent' ? routedContext(each) : (each.context ?? undefined)
      })
    ),
    ...(composition.sources ?? []).map(
      (source): StageSource => ({ source, line: compileLineTemplate('body', timeZone) })
    )
  ]
  const stage = units.create({
    sources,
    sinks: [...config.sinks.map(each => createSink(each, config, adapters)), ...(composition.sinks ?? [])],
    deadLetters: createDeadLetters(config, adapters),
    checkpoints: createCheckpoints(config, adapters),
    task: sources.map(({ source }) => source.name).join(' '),
    settings
  })
  return {
    stage,
    lag: () =>
      sources.flatMap(({ source }) => {
        const lag = source.lag?.()
        return lag === undefined ? [] : [{ source: source.name, ...lag }]
      })
  }
}

function logRules({ messages }: LoadedRules, log: StageLog): void {
  for (const { level, message } of messages) if (level <= log.level) log.log(level, message)
}
