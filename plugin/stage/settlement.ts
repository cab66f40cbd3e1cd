import type { Batch, CheckpointStore, Position, StateChanges } from '../adapter.ts'
import type { ArrivalNotes } from './arrival-notes.ts'
import type { CounterRecord } from './counters.ts'
import type { Delivery } from './delivery.ts'
import type { Fingerprints } from './fingerprints.ts'
import type { LimitedLog } from './limited-log.ts'
import type { StageTracing } from './options.ts'
import type { SinkWriter } from './sink-writer.ts'
import type { StageCorrelator } from './stage-correlator.ts'

export interface SettlementOptions {
  readonly correlator: StageCorrelator
  readonly delivery: Delivery
  readonly sinks: readonly SinkWriter[]
  readonly flushDeadLetters: () => Promise<void>
  readonly checkpoints: CheckpointStore | undefined
  readonly notes: ArrivalNotes
  readonly fingerprints: Fingerprints
  readonly counters: CounterRecord
  readonly limitedLog: LimitedLog
  /** Makes an attempt until it succeeds. @throws AdapterError for good; GivenUp */
  readonly persist: (component: string, attempt: () => Promise<void>) => Promise<void>
  readonly now: () => number
  readonly tracing: StageTracing | undefined
  readonly monotonic: () => number
}

/** What is left of a batch: its records are not kept. */
interface UnsettledBatch {
  readonly source: string
  readonly records: number
  readonly ack: Batch['ack']
}

/**
 * Settles what was processed, always in this order: every effect delivered or dead-lettered and made durable by its
 * sink; then state, positions and fingerprints durable; then the batches acknowledged, in order. Steps go on meanwhile:
 * what they change belongs to the next settlement. Whoever calls `settle` stands between two steps.
 */
export class Settlement {
  readonly #options: SettlementOptions
  #batches: UnsettledBatch[] = []
  #positions = new Map<string, Position>()
  #records = 0
  #isUnderWay = false
  #startedAt: number
  /** Entries of the stage's own that no checkpoint holds yet. */
  #own = new Map<string, string>()
  #more: () => StateChanges = () => ({ set: new Map(), deleted: [] })

  constructor(options: SettlementOptions) {
    this.#options = options
    this.#startedAt = options.monotonic()
  }

  get isUnderWay(): boolean {
    return this.#isUnderWay
  }

  /** Batches that wait to be settled and are not part of a settlement under way. */
  get hasBatches(): boolean {
    return this.#batches.length > 0
  }

  /** Records of batches that are not acknowledged. */
  get records(): number {
    return this.#records
  }

  /** When the last settlement began, monotonic. */
  get startedAt(): number {
    return this.#startedAt
  }

  /** A batch is processed. */
  add(source: string, batch: Batch): void {
    const { ack, position, records } = batch
    this.#batches.push({ source, records: records.length, ack })
    this.#records += records.length
    if (position !== undefined) this.#positions.set(source, position)
  }

  /** An entry of the stage's own for the next checkpoint. */
  keep(key: string, value: string): void {
    this.#own.set(key, value)
  }

  /** `changes` gives further entries, each time what changed since the last. */
  keepMore(changes: () => StateChanges): void {
    this.#more = changes
  }

  /** @throws AdapterError for good; GivenUp. Then nothing is settled any more. */
  async settle(): Promise<void> {
    const { delivery, sinks, flushDeadLetters, checkpoints, notes, counters, now, monotonic } = this.#options
    this.#isUnderWay = true
    this.#startedAt = monotonic()
    const batches = this.#batches
    this.#batches = []
    // Before anything is waited for: this is where the steps are that the checkpoint covers.
    const changes = checkpoints === undefined ? undefined : this.#changes()
    notes.mark()
    await delivery.delivered()
    await Promise.all([...sinks.map(sink => sink.flush()), flushDeadLetters()])
    if (checkpoints !== undefined && changes !== undefined) {
      const saveStart = now()
      const saving = monotonic()
      await this.#options.persist('checkpoint', () => checkpoints.save(changes, notes.uncovered))
      notes.forgetCovered()
      counters.checkpoints++
      counters.lastCheckpointAt = now()
      counters.lastCheckpointMs = monotonic() - saving
      const entries = changes.set.size + changes.deleted.length
      this.#options.tracing?.done(
        'checkpoint',
        { start: saveStart, end: now() },
        { 'correlog.entries': entries }
      )
    }
    for (const each of batches) await this.#acknowledge(each)
    this.#isUnderWay = false
  }

  #changes(): StateChanges {
    const { correlator, fingerprints } = this.#options
    const { set, deleted } = correlator.changes()
    const requests = fingerprints.changes()
    const more = this.#more()
    const all = new Map([...set, ...requests.set, ...more.set, ...this.#own])
    for (const [source, position] of this.#positions) all.set(positionKey(source), JSON.stringify(position))
    this.#positions = new Map()
    this.#own = new Map()
    return { set: all, deleted: [...deleted, ...requests.deleted, ...more.deleted] }
  }

  async #acknowledge({ source, records, ack }: UnsettledBatch): Promise<void> {
    const { counters, limitedLog } = this.#options
    this.#records -= records
    try {
      await ack()
    } catch (error) {
      // Settled it is: what a sender does not hear of it sends again.
      counters.acksFailed++
      limitedLog.log(3, 'a batch could not be acknowledged', source, { source, error: String(error) })
    }
  }
}

export function positionKey(source: string): string {
  return `${POSITION}${source}`
}

/** The sources whose positions a checkpoint holds. */
export function sourcesWithPosition(entries: ReadonlyMap<string, string>): string[] {
  return [...entries.keys()].filter(key => key.startsWith(POSITION)).map(key => key.slice(POSITION.length))
}

const POSITION = 'position/'
