import type { DeadLetter, DeadLetterSink } from '../adapter.ts'
import type { Alert, AlertAttribute } from '../alert.ts'
import { type CounterRecord, count } from './counters.ts'
import type { LimitedLog } from './limited-log.ts'
import type { StageTracing } from './options.ts'
import type { RefusedAlert, SinkWriter } from './sink-writer.ts'

/** Alerts and letters that are given to the sinks at once, at most. */
const CHUNK = 1000

export interface DeliveryOptions {
  readonly sinks: readonly SinkWriter[]
  readonly deadLetters: DeadLetterSink | undefined
  readonly counters: CounterRecord
  readonly limitedLog: LimitedLog
  /** Makes an attempt until it succeeds. @throws AdapterError for good; GivenUp */
  readonly persist: (component: string, attempt: () => Promise<void>) => Promise<void>
  readonly signal: AbortSignal
  /** Milliseconds since Epoch. */
  readonly now: () => number
  readonly tracing: StageTracing | undefined
  /** Something was delivered: there may be room again. */
  readonly onProgress: () => void
  /** A sink has come to its end, or waiting was given up. Nothing is delivered any more. */
  readonly onEnd: (error: unknown) => void
}

/** What waits in order, counted from the start. */
class Lane<Item> {
  #items: Item[] = []
  added = 0
  done = 0

  add(item: Item): void {
    this.#items.push(item)
    this.added++
  }

  take(): Item[] {
    return this.#items.splice(0, CHUNK)
  }

  get isIdle(): boolean {
    return this.done === this.added
  }
}

interface Waiter {
  readonly alerts: number
  readonly letters: number
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/**
 * Brings alerts to every sink and dead letters to theirs, in order, as soon as they are there: one chunk after another,
 * so the slowest sink holds all. Whoever settles a step waits with `delivered` for what it has added so far.
 */
export class Delivery {
  readonly #options: DeliveryOptions
  readonly #alerts = new Lane<Alert>()
  readonly #letters = new Lane<DeadLetter>()
  #bytes = 0
  #isRunning = false
  #ended: { readonly error: Error } | undefined
  #waiters: Waiter[] = []

  constructor(options: DeliveryOptions) {
    this.#options = options
  }

  /** Bytes of alerts and letters that wait, roughly. */
  get bytes(): number {
    return this.#bytes
  }

  addAlert(alert: Alert): void {
    this.#alerts.add(alert)
    this.#bytes += alertBytes(alert)
    this.#options.counters.alerts++
  }

  addLetter(letter: DeadLetter): void {
    this.#letters.add(letter)
    this.#bytes += letterBytes(letter)
  }

  /** Lets the sinks have what was added. */
  start(): void {
    if (this.#isRunning || this.#isIdle || this.#ended !== undefined) return
    this.#isRunning = true
    void this.#run()
  }

  /** Resolves when all that was added until now is delivered or dead-lettered. @throws what `onEnd` heard */
  async delivered(): Promise<void> {
    this.start()
    if (this.#ended !== undefined) throw this.#ended.error
    if (this.#isIdle) return
    await new Promise<void>((resolve, reject) => {
      this.#waiters.push({ alerts: this.#alerts.added, letters: this.#letters.added, resolve, reject })
    })
  }

  get #isIdle(): boolean {
    return this.#alerts.isIdle && this.#letters.isIdle
  }

  async #run(): Promise<void> {
    try {
      while (!this.#isIdle) {
        const alerts = this.#alerts.take()
        const letters = this.#letters.take()
        await this.#deliver(alerts, letters)
        this.#alerts.done += alerts.length
        this.#letters.done += letters.length
        for (const alert of alerts) this.#bytes -= alertBytes(alert)
        for (const letter of letters) this.#bytes -= letterBytes(letter)
        this.#release()
        this.#options.onProgress()
      }
      this.#isRunning = false
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown : new Error(String(thrown))
      this.#ended = { error }
      for (const { reject } of this.#waiters) reject(error)
      this.#options.onEnd(error)
    }
  }

  #release(): void {
    this.#waiters = this.#waiters.filter(({ alerts, letters, resolve }) => {
      if (this.#alerts.done < alerts || this.#letters.done < letters) return true
      resolve()
      return false
    })
  }

  async #deliver(alerts: readonly Alert[], letters: readonly DeadLetter[]): Promise<void> {
    const { now, tracing } = this.#options
    const start = now()
    const counts = { 'correlog.alerts': alerts.length, 'correlog.dead_letters': letters.length }
    try {
      await this.#deliverAll(alerts, letters)
      tracing?.done('delivery', { start, end: now() }, counts)
    } catch (error) {
      tracing?.done('delivery', { start, end: now() }, counts, error)
      throw error
    }
  }

  async #deliverAll(alerts: readonly Alert[], letters: readonly DeadLetter[]): Promise<void> {
    const { sinks, counters, now } = this.#options
    const refusals = await Promise.all(
      sinks.map(async sink => {
        if (alerts.length === 0) return []
        const { refused, known } = await sink.write(alerts)
        count(counters.delivered, sink.name, alerts.length - refused.length - known)
        if (known > 0) count(counters.alreadyDelivered, sink.name, known)
        if (refused.length > 0) count(counters.refused, sink.name, refused.length)
        return refused.map(refusal => this.#letterOf(refusal, sink.name, now()))
      })
    )
    const all = [...letters, ...refusals.flat()]
    if (all.length > 0) await this.#write(all)
  }

  async #write(letters: readonly DeadLetter[]): Promise<void> {
    const { deadLetters, counters, persist, signal, limitedLog } = this.#options
    if (deadLetters === undefined) {
      counters.deadLettersLost += letters.length
      for (const letter of letters) {
        const { code, fields } = about(letter)
        limitedLog.log(3, 'no dead-letter sink: dropped what cannot be processed', code, fields)
      }
      return
    }
    await persist(`dead letters ${deadLetters.name}`, () => deadLetters.write(letters, signal))
    counters.deadLetters += letters.length
  }

  #letterOf({ alert, reason }: RefusedAlert, sink: string, time: number): DeadLetter {
    return { type: 'alert', alert, sink, reason, time }
  }
}

function about(letter: DeadLetter): { code: string; fields: Readonly<Record<string, unknown>> } {
  if (letter.type === 'alert') {
    const { alert, sink, reason } = letter
    return { code: `alert-refused ${sink}`, fields: { uid: alert.uid, sink, reason } }
  }
  const { code, source, id, reason } = letter.record
  return { code: `${code} ${source}`, fields: { code, source, id, reason } }
}

/** What an alert holds of memory, roughly. */
function alertBytes({ body, attributes }: Alert): number {
  let bytes = 300 + body.length
  for (const name in attributes) {
    const value = attributes[name] as AlertAttribute
    bytes += name.length
    if (typeof value === 'string') bytes += value.length
    else if (typeof value === 'object') for (const each of value) bytes += each.length
  }
  return bytes
}

function letterBytes(letter: DeadLetter): number {
  return letter.type === 'alert' ? alertBytes(letter.alert) : 200 + letter.record.value.length
}
