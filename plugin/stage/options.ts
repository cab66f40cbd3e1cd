import type { CheckpointStore, DeadLetterSink, Sink, Source, WallClock } from '../adapter.ts'
import type { Effect, LogLevel } from '../host.ts'
import type { LogRecord } from '../record.ts'
import type { Backoff } from './retry.ts'
import type { CorrelatorStart, StageCorrelator } from './stage-correlator.ts'

export interface StageOptions {
  /** Whose alerts these are: `correlog.application`, by which they are recognised when they come back. */
  readonly application: string
  readonly sources: readonly StageSource[]
  readonly sinks: readonly Sink[]
  /** Without it what cannot be processed is counted and logged, and is gone. */
  readonly deadLetters?: DeadLetterSink | undefined
  /** Without it open windows die with the process. */
  readonly checkpoints?: CheckpointStore | undefined
  /** Called once, when the checkpoint is read. */
  readonly correlator: (start: CorrelatorStart) => StageCorrelator
  /** Carries out what is no alert: files, programs. */
  readonly effects?: StageEffects | undefined
  readonly clock: WallClock
  readonly log: StageLog
  readonly tracing?: StageTracing | undefined
  readonly settings: StageSettings
}

/** Hears what the stage has done, once for each step, delivery and checkpoint, never for a record. */
export interface StageTracing {
  /** `start` and `end`: milliseconds since Epoch. `error`: it has failed. */
  done(
    what: 'step' | 'delivery' | 'checkpoint',
    times: { readonly start: number; readonly end: number },
    counts: Readonly<Record<string, number>>,
    error?: unknown
  ): void
}

export interface StageSource {
  readonly source: Source
  /** The text that rules match. */
  readonly line: (record: LogRecord) => string
  /** The context in whose name its lines are matched, as `--input=…=CONTEXT` gives it; or that of each record. */
  readonly context?: string | ((record: LogRecord) => string | undefined) | undefined
}

/** A constant sentence, and fields for what varies. */
export interface StageLog {
  /** Messages above this level are not built. */
  readonly level: LogLevel
  log(level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>): void
}

export type ChildInput =
  | { readonly child: number; readonly pid: number; readonly line: string }
  | { readonly child: number; readonly pid: number; readonly exitCode: number }

export interface StageEffects {
  /** Done when it returns. Must not throw. */
  effect(effect: Exclude<Effect, { type: 'alert' }>): void
  /** What programs printed, and their exits. Call `Stage.wake` when there is something new. */
  takeChildEvents(): Iterable<ChildInput>
}

export interface StageSettings {
  readonly time: { readonly type: 'arrival' } | RecordTimeSettings
  /** The longest time between two checkpoints while there is something new. */
  readonly checkpointIntervalMs: number
  /** For how long an orderly end may take before what is unsettled is given up. */
  readonly shutdownTimeoutMs: number
  /**
   * No step is run while a settlement is under way, for sinks that only collect and a store that commits it all as one:
   * what a later step raises must not be part of it.
   */
  readonly settleApart: boolean
  /** Sources are not asked while so many records are taken in and not acknowledged. */
  readonly maxInFlightRecords: number
  /** Sources are not asked, and no timer runs, while alerts of so many bytes are not delivered. */
  readonly maxInFlightAlertBytes: number
  readonly backoff: Backoff
  /** Gives rules SEC_STARTUP and SEC_SHUTDOWN, as `--intevents`. */
  readonly internalEvents: boolean
  /** Own alerts that come back are matched like any other record. */
  readonly matchOwnAlerts: boolean
  /** Whether the rules keep anything over records, so that the start warns where nothing is kept over processes. */
  readonly rulesKeepState: boolean
}

/** The clock is the records' own time. */
export interface RecordTimeSettings {
  readonly type: 'record'
  /** How long a record waits, at most, for those of other live sources that may belong before it. */
  readonly mergeWaitMs: number
  /** How far a record's own time may be after its observed one, to be taken. */
  readonly maxAheadMs: number
  /** Wall time without a record after which the clock goes on by itself; `undefined`: it does not. */
  readonly idleAfterMs: number | undefined
  /** What becomes of timers that are open when all sources have come to their end. */
  readonly atEnd: 'keep' | 'fire'
}

export const DEFAULT_SETTINGS: StageSettings = {
  time: { type: 'arrival' },
  checkpointIntervalMs: 250,
  shutdownTimeoutMs: 10_000,
  settleApart: false,
  maxInFlightRecords: 100_000,
  maxInFlightAlertBytes: 16 * 1024 * 1024,
  backoff: { firstMs: 100, mostMs: 5_000 },
  internalEvents: false,
  matchOwnAlerts: false,
  rulesKeepState: true
}
