import { JSON_ENCODING } from '../../../../adapters/kafka/alert-encodings.ts'
import type { GroupOptions } from '../../../../adapters/kafka/group-options.ts'
import { Group } from '../../../../adapters/kafka/group.ts'
import { ProducerOutput, sharedOutput } from '../../../../adapters/kafka/output.ts'
import { recordDecoder } from '../../../../adapters/kafka/records.ts'
import { RouteDecoder, type WithoutKey } from '../../../../adapters/kafka/router/route-decoder.ts'
import { RouterTask } from '../../../../adapters/kafka/router/router-task.ts'
import { KafkaDeadLetters } from '../../../../adapters/kafka/sink.ts'
import { compileKey } from '../../../../plugin/record-key.ts'
import type { MemoryKafka, MemoryKafkaClient } from '../../../helpers/memory-kafka.ts'
import { CONSUMER } from '../memory-instance.ts'

export interface MemoryRouter {
  readonly group: Group
  readonly client: MemoryKafkaClient
  /** As SIGKILL does. */
  kill(): void
}

export interface MemoryRouterOptions extends Partial<GroupOptions> {
  readonly withoutKey?: WithoutKey
}

/** A member of the group `router` that routes `logs` by `host=…` to `repartition`. */
export function createRouter(
  kafka: MemoryKafka,
  { withoutKey = 'keep', ...options }: MemoryRouterOptions = {}
): MemoryRouter {
  const { clock } = kafka
  const client = kafka.client()
  const compiled = compileKey({ type: 'regexp', pattern: 'host=(\\S+)', variable: '1' })
  if (!compiled.ok) throw new Error(compiled.message)
  const decoder = new RouteDecoder({
    topic: 'repartition',
    keyOf: compiled.keyOf,
    withoutKey
  })
  const records = recordDecoder({
    source: 'logs',
    codec: undefined,
    maxBytes: 1000,
    needsBody: false,
    timestamp: 'kafka'
  })
  const decode = decoder.decoder(records, ({ body }) => (typeof body === 'string' ? body : ''))
  const producer = new ProducerOutput(() => client.producer())
  const group = new Group({
    client: () => Promise.resolve(client),
    clock,
    log: { level: 6, log: () => {} },
    groupId: 'router',
    topics: { names: ['logs'], patterns: [], except: ['repartition'] },
    layout: { mode: 'each', changelog: 'router-state' },
    mayCreate: true,
    delivery: { type: 'exactly-once' },
    startAt: 'earliest',
    resetState: false,
    onError: 'retry',
    transactionTimeoutMs: 15_000,
    consumer: CONSUMER,
    input: ({ topic }) => ({ name: topic, decode }),
    createStage({ sources, store, collected }) {
      const output = collected ?? sharedOutput(producer)
      const letters = { topic: 'dead', maxBodyBytes: 262_144, application: 'app', encoding: JSON_ENCODING }
      return new RouterTask({
        sources,
        routed: records => decoder.routed(records),
        store,
        output,
        deadLetters: new KafkaDeadLetters('dead', letters, output),
        clock,
        commitIntervalMs: 250,
        shutdownTimeoutMs: 10_000,
        retryMs: 100
      })
    },
    ...options
  })
  return {
    group,
    client,
    kill() {
      client.kill()
      group.giveUp()
    }
  }
}
