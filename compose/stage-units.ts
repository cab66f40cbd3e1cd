import { trace } from '@opentelemetry/api'
import { createEffects } from '../adapters/effects/effects.ts'
import type { RulesPerl } from '../adapters/perl/create-perl.ts'
import type { RuleReading } from '../adapters/telemetry/metrics.ts'
import { stageTracing } from '../adapters/telemetry/tracing.ts'
import type { StageConfig } from '../config/stage/stage-config.ts'
import type { CheckpointStore, DeadLetterSink, Sink, WallClock } from '../plugin/adapter.ts'
import type { Host } from '../plugin/host.ts'
import { type PerlLoader, perlLoader } from '../plugin/perl/source.ts'
import type { LimitedLog } from '../plugin/stage/limited-log.ts'
import type { StageLog, StageSettings, StageSource } from '../plugin/stage/options.ts'
import type { CorrelatorStart } from '../plugin/stage/stage-correlator.ts'
import { Stage } from '../plugin/stage/stage.ts'
import type { TimeZone } from '../plugin/time/time-zone.ts'
import { ReloadableCorrelator } from './reloadable-correlator.ts'
import type { LoadedRules } from './rules.ts'
import { correlatorSettings } from './settings.ts'
import { createStagePerl } from './stage-perl.ts'
import { isOutputTaken } from './standard-output.ts'

export interface UnitParts {
  readonly sources: readonly StageSource[]
  readonly sinks: readonly Sink[]
  readonly deadLetters: DeadLetterSink | undefined
  readonly checkpoints: CheckpointStore | undefined
  /** Which records it correlates: `correlog.task` of its alerts. */
  readonly task: string
  readonly settings: StageSettings
}

export interface UnitSurroundings {
  readonly config: StageConfig
  readonly timeZone: TimeZone
  readonly clock: WallClock
  readonly log: StageLog
  readonly limitedLog: LimitedLog
  /** Reads the rules; their Perl code is compiled by `perl`. */
  readonly load: (perl: PerlLoader) => LoadedRules
}

/** A correlator with what its rules do outside, and its stage. */
interface StageUnit {
  task: string
  stage: Stage | undefined
  correlator: ReloadableCorrelator | undefined
  readonly effects: ReturnType<typeof createEffects>
  /** `undefined`: it is off. */
  readonly perl: RulesPerl | undefined
}

/** What rules did in stages that have ended. */
interface Past {
  matched: number
  programsNotRun: number
  droppedWrites: number
  failedWrites: number
  readonly rules: Map<string, RuleReading>
}

