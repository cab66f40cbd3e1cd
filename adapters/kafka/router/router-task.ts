import {
  AdapterError,
  type Batch,
  type CheckpointStore,
  type DeadLetterSink,
  type WallClock
} from '../../../plugin/adapter.ts'
import { count, newCounters, type StageCounters } from '../../../plugin/stage/counters.ts'
import { HealthRecord, type StageHealth } from '../../../plugin/stage/health.ts'
import { positionKey } from '../../../plugin/stage/settlement.ts'
import type { StageEnd } from '../../../plugin/stage/stage.ts'
import { Wake } from '../../../plugin/stage/wake.ts'
import type { KafkaMessage } from '../client.ts'
import type { TaskStage } from '../group-task.ts'
import type { MessageOutput } from '../output.ts'
import type { KafkaSource } from '../source.ts'
import type { Routed } from './route-decoder.ts'

export interface RouterTaskOptions {
  readonly sources: readonly KafkaSource[]
  /** What becomes of the records of a batch of a source. */
  readonly routed: (records: Batch['records']) => Routed
  readonly store: CheckpointStore
  /** Takes part in the store's transaction, or sends at once. */
  readonly output: MessageOutput
  /** Takes part as `output` does. */
  readonly deadLetters: DeadLetterSink | undefined
  readonly clock: WallClock
  readonly commitIntervalMs: number
  /** For how long an orderly end may take. */
  readonly shutdownTimeoutMs: number
  readonly retryMs: number
}

/** So much is read before it is settled, whatever the interval. */
const MOST_BYTES = 4 * 1024 * 1024

/** What was read and is not settled. */
class Unsettled {
  readonly messages: KafkaMessage[] = []
  readonly dead: Batch['dead'][number][] = []
  readonly positions = new Map<string, unknown>()
  readonly acks: Batch['ack'][] = []
  bytes = 0
  records = 0
}

/**
 * A task that routes: what it reads of its partitions goes on with its key, then positions are durable, or both at once in
 * one transaction, then the batches are acknowledged. After any error it ends, and is built anew from its state.
 */
export class RouterTask implements TaskStage {
  readonly #options: RouterTaskOptions
  readonly #wake: Wake
  readonly #health: HealthRecord
  readonly #counters = newCounters()
  readonly #stopping = new AbortController()
  readonly #abandoned = new AbortController()
  readonly #end: Promise<StageEnd>
  #resolveEnd: (end: StageEnd) => void = () => {}
  #unsettled = new Unsettled()
  #reading = 0
  #isHurried = false
  #settledAt: number

