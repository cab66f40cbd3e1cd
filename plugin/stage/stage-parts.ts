import type { Checkpoint } from '../adapter.ts'
import { type ArrivalNote, ArrivalNotes, parseNote } from './arrival-notes.ts'
import type { CounterRecord } from './counters.ts'
import { Delivery } from './delivery.ts'
import { Fingerprints } from './fingerprints.ts'
import type { LimitedLog } from './limited-log.ts'
import type { StageOptions } from './options.ts'
import { Settlement } from './settlement.ts'
import { SinkWriter } from './sink-writer.ts'
import { StageHost } from './stage-host.ts'
import { StepRunner } from './step-runner.ts'
import { Turn } from './turn.ts'

/** The stage's own entry in a checkpoint. */
const STAGE_KEY = 'stage'
const STAGE_VERSION = 1

export interface StageSurroundings {
  readonly counters: CounterRecord
  readonly limitedLog: LimitedLog
  /** Makes an attempt until it succeeds. @throws AdapterError for good; GivenUp */
  readonly persist: (component: string, attempt: () => Promise<void>) => Promise<void>
  /** Aborted when nothing is waited for any more. */
  readonly abandoned: AbortSignal
  readonly onProgress: () => void
  readonly onDeliveryEnd: (error: unknown) => void
}

/** What a stage works with between its start and its end. */
export interface StageParts {
  readonly sinks: readonly SinkWriter[]
  readonly delivery: Delivery
  readonly settlement: Settlement
  readonly notes: ArrivalNotes
  readonly fingerprints: Fingerprints
  readonly turn: Turn
  readonly runner: StepRunner
  readonly limitedLog: LimitedLog
  /** All that the checkpoint holds. */
  readonly entries: ReadonlyMap<string, string>
  /** The state is that of a checkpoint: SEC_STARTUP was given in an earlier life. */
  readonly isRestored: boolean
  /** Steps after that checkpoint that an earlier life has noted. */
  readonly noted: readonly ArrivalNote[]
}

/** Puts a stage's parts together, on the state of a checkpoint if there is one. */
export function createParts(
  options: StageOptions,
  checkpoint: Checkpoint | undefined,
  { counters, limitedLog, persist, abandoned, onProgress, onDeliveryEnd }: StageSurroundings
): StageParts {
  const { deadLetters, checkpoints, effects, clock, log, tracing, settings } = options
  const isRecordTime = settings.time.type === 'record'
  const entries: ReadonlyMap<string, string> = checkpoint?.entries ?? new Map()
  const isRestored = entries.has(STAGE_KEY)
  const noted = (checkpoint?.notes ?? []).flatMap(text => parseNote(text) ?? [])

  const sinks = options.sinks.map(
    sink =>
      new SinkWriter({
        sink,
        // Also before the first checkpoint: a life that ended without one may have delivered.
        restarted: checkpoints !== undefined,
        signal: abandoned,
        persist: attempt => persist(`sink ${sink.name}`, attempt)
      })
  )
  const delivery = new Delivery({
    sinks,
    deadLetters,
    counters,
    limitedLog,
    persist,
    signal: abandoned,
    now: () => clock.now(),
    tracing,
    onProgress,
    onEnd: onDeliveryEnd
  })
  const notes = new ArrivalNotes(checkpoints, error => {
    counters.notesLost++
    limitedLog.log(2, 'the arrival of records could not be noted', '', { error: String(error) })
  })
  notes.restore(checkpoint?.notes ?? [])
  const fingerprints = new Fingerprints()
  fingerprints.restore(entries)
  const correlator = options.correlator({
    host: new StageHost(log, limitedLog, effects, alert => delivery.addAlert(alert)),
    now: isRecordTime ? undefined : (noted[0]?.seconds ?? Math.floor(clock.now() / 1000)),
    startupEvent: isRecordTime && settings.internalEvents,
    state: isRestored ? entries : undefined,
    trackChanges: checkpoints !== undefined
  })
  if (isRestored) {
    const awaited = correlator.forgetPrograms()
    if (awaited > 0) {
      log.log(
        3,
        'programs that ran before the restart are not heard any more: their rules run neither list',
        {
          programs: awaited
        }
      )
    }
  }
  const settlement = new Settlement({
    correlator,
    delivery,
    sinks,
    flushDeadLetters: async () => {
      if (deadLetters === undefined) return
      await persist(`dead letters ${deadLetters.name}`, () => deadLetters.flush())
    },
    checkpoints,
    notes,
    fingerprints,
    counters,
    limitedLog,
    persist,
    now: () => clock.now(),
    tracing,
    monotonic: () => clock.monotonic()
  })
  if (!isRestored) settlement.keep(STAGE_KEY, JSON.stringify({ version: STAGE_VERSION }))
  const turn = new Turn(clock)
  const runner = new StepRunner({ correlator, turn, log: (level, message) => log.log(level, message) })
  return {
    sinks,
    delivery,
    settlement,
    notes,
    fingerprints,
    turn,
    runner,
    limitedLog,
    entries,
    isRestored,
    noted
  }
}
