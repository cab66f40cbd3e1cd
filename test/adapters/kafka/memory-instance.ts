import { collectorEncoding } from '../../../adapters/kafka/collector-encodings.ts'
import type { GroupOptions } from '../../../adapters/kafka/group-options.ts'
import { Group } from '../../../adapters/kafka/group.ts'
import { KafkaDeadLetters, KafkaSink } from '../../../adapters/kafka/sink.ts'
import { ProducerOutput, sharedOutput } from '../../../adapters/kafka/output.ts'
import { recordDecoder } from '../../../adapters/kafka/records.ts'
import type { Sink } from '../../../plugin/adapter.ts'
import type { LogLevel } from '../../../plugin/host.ts'
import { DEFAULT_SETTINGS } from '../../../plugin/stage/options.ts'
import { Stage } from '../../../plugin/stage/stage.ts'
import type { MemoryKafka, MemoryKafkaClient } from '../../helpers/memory-kafka.ts'
import { countingRules } from '../../plugin/stage/counting-rules.ts'
import { RECORD_TIME } from '../../plugin/stage/test-stage.ts'

export interface Instance {
  readonly group: Group
  readonly client: MemoryKafkaClient
  readonly messages: { readonly level: LogLevel; readonly message: string; readonly fields: unknown }[]
  /** As SIGKILL does. */
  kill(): void
}

export interface InstanceOptions extends Partial<GroupOptions> {
  readonly checkpointIntervalMs?: number
  /** Further sinks. */
  readonly sinks?: readonly Sink[]
}

export const CONSUMER = {
  maxBytesPerPartition: 1_048_576,
  sessionTimeoutMs: 10_000,
  rebalanceTimeoutMs: 15_000,
  heartbeatMs: 1000
}

/** A member of the group `app` that reads `logs` with the counting rules and writes `alerts` and `dead`. */
export function createInstance(kafka: MemoryKafka, options: InstanceOptions = {}): Instance {
  const { clock } = kafka
  const client = kafka.client()
  const messages: Instance['messages'] = []
  const log = {
    level: 6 as const,
    log: (level: LogLevel, message: string, fields?: unknown) =>
      void messages.push({ level, message, fields })
  }
  const producer = new ProducerOutput(() => client.producer())
  const encoding = collectorEncoding('raw', 'app', '1')
  const group = new Group({
    client: () => Promise.resolve(client),
    clock,
    log,
    groupId: 'app',
    topics: { names: ['logs'], patterns: [], except: ['app-state', 'alerts', 'dead'] },
    layout: { mode: 'each', changelog: 'app-state' },
    mayCreate: true,
    delivery: { type: 'exactly-once' },
    startAt: 'earliest',
    resetState: false,
    onError: 'exit',
    transactionTimeoutMs: 15_000,
    consumer: CONSUMER,
    input: ({ topic }) => ({
      name: topic,
      decode: recordDecoder({
        source: topic,
        codec: undefined,
        maxBytes: 1000,
        needsBody: false,
        timestamp: 'kafka'
      })
    }),
    createStage: ({ number, sources, store, collected }) => {
      const output = collected ?? sharedOutput(producer)
      const common = { topic: 'alerts', maxBodyBytes: 262_144, encoding }
      return new Stage({
        application: 'app',
        sources: sources.map(source => ({
          source,
          line: ({ body }) => (typeof body === 'string' ? body : '')
        })),
        sinks: [new KafkaSink('alerts', { ...common, key: undefined }, output), ...(options.sinks ?? [])],
        deadLetters: new KafkaDeadLetters('dead', { ...common, topic: 'dead', application: 'app' }, output),
        checkpoints: store,
        correlator: start =>
          countingRules({
            ...start,
            host: {
              logLevel: 6,
              log: () => {},
              effect: effect =>
                start.host.effect(
                  effect.type === 'alert'
                    ? { type: 'alert', alert: { ...effect.alert, body: `${number}: ${effect.alert.body}` } }
                    : effect
                )
            }
          }),
        clock,
        log,
        settings: {
          ...DEFAULT_SETTINGS,
          time: RECORD_TIME,
          settleApart: collected !== undefined,
          checkpointIntervalMs: options.checkpointIntervalMs ?? 250
        }
      })
    },
    ...options
  })
  return {
    group,
    client,
    messages,
    kill() {
      client.kill()
      group.giveUp()
    }
  }
}

/** Texts of the values of a topic. */
export function texts(records: readonly { readonly value: Buffer | null }[]): string[] {
  return records.map(({ value }) => value?.toString('latin1') ?? '')
}
