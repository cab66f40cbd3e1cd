import type { KafkaAdmin } from '../adapters/kafka/client.ts'
import type { TaskParts, TaskStage } from '../adapters/kafka/group-task.ts'
import type { MessageOutput } from '../adapters/kafka/output.ts'
import type { DecodeRecords } from '../adapters/kafka/records.ts'
import { purgeSettled } from '../adapters/kafka/router/purge.ts'
import { prepareRepartitionTopic } from '../adapters/kafka/router/repartition-topic.ts'
import { RouteDecoder, type SplitValue } from '../adapters/kafka/router/route-decoder.ts'
import { RouterTask } from '../adapters/kafka/router/router-task.ts'
import { fromBytes } from '../config/stage/formats.ts'
import type { KeyConfig } from '../config/stage/key-types.ts'
import type { StageConfig } from '../config/stage/stage-config.ts'
import type { DeadLetterSink, WallClock } from '../plugin/adapter.ts'
import { compileKey } from '../plugin/record-key.ts'
import type { LogRecord } from '../plugin/record.ts'
import type { StageLog } from '../plugin/stage/options.ts'

/** The topic that a configuration routes to. */
function repartitionTopic({ application, route }: Pick<StageConfig, 'application' | 'route'>): string {
  return fromBytes(route.topic ?? `${application}-${route.operator}-repartition`)
}

/** The group that routes, where the source names none. */
export function routerGroup({ application, route }: Pick<StageConfig, 'application' | 'route'>): string {
  return `${application}-${route.operator}`
}

export interface RouterSurroundings {
  readonly config: StageConfig
  readonly key: KeyConfig
  readonly clock: WallClock
  readonly log: StageLog
}

/** What makes a router of the members of a group. */
export class Router {
  readonly topic: string
  readonly #surroundings: RouterSurroundings
  readonly #decoder: RouteDecoder

  constructor(surroundings: RouterSurroundings) {
    const { config, key } = surroundings
    const compiled = compileKey(key)
    if (!compiled.ok) throw new Error(compiled.message)
    this.#surroundings = surroundings
    this.topic = repartitionTopic(config)
    const { withoutKey } = config.route
    this.#decoder = new RouteDecoder({ topic: this.topic, keyOf: compiled.keyOf, withoutKey })
  }

  /** @throws KafkaClientError */
  prepare(admin: KafkaAdmin, inputs: ReadonlyMap<string, number>): Promise<void> {
    const { config, log } = this.#surroundings
    const { create, partitions } = config.route
    return prepareRepartitionTopic(admin, {
      topic: this.topic,
      mayCreate: create,
      partitions: partitions ?? undefined,
      inputs,
      log
    })
  }

  /** What is settled behind it need not stay. @throws KafkaClientError */
  async upkeep(admin: KafkaAdmin): Promise<void> {
    const { purgeReadBy } = this.#surroundings.config.route
    if (purgeReadBy === null) return
    await purgeSettled(admin, { topic: this.topic, readers: [...new Set(purgeReadBy.map(fromBytes))] })
  }

  /**
   * @param line - the line that rules match
   * @param split - of values that hold several records
   */
  decoder(decode: DecodeRecords, line: (record: LogRecord) => string, split?: SplitValue): DecodeRecords {
    return this.#decoder.decoder(decode, line, split)
  }

  createTask(
    { sources, store }: TaskParts,
    output: MessageOutput,
    deadLetters: DeadLetterSink | undefined
  ): TaskStage {
    const { config, clock } = this.#surroundings
    const { state, delivery } = config
    const interval = state === null || state.type === 'file' ? 0.25 : state.commitInterval
    return new RouterTask({
      sources,
      routed: records => this.#decoder.routed(records),
      store,
      output,
      deadLetters,
      clock,
      commitIntervalMs: interval * 1000,
      shutdownTimeoutMs: delivery.shutdownTimeout * 1000,
      retryMs: delivery.firstRetry * 1000
    })
  }
}
