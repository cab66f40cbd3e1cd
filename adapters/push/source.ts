import type { Batch, Source, SourceStart } from '../../plugin/adapter.ts'
import { lineRecord, type LogRecord } from '../../plugin/record.ts'
import { encodeUtf8 } from '../../plugin/utf8.ts'
import { recordMap, recordValue } from './record-value.ts'

/** A batch is settled together; the stage wants no more at once. */
const MOST_IN_BATCH = 1000

export interface PushSourceOptions {
  /** What rules see as the input's name. */
  readonly name: string
  /** How many records wait until the stage takes them, 10,000 by default. What is more is dropped and counted. */
  readonly maxWaiting?: number
}

/**
 * A record as a program gives it: texts are ordinary strings, times milliseconds since Epoch, and values whatever
 * there is. They are copied.
 */
export interface PushedRecord {
  readonly body: unknown
  readonly attributes?: object
  readonly resource?: object
  readonly scope?: { readonly name: string; readonly version?: string; readonly attributes?: object }
  /** 1 to 24. */
  readonly severityNumber?: number
  readonly severityText?: string
  readonly timestamp?: number
  /** By default the time of `push`. */
  readonly observedTimestamp?: number
  readonly traceId?: string
  readonly spanId?: string
  readonly traceFlags?: number
  readonly eventName?: string
  readonly tag?: string
}

interface Waiter {
  /** How many records must be settled. */
  readonly upTo: number
  readonly resolve: (isSettled: boolean) => void
}

/** A source that a program pushes records into. What is not settled when the process ends is gone. */
export class PushSource implements Source {
  /** A byte string. */
  readonly name: string
  readonly live = true
  readonly #maxWaiting: number
  readonly #idPrefix: string
  #records: LogRecord[] = []
  #pushed = 0
  #taken = 0
  #settled = 0
  #dropped = 0
  /** By reason, since the last batch. */
  #newlyDropped: Record<string, number> = {}
  #isOver = false
  #isClosed = false
  /** Somebody waits for what was taken already: an empty batch lets the stage know. */
  #isNudged = false
  #waiters: Waiter[] = []
  #onRoom: (() => void)[] = []
  #onNews: () => void = () => {}

  constructor({ name, maxWaiting = 10_000 }: PushSourceOptions) {
    this.name = encodeUtf8(name)
    this.#maxWaiting = maxWaiting
    // What another process was given has other ids.
    this.#idPrefix = `push:${this.name}:${Date.now()}:`
  }

  /** While somebody waits for `settled`. */
  get awaitsAck(): boolean {
    return this.#waiters.length > 0
  }

  /** How many records were not taken, because too many waited or the stage had ended. */
  get dropped(): number {
    return this.#dropped
  }

  /**
   * Gives a record to the stage. False: it is dropped, since too many wait (`ready` waits for room) or the stage has
   * ended.
   *
   * @throws what a getter in the record throws
   */
  push(record: PushedRecord): boolean {
    if (this.#isOver) return this.#drop('source-ended')
    if (this.#records.length >= this.#maxWaiting) return this.#drop('queue-full')
    this.#records.push(this.#recordOf(record))
    this.#pushed++
    this.#onNews()
    return true
  }

  /** Resolves when there is room for a record, or there will never be any. */
  async ready(): Promise<void> {
    while (!this.#isOver && this.#records.length >= this.#maxWaiting) {
      await new Promise<void>(resolve => this.#onRoom.push(resolve))
    }
  }

  /** Resolves when all records so far are settled: their alerts delivered. False: the stage has ended before. */
  settled(): Promise<boolean> {
    if (this.#settled >= this.#pushed) return Promise.resolve(true)
    if (this.#isClosed) return Promise.resolve(false)
    return new Promise(resolve => {
      this.#waiters.push({ upTo: this.#pushed, resolve })
      this.#isNudged = true
      this.#onNews()
    })
  }

  /** Nothing comes any more: when the records that wait are settled, the stage ends, if this is its only source. */
  end(): void {
    this.#isOver = true
    this.#onNews()
    this.#tellRoom()
  }

  async *read({ signal }: SourceStart): AsyncGenerator<Batch> {
    const end = (): void => this.end()
    if (signal.aborted) end()
    signal.addEventListener('abort', end, { once: true })
    for (;;) {
      if (this.#records.length > 0 || this.#isNudged) yield this.#batch()
      else if (this.#isOver) return
      else await new Promise<void>(resolve => (this.#onNews = resolve))
    }
  }

  lag(): { readonly value: number; readonly unit: 'records' } {
    return { value: this.#records.length, unit: 'records' }
  }

  close(): Promise<void> {
    this.#isClosed = true
    this.end()
    this.#dropped += this.#records.length
    this.#records = []
    const waiters = this.#waiters
    this.#waiters = []
    for (const { resolve } of waiters) resolve(false)
    return Promise.resolve()
  }

  #batch(): Batch {
    this.#isNudged = false
    const records = this.#records.splice(0, MOST_IN_BATCH)
    const dropped = this.#newlyDropped
    this.#newlyDropped = {}
    this.#taken += records.length
    const upTo = this.#taken
    this.#tellRoom()
    return { records, dead: [], dropped, position: undefined, ack: () => this.#acknowledge(upTo) }
  }

  #acknowledge(upTo: number): void {
    this.#settled = upTo
    const done = this.#waiters.filter(waiter => waiter.upTo <= upTo)
    this.#waiters = this.#waiters.filter(waiter => waiter.upTo > upTo)
    for (const { resolve } of done) resolve(true)
  }

  #drop(reason: string): false {
    this.#dropped++
    this.#newlyDropped[reason] = (this.#newlyDropped[reason] ?? 0) + 1
    return false
  }

  #tellRoom(): void {
    const waiting = this.#onRoom
    this.#onRoom = []
    for (const each of waiting) each()
  }

  #recordOf({ body, attributes, resource, scope, ...given }: PushedRecord): LogRecord {
    const id = `${this.#idPrefix}${this.#pushed}`
    return {
      ...lineRecord(id, this.name, '', given.observedTimestamp ?? Date.now(), encodeUtf8(given.tag ?? '')),
      body: recordValue(body),
      ...(attributes !== undefined && { attributes: recordMap(attributes) }),
      ...(resource !== undefined && { resource: recordMap(resource) }),
      ...(scope !== undefined && {
        scope: {
          name: encodeUtf8(scope.name),
          version: encodeUtf8(scope.version ?? ''),
          attributes: recordMap(scope.attributes ?? {})
        }
      }),
      severityNumber: given.severityNumber ?? 0,
      severityText: encodeUtf8(given.severityText ?? ''),
      timestamp: given.timestamp,
      traceId: given.traceId ?? '',
      spanId: given.spanId ?? '',
      traceFlags: given.traceFlags ?? 0,
      eventName: encodeUtf8(given.eventName ?? '')
    }
  }
}

/** A source for `createStage` that the program pushes records into. */
export function pushSource(options: PushSourceOptions): PushSource {
  return new PushSource(options)
}
