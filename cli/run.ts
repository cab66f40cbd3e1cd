import { isatty } from 'node:tty'
import { Command } from 'commander'
import { createStageLog } from '../adapters/log/stage-log.ts'
import type { TelemetryServer } from '../adapters/telemetry/server.ts'
import { type ComposedStage, composeStage } from '../compose/compose-stage.ts'
import { ConfigurationError } from '../compose/configuration-error.ts'
import { toBytes } from '../config/stage/formats.ts'
import type { LogConfig, StageConfig } from '../config/stage/stage-config.ts'
import { faultMessage } from '../plugin/fault.ts'
import type { LogLevel } from '../plugin/host.ts'
import type { StageCounters } from '../plugin/stage/counters.ts'
import type { StageLog } from '../plugin/stage/options.ts'
import type { StageEnd } from '../plugin/stage/stage.ts'
import { StageSignals } from './stage-signals.ts'
import { addStageOptions, resolveArguments, type StageArguments } from './stage-arguments.ts'
import { writeStandardError } from '../adapters/log/standard-error.ts'
import { version } from './version.ts'

/** Exit statuses of `correlog run`. */
const RUN_STATUSES = {
  ended: 0,
  /** The configuration is wrong, or the stage could not be started. */
  notStarted: 1,
  /** It could not go on. */
  failed: 2,
  /** It was not waited for: what was not settled stays with who sent it. */
  givenUp: 3
} as const

/** `correlog run`: a stage between sources and sinks. */
export function runCommand(): Command {
  const command = new Command('run')
    .summary('run a stage: records from sources, alerts to sinks')
    .usage('[--config <file>] [--rules <pattern> --from <url> --to <url>] [options]')
    .description(
      `Takes records from sources, correlates them by rule files of SEC, and gives alerts to sinks.

A URL says what the configuration file says of a source or a sink: a type, its path, and more keys as a query, as in file:in.jsonl?codec=json. docs/configuration.md has all of them.`
    )
    .helpOption('--help', 'show help')
    .addHelpText('after', RUN_NOTES)
  const given = addStageOptions(command)
  return command.action(async () => {
    process.exitCode = await run(given())
  })
}

/** `correlog route`: records of Kafka topics to another topic, by a key. */
export function routeCommand(): Command {
  const command = new Command('route')
    .summary('route records of Kafka to a topic by a key, for rules that correlate by it')
    .usage('--config <file> [options]')
    .description(
      `Reads the topics of Kafka sources and writes each record to a repartition topic with the key that "route" in the configuration names, so that all records of a key are in one partition. docs/kafka-routing.md has more.`
    )
    .helpOption('--help', 'show help')
    .addHelpText('after', RUN_NOTES)
  const given = addStageOptions(command)
  return command.action(async () => {
    process.exitCode = await run(given(), true)
  })
}

/** What `--help` and the manual say of signals and exit statuses. */
export const RUN_NOTES = `
Signals: TERM and INT end it in good order, a second one at once; HUP reads the
rule files again and keeps what belongs to rules that stay; USR1 logs health and
counters; USR2 opens the files that rules write anew.

Exit status: 0 it ended in good order; 1 the configuration is wrong, or it could
not start; 2 it could not go on; 3 it was not waited for, and what was not
settled stays with who sent it.`

async function run(given: StageArguments, router = false): Promise<number> {
  const resolved = await resolveArguments(given, router)
  if ('problems' in resolved) return refuse(resolved.problems)
  const { config, rulePlace } = resolved
  const log = createStageLog({
    level: LOG_LEVELS[config.log.level],
    isText: config.log.format === 'auto' ? isatty(2) : config.log.format === 'text',
    write: writeStandardError
  })
  process.on('uncaughtException', error => log.log(2, faultMessage(error)))
  // Node.js would write them between the lines of the log.
  process.removeAllListeners('warning')
  process.on('warning', ({ name, message }) => {
    log.log(name === 'DeprecationWarning' ? 6 : 3, 'a warning of Node.js', { name, warning: message })
  })
  log.log(4, 'correlog starts', { version, pid: process.pid })
  try {
    return await runStage(composeStage({ config, rulePlace, log }), config, log)
  } catch (error) {
    if (error instanceof ConfigurationError) return refuse(error.problems)
    log.log(1, 'correlog cannot start', { error: textOf(error) })
    return RUN_STATUSES.notStarted
  }
}

const LOG_LEVELS: Readonly<Record<LogConfig['level'], LogLevel>> = { error: 2, warn: 3, info: 4, debug: 6 }

function refuse(problems: readonly string[]): number {
  for (const problem of problems) writeStandardError(`${toBytes(problem)}\n`)
  return RUN_STATUSES.notStarted
}

async function runStage(composed: ComposedStage, config: StageConfig, log: StageLog): Promise<number> {
  const { stage } = composed
  const signals = new StageSignals(composed, log)
  const telemetry = await startTelemetry(composed, config, log)
  try {
    await stage.start()
    log.log(4, 'correlog runs', {
      sources: config.sources.map(({ name }) => name),
      sinks: config.sinks.map(({ name }) => name)
    })
    const end = await stage.wait()
    log.log(...endMessage(end, stage.counters, composed.readings.writesLost()))
    return statusOf(end)
  } finally {
    composed.close()
    await telemetry?.close()
    signals.close()
  }
}

async function startTelemetry(
  { stage, readings }: ComposedStage,
  { telemetry: { host, port } }: StageConfig,
  log: StageLog
): Promise<TelemetryServer | undefined> {
  if (port === null) return undefined
  // A third of what the start costs, and most stages are looked at in other ways.
  const { startPrometheus } = await import('../adapters/telemetry/prometheus.ts')
  const server = await startPrometheus({ host, port, version, readings, health: () => stage.health })
  log.log(4, 'metrics and health are served', { url: server.url })
  return server
}

function endMessage(
  end: StageEnd,
  { records, dropped, times, alerts, deadLetters, deadLettersLost }: StageCounters,
  writesLost: { readonly dropped: number; readonly failed: number }
): Parameters<StageLog['log']> {
  const counters = { records, dropped, times, alerts, deadLetters, deadLettersLost, writesLost }
  switch (end.type) {
    case 'ended':
      return [4, 'correlog has ended, everything is settled', counters]
    case 'given-up':
      return [
        2,
        'correlog has ended before everything was settled',
        { unsettledRecords: end.unsettledRecords, ...counters }
      ]
    case 'failed':
      return [1, 'correlog cannot go on', { error: textOf(end.error), ...counters }]
  }
}

function statusOf(end: StageEnd): number {
  switch (end.type) {
    case 'ended':
      return RUN_STATUSES.ended
    case 'given-up':
      return RUN_STATUSES.givenUp
    case 'failed':
      return RUN_STATUSES.failed
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
