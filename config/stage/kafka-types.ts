import { valueCodecTypes } from './codec-types.ts'
import type { PartType, Schema, ValueDescription } from './description.ts'
import type { ValueCodecConfig } from './stage-config.ts'
import { type ClientTlsConfig, clientTlsOptions } from './tls-options.ts'

const text = (doc: string): ValueDescription => ({ doc, format: 'text', default: null, nullable: true })

const seconds = (doc: string, standard: number): ValueDescription => ({
  doc,
  format: 'positive seconds',
  default: standard
})

/** How a cluster is reached. A part without brokers is in the cluster of the Kafka source, and has its connection. */
const connection: Schema = {
  brokers: {
    doc: 'Brokers to begin with. By default, with all that belongs to the connection, those of the Kafka source.',
    format: 'brokers',
    default: null,
    nullable: true
  },
  clientId: {
    doc: 'What brokers call this client in their logs and quotas.',
    format: 'text',
    default: 'correlog'
  },
  tls: clientTlsOptions,
  sasl: {
    mechanism: {
      doc: 'How to log in. Without it there is no login.',
      format: ['plain', 'scram-sha-256', 'scram-sha-512', 'oauthbearer'],
      default: null,
      nullable: true
    },
    username: text('The name of the user; not of oauthbearer.'),
    password: { ...text('The password; not of oauthbearer.'), sensitive: true },
    bearerFile: text('The file that holds the token of oauthbearer, read anew for each connection.')
  },
  compression: {
    doc: 'How what is written is compressed. What is read may be compressed in any of these ways.',
    format: ['none', 'gzip', 'snappy', 'lz4', 'zstd'],
    default: 'none'
  }
}

/** @param everySource - what rules see of its records, and how these are made */
export function kafkaSource(everySource: Schema): PartType {
  return {
    doc: 'Apache Kafka: topics, read by a consumer group in which every partition has rules of its own: see kafka.md. Of several Kafka sources the first has the connection, the group and the rest that holds for all, from startAt to onError but for timestamp and requireBody; others have none of it, or the same.',
    location: 'brokers',
    hasAddress: true,
    behind: 'topics',
    options: {
      topics: {
        doc: 'The topics. Each is an input of its own name to the rules. A task is partition N of each of them, so they have the same number of partitions.',
        format: 'texts',
        default: null,
        nullable: true
      },
      pattern: {
        doc: 'Instead of topics: those whose names match this regular expression, new ones too.',
        format: 'regular expression',
        default: null,
        nullable: true
      },
      group: text(
        'The consumer group; transactional ids are its name with -N, and the changelog is its name with -state. By default the name of the application.'
      ),
      ...everySource,
      codec: {
        doc: 'How values become records. One of the OTLP codecs may make many of a value.',
        format: 'object',
        types: valueCodecTypes,
        default: { type: 'line' }
      },
      startAt: {
        doc: 'Where to begin in a partition that was never read: earliest, latest or at a time (RFC 3339). New partitions are read from their beginning.',
        format: 'start position',
        default: 'earliest'
      },
      tasks: {
        doc: 'each: a task for each partition number, dealt out over the members of the group. one: all partitions are one task of one member, and the others wait to take over.',
        format: ['each', 'one'],
        default: 'each'
      },
      timestamp: {
        doc: "The time of a record: Kafka's own, or that which the codec finds in the value. Where there is none, the other's.",
        format: ['kafka', 'codec'],
        default: 'kafka'
      },
      requireBody: {
        doc: 'With the codec json: an object without a body goes to the dead letters.',
        format: 'flag',
        default: true
      },
      maxBytesPerPartition: {
        doc: 'How much of a partition is fetched at once.',
        format: 'positive count',
        default: 1_048_576
      },
      sessionTimeout: seconds(
        'After so long without a sign of life the group gives the tasks of a member to others.',
        10
      ),
      rebalanceTimeout: seconds(
        'How long the group waits for its members when tasks are dealt out; half of it for what is in work.',
        15
      ),
      heartbeat: seconds('How often a member gives a sign of life.', 1),
      transactionTimeout: seconds('A transaction that is open for so long is aborted by the broker.', 15),
      onError: {
        doc: 'What becomes of what only somebody else can mend, such as a missing topic, a right or a password: exit, or retry until it is mended.',
        format: ['exit', 'retry'],
        default: 'exit'
      },
      ...connection
    }
  }
}

