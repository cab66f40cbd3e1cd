import {
  AdapterError,
  type Batch,
  type LateBatch,
  type Checkpoint,
  type CheckpointStore,
  type DeadLetter,
  type DeadLetterSink,
  type Sink,
  type Source,
  type SourceStart,
  type StateChanges
} from '../../plugin/adapter.ts'
import type { Alert } from '../../plugin/alert.ts'
import { type DeadRecord, lineRecord } from '../../plugin/record.ts'

/** What happens at a moment that a test chooses: nothing, or an error that is thrown. */
export type Fault = () => Error | undefined

const NO_FAULT: Fault = () => undefined

export function retryable(message: string): AdapterError {
  return new AdapterError(message, { code: 'TEST', retryable: true })
}

export function permanent(message: string, refused: readonly number[] = []): AdapterError {
  return new AdapterError(message, { code: 'TEST', retryable: false, refused })
}

/** A place for logs of lines that outlives the sources that read it, as a file or a topic does. */
export class MemoryLog {
  readonly lines: string[] = []
  #onNews: (() => void)[] = []
  #isOver = false

  push(...lines: readonly string[]): void {
    this.lines.push(...lines)
    this.#tell()
  }

  /** Nothing comes any more. */
  end(): void {
    this.#isOver = true
    this.#tell()
  }

  get isOver(): boolean {
    return this.#isOver
  }

  news(): Promise<void> {
    return new Promise(resolve => {
      this.#onNews.push(resolve)
    })
  }

  wake(): void {
    this.#tell()
  }

  #tell(): void {
    const waiting = this.#onNews
    this.#onNews = []
    for (const each of waiting) each()
  }
}

export interface MemorySourceOptions {
  readonly name?: string
  readonly log: MemoryLog
  readonly batchSize?: number
  readonly awaitsAck?: boolean
  /** Lines that are no records. */
  readonly isBad?: (line: string) => boolean
  readonly fingerprint?: (lines: readonly string[]) => string
  /** When a line happened, in milliseconds since Epoch. */
  readonly timeOf?: (line: string) => number | undefined
  readonly live?: boolean
  /** Each batch takes a turn of the event loop. */
  readonly isSlow?: boolean
  /** Its records come only once: no position. */
  readonly hasPosition?: boolean
}

/** Reads a `MemoryLog`; its position is the number of lines before it. Every second batch is made late. */
export class MemorySource implements Source {
  readonly name: string
  readonly live: boolean
  readonly awaitsAck: boolean
  readonly #options: MemorySourceOptions
  /** How far it was asked for batches, and how far these were acknowledged. */
  given = 0
  acknowledged = 0
  batchesGiven = 0
  closed = 0
  readonly acks: number[] = []
  onAck: (position: number) => void = () => {}

  constructor(options: MemorySourceOptions) {
    this.#options = options
    this.name = options.name ?? 'memory'
    this.awaitsAck = options.awaitsAck ?? false
    this.live = options.live ?? true
  }

  async *read({ position, signal }: SourceStart): AsyncGenerator<Batch | LateBatch> {
    const {
      log,
      batchSize = 10,
      isBad = () => false,
      timeOf = () => undefined,
      fingerprint,
      hasPosition = true
    } = this.#options
    let next = typeof position === 'number' ? position : 0
    this.given = next
    const wake = (): void => log.wake()
    signal.addEventListener('abort', wake)
    for (;;) {
      while (next >= log.lines.length && !log.isOver && !signal.aborted) await log.news()
      if (this.#options.isSlow === true) await new Promise(resolve => setImmediate(resolve))
      if (signal.aborted || next >= log.lines.length) return
      const start = next
      const lines = log.lines.slice(start, start + batchSize)
      next = start + lines.length
      const end = next
      this.given = end
      this.batchesGiven++
      let isMade = false
      const make = (): Batch => {
        if (isMade) throw new Error('a batch is made twice')
        isMade = true
        const dead: DeadRecord[] = []
        const records = lines.flatMap((line, index) => {
          const id = `${this.name}:${start + index}`
          if (!isBad(line)) {
            return [{ ...lineRecord(id, this.name, line, undefined), timestamp: timeOf(line) }]
          }
          dead.push({ id, source: this.name, reason: 'a bad line', code: 'bad', value: line })
          return []
        })
        return {
          records,
          dead,
          position: hasPosition ? end : undefined,
          ...(fingerprint !== undefined && { fingerprint: fingerprint(lines) }),
          ack: () => {
            this.acknowledged = end
            this.acks.push(end)
            this.onAck(end)
          }
        }
      }
      yield this.batchesGiven % 2 === 0 ? make : make()
    }
  }

  close(): Promise<void> {
    this.closed++
    return Promise.resolve()
  }
}

export interface MemorySinkOptions {
  readonly name?: string
  /** Asked before each write, flush and opening. */
  readonly fault?: Fault
  /** Where the alerts are; outlives the sink. */
  readonly alerts?: Alert[]
  /** Tells what it was given. */
  readonly knowsDelivered?: boolean
}

export class MemorySink implements Sink {
  readonly name: string
  readonly alerts: Alert[]
  readonly delivered?: () => Promise<ReadonlySet<string>>
  readonly #fault: Fault
  /** Alerts that a flush has made durable. */
  flushed = 0
  writes = 0
  closed = 0