/** Stages that run by the same rules, one or, where each partition has its own, many. */
export class StageUnits {
  readonly #surroundings: UnitSurroundings
  readonly #units = new Set<StageUnit>()
  readonly #past: Past = {
    matched: 0,
    programsNotRun: 0,
    droppedWrites: 0,
    failedWrites: 0,
    rules: new Map()
  }
  /** One without a stage, in whose Perl the rules were compiled: it is for the next stage. */
  #spare: StageUnit | undefined
  #rules: LoadedRules

  /** Loads the rules. */
  constructor(surroundings: UnitSurroundings) {
    this.#surroundings = surroundings
    this.#rules = this.load()
  }

  /** Those that stages are made with. */
  get loaded(): LoadedRules {
    return this.#rules
  }

  /** Reads the rules anew; `reload` gives them to the stages. */
  load(): LoadedRules {
    const [first = this.#takeSpare()] = this.#units
    return this.#surroundings.load(perlLoader(first.perl?.host))
  }

  /** A stage, not yet started. When it has ended, the programs of its rules are ended and their files closed. */
  create({ task, settings, ...parts }: UnitParts): Stage {
    const { config, timeZone, clock, log } = this.#surroundings
    const unit = this.#takeSpare()
    this.#spare = undefined
    unit.task = task
    const stage = new Stage({
      application: config.application,
      ...parts,
      correlator: ({ host, now, startupEvent, state, trackChanges }: CorrelatorStart) => {
        unit.correlator = new ReloadableCorrelator({
          files: this.#rules.files,
          settings: correlatorSettings(config, this.#rules, task),
          host: config.telemetry.rules ? withStopwatch(host, () => clock.monotonic()) : host,
          timeZone,
          perl: unit.perl?.host,
          now,
          startupEvent,
          restore: state,
          trackChanges
        })
        return unit.correlator
      },
      effects: unit.effects,
      clock,
      log,
      tracing: stageTracing(trace.getTracer('correlog'), { 'correlog.application': config.application }),
      settings
    })
    unit.stage = stage
    this.#units.add(unit)
    void stage.wait().then(() => this.#end(unit))
    return stage
  }

  /** New rules for all, from their next step on. */
  reload(rules: LoadedRules): void {
    this.#rules = rules
    for (const { task, correlator } of this.#units) {
      const settings = correlatorSettings(this.#surroundings.config, rules, task)
      correlator?.reload({ files: rules.files, settings })
    }
  }

  reopen(): void {
    for (const { effects } of this.#units) effects.reopen()
  }

  close(): void {
    for (const unit of this.#units) this.#end(unit)
    if (this.#spare !== undefined) close(this.#spare)
  }

  get rules(): RuleReading[] {
    const sums = new Map(this.#past.rules)
    for (const unit of this.#units) addRules(sums, unit)
    return [...sums.values()]
  }

  get matched(): number {
    return this.#sum(unit => unit.correlator?.current.usage.matchedLines, this.#past.matched)
  }

  get programsNotRun(): number {
    return this.#sum(unit => unit.correlator?.current.programsNotRun, this.#past.programsNotRun)
  }

  get writesLost(): { readonly dropped: number; readonly failed: number } {
    return {
      dropped: this.#sum(({ effects }) => effects.counters.droppedWrites, this.#past.droppedWrites),
      failed: this.#sum(({ effects }) => effects.counters.failedWrites, this.#past.failedWrites)
    }
  }

  get operations(): number {
    return this.#sum(unit => unit.correlator?.current.operations.size)
  }

  get contexts(): number {
    return this.#sum(unit => unit.correlator?.current.contexts.size)
  }

  #sum(read: (unit: StageUnit) => number | undefined, past = 0): number {
    let sum = past
    for (const unit of this.#units) sum += read(unit) ?? 0
    return sum
  }

  #end(unit: StageUnit): void {
    if (!this.#units.delete(unit)) return
    const current = unit.correlator?.current
    this.#past.matched += current?.usage.matchedLines ?? 0
    this.#past.programsNotRun += current?.programsNotRun ?? 0
    this.#past.droppedWrites += unit.effects.counters.droppedWrites
    this.#past.failedWrites += unit.effects.counters.failedWrites
    addRules(this.#past.rules, unit)
    close(unit)
  }

  #takeSpare(): StageUnit {
    this.#spare ??= this.#unit()
    return this.#spare
  }

  #unit(): StageUnit {
    const { config, timeZone, clock, log, limitedLog } = this.#surroundings
    const effects = createEffects({
      log: (level, message) => log.log(level, message),
      onChildEvent: () => unit.stage?.wake(),
      isOutputTaken: isOutputTaken(config),
      onLost: (path, reason) => limitedLog.log(3, 'what a rule writes is lost', path, { path, reason })
    })
    const perl = createStagePerl(config, {
      timeZone,
      log: (level, message) => log.log(level, message),
      print: data => effects.effect({ type: 'write', path: '-', data }),
      isOutputTaken: isOutputTaken(config),
      now: () => unit.correlator?.now ?? Math.floor(clock.now() / 1000)
    })
    const unit: StageUnit = { task: '', stage: undefined, correlator: undefined, effects, perl }
    return unit
  }
}

function close({ effects, perl }: StageUnit): void {
  effects.terminateChildren()
  effects.close()
  perl?.close()
}

function addRules(sums: Map<string, RuleReading>, { correlator }: StageUnit): void {
  const current = correlator?.current
  if (current === undefined) return
  const { ruleSet, usage } = current
  for (const { id, fileName, number, definition } of ruleSet.rules) {
    const key = `${fileName} ${number}`
    const before = sums.get(key)
    sums.set(key, {
      file: fileName,
      number,
      type: definition.type,
      evaluations: (before?.evaluations ?? 0) + (usage.evaluations[id] ?? 0),
      matches: (before?.matches ?? 0) + (usage.matches[id] ?? 0),
      faults: (before?.faults ?? 0) + (usage.faults[id] ?? 0),
      durationMs: (before?.durationMs ?? 0) + (usage.durationMs[id] ?? 0)
    })
  }
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
