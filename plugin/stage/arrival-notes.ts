import type { CheckpointStore } from '../adapter.ts'

/** A step as it is noted before it is run, so that after a crash the same second sees the same records. */
export type ArrivalNote =
  /** SEC_STARTUP and the first pass. */
  | { readonly type: 'start'; readonly seconds: number }
  | { readonly type: 'tick'; readonly seconds: number }
  | {
      readonly type: 'records'
      readonly seconds: number
      readonly count: number
      readonly source: string
    }

/**
 * The steps since the last checkpoint, noted in arrival time: second, source and number of records. Steps of sources
 * without positions are not noted: nobody gives their records again in the same order.
 */
export class ArrivalNotes {
  readonly #store: CheckpointStore | undefined
  readonly #onLoss: (error: unknown) => void
  #notes: string[] = []
  /** How many of them the checkpoint covers that is being made. */
  #covered = 0

  constructor(store: CheckpointStore | undefined, onLoss: (error: unknown) => void) {
    this.#store = store
    this.#onLoss = onLoss
  }

  get size(): number {
    return this.#notes.length
  }

  add(note: ArrivalNote): void {
    if (this.#store === undefined) return
    const text = formatNote(note)
    this.#notes.push(text)
    try {
      this.#store.note(text)
    } catch (error) {
      this.#onLoss(error)
    }
  }

  /** After a crash: what was noted is still to be covered by a checkpoint. */
  restore(notes: readonly string[]): void {
    this.#notes = [...notes]
  }

  /** The checkpoint that is now made covers all steps up to here. */
  mark(): void {
    this.#covered = this.#notes.length
  }

  get uncovered(): readonly string[] {
    return this.#notes.slice(this.#covered)
  }

  /** It is durable. */
  forgetCovered(): void {
    this.#notes = this.#notes.slice(this.#covered)
    this.#covered = 0
  }
}

/** `start SECONDS`, `tick SECONDS`, `records SECONDS COUNT SOURCE`. */
function formatNote(note: ArrivalNote): string {
  const { type, seconds } = note
  return type === 'records' ? `records ${seconds} ${note.count} ${note.source}` : `${type} ${seconds}`
}

/** `undefined`: no such note. */
export function parseNote(text: string): ArrivalNote | undefined {
  const records = /^records (\d+) (\d+) (.*)$/s.exec(text)
  if (records !== null) {
    const [, seconds, count, source = ''] = records
    return { type: 'records', seconds: Number(seconds), count: Number(count), source }
  }
  const step = /^(start|tick) (\d+)$/.exec(text)
  if (step === null) return undefined
  return { type: step[1] as 'start' | 'tick', seconds: Number(step[2]) }
}