  constructor({ name = 'memory', fault = NO_FAULT, alerts = [], knowsDelivered }: MemorySinkOptions = {}) {
    this.name = name
    this.alerts = alerts
    this.#fault = fault
    if (knowsDelivered === true) {
      this.delivered = () => Promise.resolve(new Set(alerts.map(({ uid }) => uid)))
    }
  }

  get bodies(): string[] {
    return this.alerts.map(({ body }) => body)
  }

  open(): Promise<void> {
    return this.#try()
  }

  async write(alerts: readonly Alert[]): Promise<void> {
    this.writes++
    try {
      await this.#try()
    } catch (error) {
      if (error instanceof AdapterError && error.refused.length > 0) {
        this.alerts.push(...alerts.filter((_alert, index) => !error.refused.includes(index)))
      }
      throw error
    }
    this.alerts.push(...alerts)
  }

  async flush(): Promise<void> {
    await this.#try()
    this.flushed = this.alerts.length
  }

  close(): Promise<void> {
    this.closed++
    return Promise.resolve()
  }

  async #try(): Promise<void> {
    const error = this.#fault()
    if (error !== undefined) throw error
    await Promise.resolve()
  }
}

export class MemoryDeadLetters implements DeadLetterSink {
  readonly name = 'memory'
  readonly letters: DeadLetter[] = []
  readonly #fault: Fault
  closed = 0

  constructor(fault: Fault = NO_FAULT) {
    this.#fault = fault
  }

  async write(letters: readonly DeadLetter[]): Promise<void> {
    const error = this.#fault()
    if (error !== undefined) throw error
    await Promise.resolve()
    this.letters.push(...letters)
  }

  flush(): Promise<void> {
    return Promise.resolve()
  }

  close(): Promise<void> {
    this.closed++
    return Promise.resolve()
  }
}

/** What is durable of a checkpoint; outlives the store, as a disk does. */
export class MemoryDisk {
  entries: Map<string, string> | undefined
  notes: string[] = []
}

export class MemoryCheckpoints implements CheckpointStore {
  readonly name = 'memory'
  readonly #disk: MemoryDisk
  readonly #fault: Fault
  saves = 0
  closed = 0
  onSave: () => void = () => {}

  constructor(disk: MemoryDisk = new MemoryDisk(), fault: Fault = NO_FAULT) {
    this.#disk = disk
    this.#fault = fault
  }

  load(): Promise<Checkpoint | undefined> {
    const { entries, notes } = this.#disk
    if (entries === undefined && notes.length === 0) return Promise.resolve(undefined)
    return Promise.resolve({ entries: new Map(entries), notes: [...notes] })
  }

  async save({ set, deleted }: StateChanges, notes: readonly string[]): Promise<void> {
    const before = this.#disk.notes.length
    const error = this.#fault()
    if (error !== undefined) throw error
    await Promise.resolve()
    const entries = this.#disk.entries ?? new Map<string, string>()
    for (const key of deleted) entries.delete(key)
    for (const [key, value] of set) entries.set(key, value)
    this.#disk.entries = entries
    this.#disk.notes = [...notes, ...this.#disk.notes.slice(before)]
    this.saves++
    this.onSave()
  }

  note(note: string): void {
    this.#disk.notes.push(note)
  }

  close(): Promise<void> {
    this.closed++
    return Promise.resolve()
  }
}
