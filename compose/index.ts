/** The package: a stage inside another program, and the correlator alone. */
export { createStage, type EmbeddedStage } from './create-stage.ts'
export { ConfigurationError } from './configuration-error.ts'
export type { OneOrMore, PartOptions, Parts, RouteOptions, RuleFiles, StageOptions } from './options.ts'
export type { RuleText } from './rules.ts'
export { type PushedRecord, pushSource, PushSource, type PushSourceOptions } from '../adapters/push/source.ts'
export {
  AdapterError,
  type Batch,
  type LateBatch,
  type Position,
  type Sink,
  type Source,
  type SourceStart
} from '../plugin/adapter.ts'
export type { Alert, AlertAttribute } from '../plugin/alert.ts'
export type { NotificationKind } from '../plugin/alerts/settings.ts'
export {
  type DeadRecord,
  lineRecord,
  type LogRecord,
  type RecordMap,
  type RecordScope,
  type RecordValue
} from '../plugin/record.ts'
export type { StageCounters } from '../plugin/stage/counters.ts'
export type { StageHealth, StageStatus, Trouble } from '../plugin/stage/health.ts'
export type { StageLog } from '../plugin/stage/options.ts'
export type { StageEnd } from '../plugin/stage/stage.ts'
export * from '../plugin/index.ts'
