import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileCheckpointStore } from '../adapters/checkpoint/file/store.ts'
import type { Codec } from '../adapters/codecs/codec.ts'
import { rawCodec } from '../adapters/codecs/raw.ts'
import { Group } from '../adapters/kafka/group.ts'
import type { TaskDelivery, TaskParts } from '../adapters/kafka/group-task.ts'
import { type MessageOutput, sharedOutput } from '../adapters/kafka/output.ts'
import { type DecodeRecords, recordDecoder } from '../adapters/kafka/records.ts'
import type { StartAt } from '../adapters/kafka/start-positions.ts'
import type { SplitRequest } from '../adapters/otlp/split-request.ts'
import { fromBytes } from '../config/stage/formats.ts'
import {
  connectionOf,
  deliveryGuarantee,
  kafkaSources,
  type KafkaSources,
  sharesCluster
} from '../config/stage/kafka-defaults.ts'
import type { StageConfig, ValueCodecConfig } from '../config/stage/stage-config.ts'
import type { DeadLetterSink, Sink } from '../plugin/adapter.ts'
import { compileLineTemplate } from '../plugin/line-template.ts'
import type { StageSettings, StageSource } from '../plugin/stage/options.ts'
import type { AdapterSurroundings } from './adapter-surroundings.ts'
import { codecOf, createDeadLetters, createSink } from './adapters.ts'
import { kafkaClient } from './kafka-client.ts'
import { kafkaDeadLetters, kafkaSink, producerOutput } from './kafka-outputs.ts'
import type * as Otlp from './kafka-otlp.ts'
import { Router, routerGroup } from './router.ts'
import { sharedDeadLetters, sharedSink } from './shared-sinks.ts'
import type { StageUnits, UnitSurroundings } from './stage-units.ts'

export interface GroupComposition extends Pick<UnitSurroundings, 'config' | 'log' | 'timeZone' | 'clock'> {
  readonly units: StageUnits
  readonly settings: StageSettings
  readonly adapters: AdapterSurroundings
  /** Sinks that a program brings. */
  readonly sinks: readonly Sink[]
}

/** A member of a consumer group, with a stage for each of its tasks. */
export function composeGroup(composition: GroupComposition): Group {
  const { config, log, clock, units, settings } = composition
  const sources = kafkaSources(config)
  const [first] = sources
  if (first === undefined) throw new Error('no Kafka source')
  const { key } = config.route
  const router = key === null ? undefined : new Router({ config, key, clock, log })
  const groupId = fromBytes(first.group ?? (router === undefined ? config.application : routerGroup(config)))
  const changelog =
    config.state?.type === 'kafka' ? fromBytes(config.state.topic ?? `${groupId}-state`) : undefined
  const isExactlyOnce = deliveryGuarantee(config) === 'exactly_once'
  const outputs = new TaskOutputs(composition, first, isExactlyOnce)
  const inputs = new Inputs(sources, composition)
  const group = new Group({
    client: async () => {
      await inputs.load()
      return kafkaClient(first)
    },
    clock,
    log,
    groupId,
    topics: {
      names: sources.flatMap(({ topics }) => (topics ?? []).map(fromBytes)),
      patterns: sources.flatMap(({ pattern }) =>
        pattern === null ? [] : [new RegExp(fromBytes(pattern), 'u')]
      ),
      except: [
        ...ownTopics(config),
        ...(changelog === undefined ? [] : [changelog]),
        ...(router === undefined ? [] : [router.topic])
      ]
    },
    layout: { mode: first.tasks, changelog, isUndivided: changelog === undefined },
    mayCreate: config.state?.type === 'kafka' && config.state.create,
    delivery: taskDelivery(composition, isExactlyOnce),
    startAt: startAtOf(first.startAt),
    ...(router !== undefined && {
      prepare: (admin, inputs) => router.prepare(admin, inputs),
      upkeep: admin => router.upkeep(admin)
    }),
    resetState: config.resetState,
    onError: first.onError,
    transactionTimeoutMs: first.transactionTimeout * 1000,
    consumer: {
      maxBytesPerPartition: first.maxBytesPerPartition,
      sessionTimeoutMs: first.sessionTimeout * 1000,
      rebalanceTimeoutMs: first.rebalanceTimeout * 1000,
      heartbeatMs: first.heartbeat * 1000
    },
    input: ({ topic, partition }) => {
      // With all partitions in one task the topic alone names several inputs.
      const name = first.tasks === 'one' ? `${topic}/${partition}` : topic
      const decode = inputs.decoder(topic, name)
      return {
        name,
        decode: router?.decoder(decode, inputs.line(topic), inputs.split(topic)) ?? decode,
        holdsMany: inputs.holdsMany(topic)
      }
    },
    createStage(parts: TaskParts) {
      const { collected } = parts
      const deadLetters = outputs.deadLetters(collected)
      if (router !== undefined) return router.createTask(parts, collected ?? outputs.routed(), deadLetters)
      return units.create({
        sources: parts.sources.map(source => inputs.stageSource(source.partition.topic, source)),
        sinks: outputs.sinks(collected),
        deadLetters,
        checkpoints: parts.store,
        task: taskName(parts, first.tasks),
        settings
      })
    }
  })
  void group.wait().then(() => outputs.close())
  return group
}

