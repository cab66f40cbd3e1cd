import { metrics } from '@opentelemetry/api'
import { registerMetrics } from '../adapters/telemetry/metrics.ts'
import { backgroundClock } from '../adapters/wall-clock.ts'
import { isMap } from '../config/stage/check.ts'
import { toBytes } from '../config/stage/formats.ts'
import { type GivenConfiguration, resolveConfiguration } from '../config/stage/resolve.ts'
import type { Sink, Source } from '../plugin/adapter.ts'
import type { StageCounters } from '../plugin/stage/counters.ts'
import type { StageHealth } from '../plugin/stage/health.ts'
import type { StageLog } from '../plugin/stage/options.ts'
import type { StageEnd } from '../plugin/stage/stage.ts'
import { composeStage } from './compose-stage.ts'
import { ConfigurationError } from './configuration-error.ts'
import type { StageOptions } from './options.ts'
import type { RuleText } from './rules.ts'
import { readSecret } from './secret.ts'

/** A stage inside another program. */
export interface EmbeddedStage {
  /**
   * Reads the checkpoint and opens the sinks; then records flow. Once.
   *
   * @throws AdapterError of the checkpoint, or of a sink that can't be opened for good.
   */
  start(): Promise<void>
  /**
   * An orderly end: what was taken in is settled, at most for `delivery.shutdownTimeout`. Safe to call twice and before
   * `start`. Never rejects.
   */
  stop(): Promise<StageEnd>
  /** Resolves at the stage's end, which comes by itself where all sources end. Never rejects. */
  wait(): Promise<StageEnd>
  /** Reads the rule files again, from the next step on; what belongs to rules that stay is kept. */
  reload(): void
  readonly health: StageHealth
  readonly counters: StageCounters
}

const SILENCE: StageLog = { level: 1, log: () => {} }

/**
 * Makes a stage: records from sources, alerts to sinks. Its metrics go to the meter provider that the program has set up
 * for OpenTelemetry, if it has.
 *
 * @throws ConfigurationError with everything that is wrong; RangeError of a time zone whose file is broken.
 */
export function createStage(options: StageOptions): EmbeddedStage {
  return stageOf(options, () => 'createStage')
}

/** The same of what a file says, for one; `place`: where a key stands in it. @throws as `createStage` */
export function stageOf(options: StageOptions, place: GivenConfiguration['place']): EmbeddedStage {
  const { log = SILENCE, timeZone, background = false, rules, sources, sinks, ...rest } = options
  const own = {
    rules: separate(rules, isRuleText),
    sources: separate<Source>(sources, isSource),
    sinks: separate<Sink>(sinks, isSink)
  }
  const resolved = resolveConfiguration({
    given: {
      value: { ...rest, rules: own.rules.rest, sources: own.sources.rest, sinks: own.sinks.rest },
      place
    },
    secret: readSecret,
    besides: {
      rules: own.rules.own.length,
      sources: own.sources.own.map(({ name }) => name),
      sinks: own.sinks.own.length
    }
  })
  const ofProgram = [
    ...problemsOfProgram(log, rest),
    ...own.sources.own.flatMap(source => missing('source', source, ['read', 'close'])),
    ...own.sinks.own.flatMap(sink => missing('sink', sink, ['write', 'flush', 'close']))
  ]
  const problems = [...ofProgram, ...('problems' in resolved ? resolved.problems : [])]
  if (problems.length > 0 || 'problems' in resolved) throw new ConfigurationError(problems)
  const { stage, readings, reload, close } = composeStage({
    ...resolved,
    log,
    timeZone,
    ...(background && { clock: backgroundClock }),
    rules: own.rules.own.map(({ name, text, alertsFrom }) => ({
      name: toBytes(name),
      text: toBytes(text),
      alertsFrom
    })),
    sources: own.sources.own,
    sinks: own.sinks.own
  })
  const removeMetrics = registerMetrics(metrics.getMeter('correlog'), readings)
  void stage.wait().then(() => {
    removeMetrics()
    close()
  })
  return {
    start: () => stage.start(),
    stop: () => stage.stop(),
    wait: () => stage.wait(),
    reload,
    get health() {
      return stage.health
    },
    get counters() {
      return stage.counters
    }
  }
}

/** Of what `correlog run` has and a program has its own of: types keep it out, but not in JavaScript. */
function problemsOfProgram(log: unknown, rest: object): string[] {
  const problems: string[] = []
  if (!isMap(log) || typeof log.level !== 'number' || typeof log.log !== 'function') {
    problems.push(
      'createStage: wrong value for "log"; expected an object with a number "level" and a function "log"'
    )
  }
  if (Object.hasOwn(rest, 'telemetry')) {
    problems.push(
      'createStage: unknown key "telemetry"; expected none: metrics go to the meter provider of the program'
    )
  }
  return problems
}

/** Functions that a part of a program's own does not have, which types keep out in TypeScript alone. */
function missing(kind: string, part: Source | Sink, functions: readonly string[]): string[] {
  const names = functions.map(name => `"${name}"`).join(', ')
  return functions
    .filter(name => typeof Reflect.get(part, name) !== 'function')
    .map(name => `createStage: ${kind} "${part.name}" has no function "${name}"; expected ${names}`)
}

/** What a program brings itself, and what the configuration is to make. */
function separate<Own>(
  given: unknown,
  isOwn: (value: unknown) => value is Own
): { readonly own: readonly Own[]; readonly rest: unknown } {
  if (isOwn(given)) return { own: [given], rest: [] }
  if (Array.isArray(given)) {
    const items: readonly unknown[] = given
    return { own: items.filter(isOwn), rest: items.filter(item => !isOwn(item)) }
  }
  if (!isMap(given)) return { own: [], rest: given }
  const entries = Object.entries(given)
  return {
    own: entries.map(([, value]) => value).filter(isOwn),
    rest: Object.fromEntries(entries.filter(([, value]) => !isOwn(value)))
  }
}

function isSource(value: unknown): value is Source {
  return isMap(value) && typeof value.read === 'function'
}

function isSink(value: unknown): value is Sink {
  return isMap(value) && typeof value.write === 'function'
}

function isRuleText(value: unknown): value is RuleText {
  return isMap(value) && typeof value.name === 'string' && typeof value.text === 'string'
}
