import { kafkaSources } from './kafka-defaults.ts'
import { fromBytes } from './formats.ts'
import type { StageConfig } from './stage-config.ts'

/** Codecs of what its Kafka exporter writes, which sets no key by itself. */
const OF_THE_COLLECTOR: ReadonlySet<string> = new Set(['otlp-json', 'otlp-proto', 'raw'])

/** What is right and yet may not be what was meant. */
export function kafkaNotes(config: StageConfig): readonly string[] {
  if (config.route.key !== null) return []
  return kafkaSources(config)
    .filter(({ codec, tasks }) => OF_THE_COLLECTOR.has(codec.type) && tasks === 'each')
    .map(
      ({ name, codec }) =>
        `note: source "${fromBytes(name)}": values of ${codec.type} usually have no key, so that logs of one host are in any partition, and a task sees some of them; rules that correlate by host need a router in front (correlog route), tasks: one, or a topic of one partition`
    )
}