/** Topics and the number of the partition. */
function taskName({ number, sources }: TaskParts, tasks: 'each' | 'one'): string {
  const topics = [...new Set(sources.map(({ partition }) => partition.topic))].join(' ')
  return tasks === 'one' ? topics : `${topics}/${number}`
}

function startAtOf(text: string): StartAt {
  return text === 'earliest' || text === 'latest' ? text : Date.parse(text)
}

/** What a pattern must not bring back. */
function ownTopics({ sinks, deadLetters }: StageConfig): string[] {
  return [...sinks, ...(deadLetters === null ? [] : [deadLetters])].flatMap(part =>
    part.type === 'kafka' ? [fromBytes(part.topic)] : []
  )
}

function taskDelivery({ config, adapters }: GroupComposition, isExactlyOnce: boolean): TaskDelivery {
  const { state } = config
  if (state?.type !== 'file') return { type: isExactlyOnce ? 'exactly-once' : 'at-least-once' }
  const { report } = adapters
  return {
    type: 'elsewhere',
    store(task) {
      const { directory } = state
      mkdirSync(Buffer.from(directory, 'latin1'), { recursive: true, mode: 0o700 })
      return fileCheckpointStore({ directory: join(directory, String(task)), report })
    }
  }
}

/** What is said of a topic: by the source that names it, or else by the first whose pattern it matches. */
class Inputs {
  readonly #sources: KafkaSources
  readonly #composition: GroupComposition
  #otlp: typeof Otlp | undefined

  constructor(sources: KafkaSources, composition: GroupComposition) {
    this.#sources = sources
    this.#composition = composition
  }

  /** Loads what reads OTLP, if any source needs it: before anything else is asked for. */
  async load(): Promise<void> {
    if (this.#sources.some(({ codec }) => codec.type.startsWith('otlp-'))) {
      this.#otlp = await import('./kafka-otlp.ts')
    }
  }

  decoder(topic: string, name: string): DecodeRecords {
    const { codec, maxLineBytes, requireBody, timestamp } = this.#sourceOf(topic)
    return recordDecoder({
      source: name,
      codec: this.#codec(codec),
      maxBytes: maxLineBytes,
      needsBody: codec.type === 'json' && requireBody,
      timestamp
    })
  }

