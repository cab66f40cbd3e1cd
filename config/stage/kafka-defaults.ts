import type { CheckedValues } from './check.ts'
import type {
  KafkaConnectionConfig,
  KafkaDeadLettersConfig,
  KafkaSinkConfig,
  KafkaSourceConfig
} from './kafka-types.ts'
import type { SourceConfig, StageConfig } from './stage-config.ts'

/** With a Kafka source the records' own time and a state in Kafka go without saying. */
export function withKafkaDefaults(values: CheckedValues): CheckedValues {
  const { sources } = values
  const isKafka = Array.isArray(sources) && sources.some((each: CheckedValues) => each.type === 'kafka')
  return isKafka ? { time: { type: 'record' }, ...values, state: values.state ?? { type: 'kafka' } } : values
}

export type KafkaSources = readonly Extract<SourceConfig, { readonly type: 'kafka' }>[]

export function kafkaSources({ sources }: Pick<StageConfig, 'sources'>): KafkaSources {
  return sources.filter(source => source.type === 'kafka')
}

/** Whether a part is in the cluster of the Kafka source, by its own words. */
export function sharesCluster(
  part: KafkaSinkConfig | KafkaDeadLettersConfig,
  source: KafkaSourceConfig | undefined
): boolean {
  if (source === undefined) return false
  return part.brokers === null || isSameSet(part.brokers, source.brokers ?? [])
}

/** How a part is reached: one in the cluster of the Kafka source has its connection unless it says another login. */
export function connectionOf(
  part: KafkaSinkConfig | KafkaDeadLettersConfig,
  source: KafkaSourceConfig | undefined
): KafkaConnectionConfig {
  return source !== undefined && sharesCluster(part, source) ? source : part
}

/** `undefined`: there is no Kafka source. */
export function deliveryGuarantee(
  config: Pick<StageConfig, 'sources' | 'sinks' | 'state' | 'delivery'>
): 'exactly_once' | 'at_least_once' | undefined {
  const [source] = kafkaSources(config)
  if (source === undefined) return undefined
  return config.delivery.guarantee ?? (isOneCluster(config, source) ? 'exactly_once' : 'at_least_once')
}

/** Whether alerts, state and positions can be of one transaction. */
export function isOneCluster(
  { sinks, state }: Pick<StageConfig, 'sinks' | 'state'>,
  source: KafkaSourceConfig
): boolean {
  return state?.type === 'kafka' && sinks.every(sink => sink.type === 'kafka' && sharesCluster(sink, source))
}

function isSameSet(one: readonly string[], other: readonly string[]): boolean {
  return [...one].sort().join(',') === [...other].sort().join(',')
}
