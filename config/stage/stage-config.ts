import type { NotificationKind } from '../../plugin/alerts/settings.ts'
import type { FluentSinkConfig, FluentSourceConfig } from './fluent-types.ts'
import type { OtlpSinkConfig, OtlpSourceConfig } from './otlp-types.ts'
import type { KeyConfig } from './key-types.ts'
import type {
  KafkaDeadLettersConfig,
  KafkaSinkConfig,
  KafkaSourceConfig,
  KafkaStateConfig
} from './kafka-types.ts'

/** A stage's configuration, resolved: every key is there. Texts are byte strings (latin1), times are seconds. */
export interface StageConfig {
  readonly application: string
  readonly rules: readonly RuleFilesConfig[]
  readonly alertsFrom: readonly NotificationKind[]
  readonly sources: readonly SourceConfig[]
  readonly sinks: readonly SinkConfig[]
  readonly deadLetters: FileConfig | KafkaDeadLettersConfig | null
  readonly state:
    | {
        readonly type: 'file'
        readonly directory: string
        readonly interval: number
        readonly lockTimeout: number
      }
    | KafkaStateConfig
    | null
  readonly resetState: boolean
  readonly route: RouteConfig
  readonly time: TimeConfig
  readonly once: boolean
  readonly atEnd: 'keep' | 'fire'
  readonly matchOwnAlerts: boolean
  readonly effects: { readonly programs: boolean }
  readonly perl: {
    readonly runtime: 'wasm' | 'system' | 'off'
    readonly read: readonly string[] | null
    readonly write: readonly string[] | null
    readonly environment: readonly string[] | null
    readonly maxTime: number
    readonly maxMemoryBytes: number
  }
  readonly sec: {
    readonly bufsize: number
    readonly jointbuf: boolean | null
    readonly evstoresize: number
    readonly cleantime: number
    readonly intevents: boolean
    readonly intcontexts: boolean
    readonly quoting: boolean
  }
  readonly delivery: {
    readonly guarantee: 'exactly_once' | 'at_least_once' | null
    readonly maxInFlightRecords: number
    readonly maxInFlightAlertBytes: number
    readonly firstRetry: number
    readonly longestRetry: number
    readonly shutdownTimeout: number
  }
  readonly telemetry: { readonly host: string; readonly port: number | null; readonly rules: boolean }
  readonly log: LogConfig
}

export interface RouteConfig {
  /** `null`: this is no router. */
  readonly key: KeyConfig | null
  readonly operator: string
  readonly topic: string | null
  readonly partitions: number | null
  readonly create: boolean
  readonly purgeReadBy: readonly string[] | null
  readonly withoutKey: 'keep' | 'deadLetters' | 'drop'
}

export interface RuleFilesConfig {
  readonly files: readonly string[]
  /** `null`: as the whole configuration says. */
  readonly alertsFrom: readonly NotificationKind[] | null
}

interface EverySourceConfig {
  readonly name: string
  readonly template: string
  readonly context: string | null
}

interface EveryLineSourceConfig extends EverySourceConfig {
  readonly codec: CodecConfig
  readonly maxLineBytes: number
}

export type SourceConfig =
  | LineSourceConfig
  | (EverySourceConfig & FluentSourceConfig)
  | (EverySourceConfig & KafkaSourceConfig)
  | (EverySourceConfig & OtlpSourceConfig)

export type LineSourceConfig = EveryLineSourceConfig &
  (
    | {
        readonly type: 'file'
        readonly path: string
        readonly startAt: 'beginning' | 'end'
        readonly once: boolean | null
      }
    | { readonly type: 'fifo'; readonly path: string; readonly once: boolean | null }
    | { readonly type: 'stdin'; readonly confirm: boolean }
  )

export type CodecConfig =
  | { readonly type: 'line' | 'syslog' | 'otlp-json' }
  | {
      readonly type: 'json'
      readonly timestampUnit: 's' | 'ms' | 'us' | 'ns'
      readonly fields: Readonly<Record<string, readonly string[] | null>>
    }

export type ValueCodecConfig = CodecConfig | { readonly type: 'otlp-proto' } | { readonly type: 'raw' }

export interface FileConfig {
  readonly type: 'file'
  readonly path: string
}

export type SinkConfig = { readonly name: string } & (
  | { readonly type: 'stdout' }
  | { readonly type: 'file' | 'fifo'; readonly path: string }
  | FluentSinkConfig
  | OtlpSinkConfig
  | KafkaSinkConfig
)

export type TimeConfig =
  | { readonly type: 'arrival' }
  | {
      readonly type: 'record'
      readonly maxAhead: number
      readonly mergeWait: number
      readonly idleAfter: number | null
    }

export interface LogConfig {
  readonly level: 'error' | 'warn' | 'info' | 'debug'
  readonly format: 'auto' | 'json' | 'text'
}