  constructor(options: RouterTaskOptions) {
    const { clock } = options
    this.#options = options
    this.#wake = new Wake(clock)
    this.#health = new HealthRecord(() => clock.now())
    this.#settledAt = clock.monotonic()
    this.#end = new Promise(resolve => {
      this.#resolveEnd = resolve
    })
  }

  get health(): StageHealth {
    return this.#health.health
  }

  get counters(): StageCounters {
    return this.#counters
  }

  async start(): Promise<void> {
    const { store, sources } = this.#options
    try {
      const entries = (await store.load())?.entries ?? new Map<string, string>()
      this.#health.enter('running')
      this.#reading = sources.length
      for (const source of sources) void this.#read(source, entries.get(positionKey(source.name)))
      void this.#run()
    } catch (error) {
      await this.#finish({ type: 'failed', error })
      throw error
    }
  }

  wait(): Promise<StageEnd> {
    return this.#end
  }

  stop(): Promise<StageEnd> {
    this.#health.enter('stopping')
    this.#stopping.abort()
    this.#wake.call()
    if (this.#reading === 0 && this.#unsettled.acks.length === 0) void this.#finish({ type: 'ended' })
    void this.#giveUpLate()
    return this.#end
  }

  giveUp(): void {
    void this.#finish({ type: 'given-up', unsettledRecords: this.#counters.inFlightRecords })
  }

  ackIsAwaited(): void {
    this.#isHurried = true
    this.#wake.call()
  }

  async #giveUpLate(): Promise<void> {
    const { clock, shutdownTimeoutMs } = this.#options
    await clock.delay(shutdownTimeoutMs, this.#abandoned.signal)
    if (!this.#isFinished) this.giveUp()
  }

  async #read(source: KafkaSource, position: string | undefined): Promise<void> {
    try {
      const start = {
        position: position === undefined ? undefined : (JSON.parse(position) as unknown),
        signal: this.#stopping.signal,
        onTrouble: () => {}
      }
      for await (const batch of source.read(start)) this.#take(source.name, batch())
    } catch (error) {
      await this.#finish({ type: 'failed', error })
    } finally {
      this.#reading--
      this.#wake.call()
    }
  }

  #take(source: string, { records, dead, position, ack }: Batch): void {
    const { messages, dropped, bytes } = this.#options.routed(records)
    const taken = messages.length + dropped + dead.length
    const unsettled = this.#unsettled
    unsettled.messages.push(...messages)
    unsettled.dead.push(...dead)
    unsettled.positions.set(source, position)
    unsettled.acks.push(ack)
    unsettled.bytes += bytes
    unsettled.records += taken
    count(this.#counters.records, source, taken)
    count(this.#counters.batches, source)
    if (dropped > 0) count(this.#counters.dropped, 'no-key', dropped)
    this.#counters.inFlightRecords += taken
    this.#wake.call()
  }

  async #run(): Promise<void> {
    const { clock } = this.#options
    while (!this.#abandoned.signal.aborted) {
      if (this.#unsettled.acks.length === 0) {
        if (this.#reading === 0) break
        await this.#wake.sleep(FOR_EVER_MS)
        continue
      }
      const due = this.#untilDue()
      if (due > 0) {
        await this.#wake.sleep(due)
        continue
      }
      // All that is there already goes with it.
      await clock.yield()
      try {
        await this.#settle()
      } catch (error) {
        await this.#finish({ type: 'failed', error })
        return
      }
    }
    await this.#finish({ type: 'ended' })
  }

  /** Milliseconds until what there is is to be settled. */
  #untilDue(): number {
    const { sources, commitIntervalMs, clock } = this.#options
    const isAwaited = this.#isHurried || sources.some(source => source.awaitsAck)
    if (isAwaited || this.#stopping.signal.aborted || this.#unsettled.bytes >= MOST_BYTES) return 0
    return this.#settledAt + commitIntervalMs - clock.monotonic()
  }

  async #settle(): Promise<void> {
    const { clock, store, deadLetters } = this.#options
    const { messages, dead, positions, acks, records } = this.#unsettled
    this.#unsettled = new Unsettled()
    this.#isHurried = false
    const startedAt = clock.monotonic()
    await this.#persist('repartition topic', () => this.#options.output.send(messages))
    count(this.#counters.delivered, 'repartition topic', messages.length)
    if (dead.length > 0 && deadLetters === undefined) this.#counters.deadLettersLost += dead.length
    else if (dead.length > 0) {
      const letters = dead.map(record => ({ type: 'record', record, time: clock.now() }) as const)
      await this.#persist('dead letters', async () => {
        await deadLetters?.write(letters, this.#abandoned.signal)
        await deadLetters?.flush()
      })
      this.#counters.deadLetters += dead.length
    }
    const set = new Map(
      [...positions].map(([source, position]) => [positionKey(source), JSON.stringify(position)])
    )
    await store.save({ set, deleted: [] }, [])
    if (this.#abandoned.signal.aborted) return
    this.#settledAt = clock.monotonic()
    this.#counters.checkpoints++
    this.#counters.lastCheckpointAt = clock.now()
    this.#counters.lastCheckpointMs = this.#settledAt - startedAt
    for (const ack of acks) await ack()
    this.#counters.inFlightRecords -= records
  }

  /** Tries until it succeeds. @throws AdapterError of what is refused for good */
  async #persist(component: string, attempt: () => Promise<void>): Promise<void> {
    const { clock, retryMs } = this.#options
    for (;;) {
      try {
        await attempt()
        this.#health.mended(component)
        return
      } catch (error) {
        if (!(error instanceof AdapterError && error.retryable) || this.#abandoned.signal.aborted) throw error
        count(this.#counters.retries, component)
        this.#health.trouble(component, error.message)
        await clock.delay(retryMs, this.#abandoned.signal)
      }
    }
  }

  #isFinished = false

  async #finish(end: StageEnd): Promise<void> {
    if (this.#isFinished) return
    this.#isFinished = true
    this.#stopping.abort()
    this.#abandoned.abort()
    this.#wake.call()
    for (const source of this.#options.sources) await source.close()
    await this.#options.store.close()
    this.#health.enter(end.type === 'failed' ? 'failed' : 'ended')
    this.#resolveEnd(end)
  }
}

const FOR_EVER_MS = 2 ** 31 - 1
