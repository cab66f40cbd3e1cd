import type { StageConfig } from '../config/stage/stage-config.ts'
import type { Sink, Source } from '../plugin/adapter.ts'
import type { NotificationKind } from '../plugin/alerts/settings.ts'
import type { StageLog } from '../plugin/stage/options.ts'
import type { RuleText } from './rules.ts'

/**
 * What a stage is made of: the keys of the configuration file (docs/configuration.md), with the same defaults, beside
 * own sources, sinks and rules. Texts are ordinary strings; they are matched as UTF-8. Times are in seconds.
 */
export interface StageOptions {
  readonly application?: string
  /** Patterns of rule files, and rules as texts. */
  readonly rules: OneOrMore<string | RuleFiles | RuleText>
  readonly alertsFrom?: OneOrMore<NotificationKind>
  /** By name, or a list: URLs (`file:in.jsonl?codec=json`), options with their `type`, or sources of your own. */
  readonly sources: Parts<Source>
  /** As `sources`: `stdout:`, `file:alerts.jsonl`, or sinks of your own. */
  readonly sinks: Parts<Sink>
  /** A file. */
  readonly deadLetters?: string | PartOptions | null
  /** A folder for checkpoints. */
  readonly state?: string | PartOptions | null
  readonly time?: 'arrival' | 'record' | PartOptions
  readonly once?: boolean
  readonly atEnd?: 'keep' | 'fire'
  readonly matchOwnAlerts?: boolean
  readonly effects?: Partial<StageConfig['effects']>
  readonly perl?: Partial<StageConfig['perl']>
  readonly sec?: Partial<StageConfig['sec']>
  readonly delivery?: Partial<StageConfig['delivery']>
  /** Of a router, which has Kafka sources and no sinks (docs/kafka-routing.md). */
  readonly route?: RouteOptions
  /** Takes what should be known, its texts as byte strings (latin1); without it nothing is said. */
  readonly log?: StageLog
  /** The time zone of Calendar rules, as in TZ; by default that of the machine. */
  readonly timeZone?: string
  /** Its timers do not keep the process running: for a stage that only watches the program. */
  readonly background?: boolean
}

export interface RouteOptions extends Partial<Omit<StageConfig['route'], 'key'>> {
  /** `regexp:…`, `field:…` or `cel:…`, or its options with their `type`. */
  readonly key: string | PartOptions
}

export interface RuleFiles {
  readonly files: OneOrMore<string>
  readonly alertsFrom?: OneOrMore<NotificationKind>
}

export type OneOrMore<Item> = Item | readonly Item[]

/** The keys of its type in the configuration file; what is wrong with them `createStage` says. */
export interface PartOptions {
  readonly type: string
  readonly [option: string]: unknown
}

export type Parts<Own> =
  | string
  | Own
  | readonly (string | PartOptions | Own)[]
  | { readonly [name: string]: string | PartOptions | Own }
