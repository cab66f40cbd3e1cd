import { type Cause, furtherCause, recordCause } from './cause.ts'
import type { LogRecord } from '../record.ts'
import type { NotificationKind, StageSettings } from './settings.ts'

/** What the correlator needs for raising alerts: in whose name, and why it acts at this moment. */
export class Alerting {
  readonly settings: StageSettings
  /** Whether an event is being matched, and nothing else goes on meanwhile. */
  isEvent = false
  /** How many inputs without an id of their own there were: lines without a record, events of SEC's own, output of programs. */
  inputs: number
  #cause: Cause = { id: 'start', record: '' }
  /** The record whose cause it is, as long as nobody has asked for that. */
  #record: LogRecord | undefined
  #ordinal = 0
  readonly #kinds = new Map<string, ReadonlySet<NotificationKind>>()

  constructor(settings: StageSettings, inputs: number) {
    this.settings = settings
    this.inputs = inputs
  }

  /** Why the correlator acts now. */
  get cause(): Cause {
    if (this.#record !== undefined) {
      this.#cause = recordCause(this.#record)
      this.#record = undefined
    }
    return this.#cause
  }

  /** An event comes up that is to be matched. Nothing else goes on. */
  startEvent(cause: Cause | LogRecord): void {
    if ('body' in cause) this.#record = cause
    else {
      this.#cause = cause
      this.#record = undefined
    }
    this.#ordinal = 0
    this.isEvent = true
  }

  endEvent(): void {
    this.isEvent = false
  }

  /** Runs `body` because of `cause`; then what was going on goes on with its own. */
  because(cause: Cause, body: () => void): void {
    const before = { cause: this.cause, isEvent: this.isEvent, ordinal: this.#ordinal }
    this.#cause = cause
    this.isEvent = false
    this.#ordinal = 0
    try {
      body()
    } finally {
      this.#cause = before.cause
      this.isEvent = before.isEvent
      this.#ordinal = before.ordinal
    }
  }

  /** Number of the next thing that the present cause leads to, from 1. */
  nextOrdinal(): number {
    return ++this.#ordinal
  }

  /** Of an event that the present cause leads to. */
  causeOfEvent(): Cause {
    return furtherCause(this.cause, `event ${this.nextOrdinal()}`)
  }

  /** Of an input without an id of its own: it is known by its number only. */
  causeOfInput(kind: string): Cause {
    return { id: `${kind}/${++this.inputs}`, record: '' }
  }

  /** Whether a kind of notification of a rule file becomes alerts. */
  covers(kind: NotificationKind, file: string): boolean {
    let kinds = this.#kinds.get(file)
    if (kinds === undefined) {
      kinds = this.settings.alertsFrom(file)
      this.#kinds.set(file, kinds)
    }
    return kinds.has(kind)
  }
}
