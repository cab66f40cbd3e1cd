import type { Batch } from '../../plugin/adapter.ts'
import type { DeadRecord, LogRecord } from '../../plugin/record.ts'
import { decompress } from './decompress.ts'
import { readEntries } from './entries.ts'
import { ForwardError } from './forward-error.ts'
import type { ForwardRequest, RequestEntries } from './request.ts'
import { EntryRecords } from './records.ts'
import type { TagMatcher } from '../../plugin/tag-pattern.ts'

/** Entries that make one batch, and bytes of them. */
const MOST_ENTRIES = 1000
const MOST_BYTES = 4 * 1024 * 1024

/** Of what is no entry so much is kept for the dead letters. */
const MOST_DEAD_BYTES = 1024 * 1024

export interface RequestBatchesOptions {
  readonly source: string
  /** Of other tags the records are left out. */
  readonly match: TagMatcher
  readonly maxRecordBytes: number
  readonly maxDecompressedBytes: number
  /** Milliseconds since Epoch. */
  readonly now: () => number
}

type Dropped = Record<string, number>

/** Makes batches of requests: of one that is acknowledged its own, of all others together what is there at once. */
export class RequestBatches {
  readonly #options: RequestBatchesOptions
  #records: LogRecord[] = []
  #dead: DeadRecord[] = []
  #dropped: Dropped | undefined
  #entries = 0
  #bytes = 0

  constructor(options: RequestBatchesOptions) {
    this.#options = options
  }

  get isEmpty(): boolean {
    return this.#entries === 0
  }

  /**
   * Adds what a request holds; ids are `idPrefix` and the entry's number. Gives batches when they are full and more is to come. They
   * end at the same entries each time the same request comes. `finish` makes a batch of what was added.
   */
  async *add(
    request: ForwardRequest,
    idPrefix: string,
    firstNumber: number,
    finish: () => Batch
  ): AsyncGenerator<Batch, number> {
    const { source, match, maxRecordBytes, now } = this.#options
    const { tag, signal } = request
    if (signal !== 0) {
      this.#drop('fluent-signal')
      return firstNumber
    }
    const isMatched = match(tag)
    const entries = await this.#plain(request, `${idPrefix}${firstNumber}`)
    if (entries === undefined) return firstNumber + 1
    const records = new EntryRecords()
    const context = { source, tag, id: '', observedTimestamp: now() }
    let number = firstNumber
    for (const entry of readEntries(entries, maxRecordBytes)) {
      if (this.#entries >= MOST_ENTRIES || this.#bytes >= MOST_BYTES) {
        yield finish()
        context.observedTimestamp = now()
      }
      context.id = `${idPrefix}${number++}`
      this.#entries++
      this.#bytes += entry.bytes
      if (!isMatched) this.#drop('fluent-tag')
      else if ('error' in entry) this.#bury(context.id, entry.error, entry.value)
      else {
        const record = records.record(entry, context)
        if (record !== undefined) this.#records.push(record)
      }
    }
    return number
  }

  /** Adds what is no request. */
  addFault(id: string, error: ForwardError, bytes: Buffer): void {
    this.#bury(id, error, bytes.toString('latin1', 0, MOST_DEAD_BYTES))
  }

  /** What was added since the last time. */
  take(rest: Pick<Batch, 'ack' | 'fingerprint'>): Batch {
    const batch = {
      records: this.#records,
      dead: this.#dead,
      position: undefined,
      ...(this.#dropped !== undefined && { dropped: this.#dropped }),
      ...rest
    }
    this.#records = []
    this.#dead = []
    this.#dropped = undefined
    this.#entries = 0
    this.#bytes = 0
    return batch
  }

  /** The entries, not compressed. `undefined`: they can't be had, and are buried. */
  async #plain({ entries }: ForwardRequest, id: string): Promise<RequestEntries | undefined> {
    if (entries.form === 'json' || entries.compression === '') return entries
    const { form, bytes, compression } = entries
    try {
      const plain = await decompress(compression, bytes, this.#options.maxDecompressedBytes)
      return { form, bytes: plain, compression: '' }
    } catch (error) {
      if (!(error instanceof ForwardError)) throw error
      this.addFault(id, error, bytes)
      return undefined
    }
  }

  #bury(id: string, { code, message }: ForwardError, value: string): void {
    this.#dead.push({ id, source: this.#options.source, reason: message, code, value })
    // Of what is no request nothing was counted.
    this.#entries = Math.max(this.#entries, 1)
  }

  #drop(reason: string): void {
    this.#dropped ??= {}
    this.#dropped[reason] = (this.#dropped[reason] ?? 0) + 1
    this.#entries = Math.max(this.#entries, 1)
  }
}
