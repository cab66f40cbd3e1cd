import type { Alert } from './alert.ts'
import type { DeadRecord, LogRecord } from './record.ts'

/**
 * The contract between the stage and what touches the outside: sources, sinks, the place where state is kept, and the
 * clock on the wall. `adapters/` implements it.
 */

/** Where a source stands: plain JSON data that only the source understands. */
export type Position = unknown

/** What a source gives at once: records in their order, at most 1,000 of them, settled together. */
export interface Batch {
  readonly records: readonly LogRecord[]
  /** What could not be decoded. It is settled with the batch: dead-lettered before the batch is acknowledged. */
  readonly dead: readonly DeadRecord[]
  /** How many records the source has left out on purpose, by reason, for the counters. */
  readonly dropped?: Readonly<Record<string, number>>
  /** Where the source stands after this batch. */
  readonly position: Position
  /** Names a request that its sender repeats when it is not acknowledged in time: kept in the checkpoint. */
  readonly fingerprint?: string
  /**
   * Settled: every effect is delivered or dead-lettered, and the checkpoint, where there is one, is durable. Called
   * once, in the order of the batches, unless the stage ends before. The stage keeps it and not the batch: it should
   * hold no records.
   */
  readonly ack: () => void | Promise<void>
}

/**
 * Makes a batch when its turn comes: called once, in the order in which they were given, and never where the stage ends
 * before. A source that gives these may be read ahead without records that lie about meanwhile, which every collection
 * of garbage would carry along. What it throws ends the source as a rejection of `next` does.
 */
export type LateBatch = () => Batch

export interface SourceStart {
  /** Where a checkpoint left off; `undefined`: none did. */
  readonly position: Position
  /** Aborted when the stage stops: the source gives what it has taken in already and ends. */
  readonly signal: AbortSignal
  /** Says what keeps it from reading, for health; `undefined`: nothing any more. */
  readonly onTrouble: (problem: string | undefined) => void
}

/** Where records come from. */
export interface Source {
  /** A byte string, unique in its stage; rules see it as the input's name, and checkpoints keep its position by it. */
  readonly name: string
  /** Whether more may come after a pause: a file read to its end (`--once`) is not live. */
  readonly live: boolean
  /** Whether its senders wait for `ack`, now: then nobody is made to wait for the checkpoint interval. */
  readonly awaitsAck: boolean
  /**
   * The batches, in order. The next one is asked for only when there is room: a source holds back what it has not been
   * asked for (back-pressure). Ends at the end of a source that is not live and on abort. What can be mended (a file
   * that is not there yet, a server that is down) it retries by itself and reports by `onTrouble`.
   *
   * @throws AdapterError that can't be mended.
   */
  read(start: SourceStart): AsyncIterable<Batch | LateBatch>
  /** How much is waiting unread, in records or bytes; `undefined` if it can't be known. */
  lag?(): { readonly value: number; readonly unit: 'records' | 'bytes' } | undefined
  /** Safe to call twice and before `read`. */
  close(): Promise<void>
}

/** Where alerts go. */
export interface Sink {
  readonly name: string
  /** Opens it. Retried by the stage as `write` is. */
  open?(signal: AbortSignal): Promise<void>
  /**
   * Delivers alerts in order. When it has thrown, how many were delivered is unknown: the stage gives all of them again
   * unless the error names those that are refused for good. An error that is not retryable and names none says that
   * this sink takes nothing any more: the stage fails.
   *
   * @throws AdapterError
   */
  write(alerts: readonly Alert[], signal: AbortSignal): Promise<void>
  /** Makes durable what was written: before each checkpoint and at the end. */
  flush(): Promise<void>
  /** The uids of the alerts that it delivered last, so that after a restart none of them is delivered twice. */
  delivered?(): Promise<ReadonlySet<string>>
  close(): Promise<void>
}

/** Where what can't be processed or delivered goes. */
export interface DeadLetterSink {
  readonly name: string
  write(letters: readonly DeadLetter[], signal: AbortSignal): Promise<void>
  flush(): Promise<void>
  close(): Promise<void>
}

export type DeadLetter =
  | { readonly type: 'record'; readonly record: DeadRecord; readonly time: number }
  /** An alert that a sink refused for good. */
  | {
      readonly type: 'alert'
      readonly alert: Alert
      readonly sink: string
      readonly reason: string
      readonly time: number
    }

/** What an adapter could not do. */
export class AdapterError extends Error {
  readonly code: string
  /** Whether the same may succeed later. */
  readonly retryable: boolean
  /** Of a `write`: indexes of the alerts that are refused for good, all others being delivered. */
  readonly refused: readonly number[]

  constructor(
    message: string,
    options: {
      readonly code: string
      readonly retryable: boolean
      readonly refused?: readonly number[]
      readonly cause?: unknown
    }
  ) {
    super(message, { cause: options.cause })
    this.name = 'AdapterError'
    this.code = options.code
    this.retryable = options.retryable
    this.refused = options.refused ?? []
  }
}

/** Changes of state as it is kept: key → value, both latin1 strings. No value is longer than 256 KiB. */
export interface StateChanges {
  readonly set: ReadonlyMap<string, string>
  readonly deleted: readonly string[]
}

export interface Checkpoint {
  readonly entries: ReadonlyMap<string, string>
  /** What was noted since, in order. */
  readonly notes: readonly string[]
}

/** Where a checkpoint is kept. */
export interface CheckpointStore {
  readonly name: string
  /** The last checkpoint that is whole; `undefined`: there was none. @throws AdapterError */
  load(): Promise<Checkpoint | undefined>
  /**
   * Makes a checkpoint durable: all of it or nothing. `notes` are those made so far that it does not cover; all others
   * are forgotten.
   *
   * @throws AdapterError
   */
  save(changes: StateChanges, notes: readonly string[]): Promise<void>
  /** Keeps a note until the next checkpoint; it outlives the process, not the machine. At once. */
  note(note: string): void
  close(): Promise<void>
}

/** The clock on the wall and its timers, which `plugin/` has no other way to. */
export interface WallClock {
  /** Milliseconds since Epoch. */
  now(): number
  /** Milliseconds that only ever go on. */
  monotonic(): number
  /** Resolves after `ms`, or at once on abort. */
  delay(ms: number, signal?: AbortSignal): Promise<void>
  /** Lets everything else that waits go first. */
  yield(): Promise<void>
  /** For jitter: from 0 to below 1. */
  random(): number
}
