import { readFileSync } from 'node:fs'
import build from 'pino-abstract-transport'
import { createStageLog } from '../adapters/log/stage-log.ts'
import { writeStandardError } from '../adapters/log/standard-error.ts'
import { type PinoFormat, pinoRecord } from '../adapters/pino/log-line.ts'
import { PushSource } from '../adapters/push/source.ts'
import { systemErrorText } from '../adapters/system-error.ts'
import { isMap } from '../config/stage/check.ts'
import type { GivenConfiguration } from '../config/stage/resolve.ts'
import { parseYamlFile } from '../config/stage/yaml-file.ts'
import type { StageLog } from '../plugin/stage/options.ts'
import { ConfigurationError } from './configuration-error.ts'
import { type EmbeddedStage, stageOf } from './create-stage.ts'
import type { PartOptions, Parts, StageOptions } from './options.ts'

/** What `pino.transport({ target: 'correlog/pino', options })` takes: it must be data, as it goes to another thread. */
export interface PinoTransportOptions
  extends Partial<Omit<StageOptions, 'sources' | 'sinks' | 'once' | 'log' | 'background'>> {
  /** A configuration file, YAML, without sources: what it says is replaced by the options beside it. */
  readonly config?: string
  /** Where alerts go: `stdout:`, `file:alerts.jsonl`, and what else the configuration knows. */
  readonly sinks?: Parts<PartOptions>
  /** Of what the stage has to say, on standard error: `warn` by default. */
  readonly logLevel?: keyof typeof LOG_LEVELS
}

const LOG_LEVELS = { error: 2, warn: 3, info: 4, debug: 6 } as const

type Transport = Awaited<ReturnType<typeof build>>

/** What pino tells a transport of its configuration, once it is there. */
interface PinoStream {
  readonly levels?: { readonly labels?: Readonly<Record<string, string>> }
  readonly messageKey?: string
}

/**
 * A transport of pino: correlates what a program logs, in a thread of its own. The program waits while the stage has no
 * room. At the end all that was logged is settled, at most for `delivery.shutdownTimeout`.
 *
 * @throws ConfigurationError with everything that is wrong
 */
export async function pinoTransport(options: PinoTransportOptions): Promise<Transport> {
  const { logLevel = 'warn', config, ...given } = withoutPinosOwn(options)
  const log = createStageLog({ level: LOG_LEVELS[logLevel], isText: false, write: writeStandardError })
  const source = new PushSource({ name: 'pino' })
  const stage = createPinoStage(config, given, source, log)
  await stage.start()
  void stage.wait().then(end => {
    if (end.type === 'failed') log.log(1, 'correlog cannot go on', { error: String(end.error) })
  })
  let consumed: Promise<void> = Promise.resolve()
  return build(
    stream => {
      // A stream that has broken off gives no more.
      consumed = correlate(stream, source).catch(() => {})
    },
    {
      expectPinoConfig: true,
      async close() {
        await consumed
        await stage.stop()
      }
    }
  )
}

// What pino looks for in a target.
// oxlint-disable-next-line import/no-default-export
export default pinoTransport

/** What pino itself puts among the options of a transport. */
function withoutPinosOwn(options: PinoTransportOptions): PinoTransportOptions {
  const own: ReadonlySet<string> = new Set(['$context', 'pinoWillSendConfig'])
  return Object.fromEntries(Object.entries(options).filter(([name]) => !own.has(name)))
}

function createPinoStage(
  config: string | undefined,
  given: Omit<PinoTransportOptions, 'config' | 'logLevel'>,
  source: PushSource,
  log: StageLog
): EmbeddedStage {
  const file = config === undefined ? undefined : readConfiguration(config)
  const options = { ...file?.value, ...given, sources: source, log } as StageOptions
  return stageOf(options, file?.place ?? (() => 'correlog/pino'))
}

/** @throws ConfigurationError */
function readConfiguration(name: string): {
  readonly value: object
  readonly place: GivenConfiguration['place']
} {
  const problems: string[] = []
  const { value, place } = parseYamlFile(name, readFile(name), problem => problems.push(problem))
  if (problems.length === 0 && !isMap(value)) {
    problems.push(`${name}: ${JSON.stringify(value)}; expected a map of options`)
  }
  if (isMap(value) && Object.hasOwn(value, 'sources')) {
    problems.push(
      `${place(['sources'], 'key')}: unknown key "sources"; expected none: what pino logs is the source`
    )
  }
  if (problems.length > 0 || !isMap(value)) throw new ConfigurationError(problems)
  return { value, place }
}

function readFile(name: string): Buffer {
  try {
    return readFileSync(name)
  } catch (error) {
    throw new ConfigurationError([`${name}: ${systemErrorText(error)}; expected a configuration file`])
  }
}

/** What is no JSON object pino has not written. */
async function correlate(stream: AsyncIterable<unknown> & PinoStream, source: PushSource): Promise<void> {
  const format: PinoFormat = {
    levels: stream.levels?.labels ?? {},
    messageKey: stream.messageKey ?? 'msg'
  }
  for await (const line of stream) {
    await source.ready()
    if (isMap(line)) source.push(pinoRecord(line, format))
  }
}
