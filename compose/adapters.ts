import { alertToJson } from '../adapters/alert-json.ts'
import { fileCheckpointStore } from '../adapters/checkpoint/file/store.ts'
import type { Codec } from '../adapters/codecs/codec.ts'
import { type CodecOptions, createCodec } from '../adapters/codecs/registry.ts'
import { FifoSink } from '../adapters/fifo/sink.ts'
import { FifoSource } from '../adapters/fifo/source.ts'
import { FileDeadLetters } from '../adapters/file/dead-letters.ts'
import { FileSink } from '../adapters/file/sink.ts'
import { FileSource } from '../adapters/file/source.ts'
import { StdoutSink } from '../adapters/stdio/sink.ts'
import { StdinSource } from '../adapters/stdio/source.ts'
import { StandardOutput } from '../adapters/stdio/standard-output.ts'
import type {
  CodecConfig,
  LineSourceConfig,
  SinkConfig,
  SourceConfig,
  StageConfig
} from '../config/stage/stage-config.ts'
import type { CheckpointStore, DeadLetterSink, Sink, Source, WallClock } from '../plugin/adapter.ts'
import type { TimeZone } from '../plugin/time/time-zone.ts'
import type { AdapterSurroundings } from './adapter-surroundings.ts'
import { kafkaDeadLetters, kafkaSink, producerOutput } from './kafka-outputs.ts'
import { LazySink, LazySource } from './lazy-adapters.ts'

export function createSource(
  source: SourceConfig,
  { once }: Pick<StageConfig, 'once'>,
  surroundings: AdapterSurroundings
): Source {
  switch (source.type) {
    case 'fluent':
      return new LazySource(source.name, async () =>
        (await import('./fluent.ts')).createFluentSource(source, surroundings)
      )
    case 'otlp':
    case 'otlp+http':
      return new LazySource(source.name, async () =>
        (await import('./otlp.ts')).createOtlpSource(source, surroundings)
      )
    case 'kafka':
      throw new Error('a Kafka source is read by a group of stages')
    default:
      return createLineSource(source, once, surroundings)
  }
}

function createLineSource(
  source: LineSourceConfig,
  once: boolean,
  { clock, timeZone, report }: AdapterSurroundings
): Source {
  const { name, maxLineBytes } = source
  const common = { name, maxLineBytes, clock, codec: codecOf(source.codec, timeZone) }
  switch (source.type) {
    case 'file': {
      const { path, startAt } = source
      return new FileSource({ ...common, path, startAt, follow: !(source.once ?? once), onLoss: report })
    }
    case 'fifo':
      return new FifoSource({ ...common, path: source.path, follow: !(source.once ?? once) })
    case 'stdin':
      return new StdinSource({ ...common, confirm: source.confirm ? answering(clock) : undefined })
  }
}

export function createSink(
  sink: SinkConfig,
  { application }: Pick<StageConfig, 'application'>,
  surroundings: AdapterSurroundings
): Sink {
  const { name } = sink
  const { clock } = surroundings
  const format = alertToJson
  switch (sink.type) {
    case 'stdout':
      return new StdoutSink({ name, format, output: new StandardOutput(clock) })
    case 'file':
      return new FileSink({ name, path: sink.path, format, clock })
    case 'fifo':
      return new FifoSink({ name, path: sink.path, format, clock })
    case 'fluent':
      return new LazySink(name, async () => (await import('./fluent.ts')).createFluentSink(sink, clock))
    case 'otlp':
    case 'otlp+http':
      return new LazySink(name, async () =>
        (await import('./otlp.ts')).createOtlpSink(sink, application, surroundings)
      )
    case 'kafka':
      return kafkaSink(sink, application, producerOutput(sink))
  }
}

export function createDeadLetters(
  { deadLetters, application }: Pick<StageConfig, 'deadLetters' | 'application'>,
  { clock }: AdapterSurroundings
): DeadLetterSink | undefined {
  if (deadLetters === null) return undefined
  if (deadLetters.type === 'kafka')
    return kafkaDeadLetters(deadLetters, application, producerOutput(deadLetters))
  const { path } = deadLetters
  return new FileDeadLetters({ name: path, path, format: alertToJson, clock })
}

export function createCheckpoints(
  { state }: Pick<StageConfig, 'state'>,
  { report }: AdapterSurroundings
): CheckpointStore | undefined {
  if (state?.type !== 'file') return undefined
  const { directory, lockTimeout } = state
  return fileCheckpointStore({ directory, report, lockTimeoutMs: lockTimeout * 1000 })
}

export function codecOf(config: CodecConfig, timeZone: TimeZone): Codec {
  return createCodec(codecOptions(config), { timeZone })
}

/** Fields that are not given are the codec's own. */
function codecOptions(config: CodecConfig): CodecOptions {
  if (config.type !== 'json') return { codec: config.type }
  const { timestampUnit, fields } = config
  const given = Object.entries(fields).filter(([, paths]) => paths !== null)
  return { codec: 'json', timestampUnit, fields: Object.fromEntries(given) }
}

/** Of the answers that omprog waits for; they share standard output with nothing else. */
function answering(clock: WallClock): (answers: string) => Promise<void> {
  const output = new StandardOutput(clock)
  const never = new AbortController().signal
  return answers => output.write(Buffer.from(answers, 'latin1'), never, () => {})
}