/** What of a Kafka source holds for the whole group, besides brokers and group: the first one says it. */
export const kafkaGroupOptions: readonly (keyof KafkaSourceConfig)[] = [
  'clientId',
  'tls',
  'sasl',
  'compression',
  'startAt',
  'tasks',
  'maxBytesPerPartition',
  'sessionTimeout',
  'rebalanceTimeout',
  'heartbeat',
  'transactionTimeout',
  'onError'
]

/** Alerts to a topic. */
export const kafkaSink: PartType = {
  doc: 'Apache Kafka: an alert a record, with rule, uid and trace in headers: see kafka.md.',
  location: 'brokers',
  hasAddress: true,
  behind: 'topic',
  options: {
    topic: { doc: 'The topic.', format: 'text', default: null, required: true },
    key: {
      doc: "The alert's attribute that is the record's key; none: there is no key. Where an alert has no operation key, its context or description stands for it.",
      format: 'text',
      default: 'correlog.operation.key'
    },
    encoding: {
      doc: "How an alert is written: json, or as the Kafka receiver of OpenTelemetry's Collector reads it, whose otlp_json, otlp_proto and raw (the body alone) the others are.",
      format: ['json', 'otlp-json', 'otlp-proto', 'raw'],
      default: 'json'
    },
    maxBodyBytes: {
      doc: 'Of a longer body only the head is sent, and the header correlog.body.bytes has its length.',
      format: 'positive count',
      default: 262_144
    },
    ...connection
  }
}

/** Dead letters to a topic. */
export const kafkaDeadLetters: PartType = {
  doc: 'A topic of Apache Kafka: the value as it came, and why in headers as Kafka Connect writes them.',
  location: 'brokers',
  hasAddress: true,
  behind: 'topic',
  options: {
    topic: { doc: 'The topic.', format: 'text', default: null, required: true },
    maxBodyBytes: {
      doc: 'Of a longer value only the head is sent, and the header correlog.value.bytes has its length.',
      format: 'positive count',
      default: 262_144
    },
    ...connection
  }
}

/** The state of a stage with a Kafka source. */
export const kafkaState: PartType = {
  doc: 'A topic in the cluster of the Kafka source, a partition for each task. The default with a Kafka source.',
  location: 'topic',
  options: {
    topic: text('The topic. By default the name of the group with -state.'),
    create: {
      doc: 'Create it where it is not there, and extend it when there are new partitions.',
      format: 'flag',
      default: true
    },
    commitInterval: seconds(
      'The longest time between two transactions of a task while there is something new.',
      0.25
    )
  }
}

export interface KafkaConnectionConfig {
  readonly brokers: readonly string[] | null
  readonly clientId: string
  readonly tls: ClientTlsConfig
  readonly sasl: {
    readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512' | 'oauthbearer' | null
    readonly username: string | null
    readonly password: string | null
    readonly bearerFile: string | null
  }
  readonly compression: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'
}

export interface KafkaSourceConfig extends KafkaConnectionConfig {
  readonly type: 'kafka'
  readonly topics: readonly string[] | null
  readonly pattern: string | null
  readonly group: string | null
  readonly codec: ValueCodecConfig
  readonly maxLineBytes: number
  readonly startAt: string
  readonly tasks: 'each' | 'one'
  readonly timestamp: 'kafka' | 'codec'
  readonly requireBody: boolean
  readonly maxBytesPerPartition: number
  readonly sessionTimeout: number
  readonly rebalanceTimeout: number
  readonly heartbeat: number
  readonly transactionTimeout: number
  readonly onError: 'exit' | 'retry'
}

export interface KafkaSinkConfig extends KafkaConnectionConfig {
  readonly type: 'kafka'
  readonly topic: string
  readonly key: string
  readonly encoding: 'json' | 'otlp-json' | 'otlp-proto' | 'raw'
  readonly maxBodyBytes: number
}

export interface KafkaDeadLettersConfig extends KafkaConnectionConfig {
  readonly type: 'kafka'
  readonly topic: string
  readonly maxBodyBytes: number
}

export interface KafkaStateConfig {
  readonly type: 'kafka'
  readonly topic: string | null
  readonly create: boolean
  readonly commitInterval: number
}