  /** `undefined`: the value is the body. */
  #codec(codec: ValueCodecConfig): Codec | undefined {
    if (codec.type === 'otlp-proto') {
      if (this.#otlp === undefined) throw new Error('the codec otlp-proto is not loaded')
      return this.#otlp.otlpProtoCodec
    }
    if (codec.type === 'raw') return rawCodec
    return codec.type === 'line' ? undefined : codecOf(codec, this.#composition.timeZone)
  }

  /** Cuts a value that holds many records. */
  split(topic: string): SplitRequest | undefined {
    const { type } = this.#sourceOf(topic).codec
    if (type === 'otlp-proto') return this.#otlp?.splitProto
    return type === 'otlp-json' ? this.#otlp?.splitJson : undefined
  }

  holdsMany(topic: string): boolean {
    return this.split(topic) !== undefined
  }

  stageSource(topic: string, source: StageSource['source']): StageSource {
    const { context } = this.#sourceOf(topic)
    return { source, line: this.line(topic), context: context ?? undefined }
  }

  line(topic: string): StageSource['line'] {
    return compileLineTemplate(this.#sourceOf(topic).template, this.#composition.timeZone)
  }

  #sourceOf(topic: string): KafkaSources[number] {
    const found =
      this.#sources.find(({ topics }) => topics?.some(each => fromBytes(each) === topic)) ??
      this.#sources.find(({ pattern }) => pattern !== null && new RegExp(fromBytes(pattern), 'u').test(topic))
    if (found === undefined) throw new Error(`no source for topic "${topic}"`)
    return found
  }
}

/** Sinks of tasks: those of the task's transaction are its own, all others are shared by all. */
class TaskOutputs {
  readonly #config: StageConfig
  readonly #first: KafkaSources[number]
  readonly #isExactlyOnce: boolean
  readonly #shared = new Map<string, Sink>()
  readonly #letters: DeadLetterSink | undefined
  readonly #closes: (() => Promise<void>)[] = []
  readonly #own: readonly Sink[]
  #routed: MessageOutput | undefined

  constructor(composition: GroupComposition, first: KafkaSources[number], isExactlyOnce: boolean) {
    const { config, adapters, sinks } = composition
    this.#config = config
    this.#first = first
    this.#isExactlyOnce = isExactlyOnce
    this.#own = sinks.map(sink => this.#share(sink))
    for (const sink of config.sinks) {
      if (sink.type !== 'kafka') this.#shared.set(sink.name, this.#share(createSink(sink, config, adapters)))
      else if (!isExactlyOnce) {
        this.#shared.set(
          sink.name,
          kafkaSink(sink, config.application, this.#producer(connectionOf(sink, first)))
        )
      }
    }
    const { deadLetters } = config
    if (deadLetters?.type === 'kafka') {
      const output = this.#producer(connectionOf(deadLetters, first))
      this.#letters = kafkaDeadLetters(deadLetters, config.application, output)
    } else {
      const letters = createDeadLetters(config, adapters)
      if (letters !== undefined) {
        this.#closes.push(() => letters.close())
        this.#letters = sharedDeadLetters(letters)
      }
    }
  }

  sinks(collected: MessageOutput | undefined): readonly Sink[] {
    const configured = this.#config.sinks.flatMap((sink): readonly Sink[] => {
      if (sink.type === 'kafka' && collected !== undefined)
        return [kafkaSink(sink, this.#config.application, collected)]
      return [this.#shared.get(sink.name) ?? []].flat()
    })
    return [...configured, ...this.#own]
  }

  /** Where routed records go that are not of a task's transaction. */
  routed(): MessageOutput {
    this.#routed ??= this.#producer(this.#first)
    return this.#routed
  }

  deadLetters(collected: MessageOutput | undefined): DeadLetterSink | undefined {
    const { deadLetters, application } = this.#config
    const isOfTransaction =
      this.#isExactlyOnce && deadLetters?.type === 'kafka' && sharesCluster(deadLetters, this.#first)
    return isOfTransaction && collected !== undefined
      ? kafkaDeadLetters(deadLetters, application, collected)
      : this.#letters
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#closes.map(close => close()))
  }

  #share(sink: Sink): Sink {
    this.#closes.push(() => sink.close())
    return sharedSink(sink)
  }

  #producer(connection: Parameters<typeof producerOutput>[0]): MessageOutput {
    const output = producerOutput(connection)
    this.#closes.push(() => output.close())
    return sharedOutput(output)
  }
}
