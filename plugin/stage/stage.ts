import { positionKey, sourcesWithPosition } from './settlement.ts'
import { type CounterRecord, count, newCounters, type StageCounters } from './counters.ts'
import { Feed } from './feed.ts'
import { HealthRecord, type StageHealth } from './health.ts'
import { LimitedLog } from './limited-log.ts'
import type { StageOptions } from './options.ts'
import { GivenUp, isPermanent, retry } from './retry.ts'
import { StageLoop } from './stage-loop.ts'
import { createParts, type StageParts } from './stage-parts.ts'
import { formatRfc3339 } from '../time/format.ts'
import { Wake } from './wake.ts'

/** How a stage ended. */
export type StageEnd =
  /** Everything that was taken in is settled. */
  | { readonly type: 'ended' }
  /** It was not waited for: so many records were taken in and are not acknowledged. */
  | { readonly type: 'given-up'; readonly unsettledRecords: number }
  | { readonly type: 'failed'; readonly error: unknown }

/** For how long what is closed is waited for where waiting was given up. */
const CLOSE_MS = 2000

/**
 * Takes records from sources to a correlator and its alerts to sinks, so that nothing is lost on the way: a batch is
 * acknowledged when all that came of it is delivered and, where there is a place for checkpoints, what it changed is
 * durable. Nothing that flows through makes it throw.
 */
export class Stage {
  readonly #options: StageOptions
  readonly #wake: Wake
  readonly #health: HealthRecord
  readonly #counters: CounterRecord = newCounters()
  readonly #feeds: readonly Feed[]
  /** Aborted when sources are to end. */
  readonly #stopping = new AbortController()
  /** Aborted when nothing is waited for any more. */
  readonly #abandoned = new AbortController()
  /** Aborted at the end, for the timers of the shutdown. */
  readonly #over = new AbortController()
  readonly #end: Promise<StageEnd>
  #resolveEnd: (end: StageEnd) => void = () => {}
  #parts: StageParts | undefined
  #loop: StageLoop | undefined
  #failure: { readonly error: unknown } | undefined
  #sourceFailure: { readonly error: unknown } | undefined
  #isStarted = false

  constructor(options: StageOptions) {
    const { clock, sources } = options
    this.#options = options
    this.#wake = new Wake(clock)
    this.#health = new HealthRecord(() => clock.now())
    this.#feeds = sources.map(source => new Feed(source, () => this.#wake.call()))
    this.#end = new Promise(resolve => {
      this.#resolveEnd = resolve
    })
  }

  get health(): StageHealth {
    return this.#health.health
  }

  get counters(): StageCounters {
    this.#counters.inFlightRecords = this.#parts?.settlement.records ?? 0
    this.#counters.inFlightAlertBytes = this.#parts?.delivery.bytes ?? 0
    return this.#counters
  }

  /** To be called when a source's `awaitsAck` has become true of batches that it gave before. */
  ackIsAwaited(): void {
    this.#wake.call()
  }

  /** To be called when `effects.takeChildEvents` has something. */
  wake(): void {
    this.#loop?.childEventCame()
    this.#wake.call()
  }

  /**
   * Reads the checkpoint and opens the sinks; then records flow. A sink that can be opened later is no error.
   *
   * @throws AdapterError of the checkpoint, or of a sink that can't be opened for good; everything is closed then.
   */
  async start(): Promise<void> {
    if (this.#isStarted) throw new Error('a stage is started once')
    this.#isStarted = true
    try {
      await this.#build()
    } catch (error) {
      await this.#close({ type: 'failed', error })
      throw error
    }
    void this.#run()
  }

  /** Resolves at the stage's end; never rejects. */
  wait(): Promise<StageEnd> {
    return this.#end
  }

  /**
   * An orderly end: sources give what they have taken in, it is processed and settled, and all is closed. What is not
   * settled after `shutdownTimeoutMs` is given up: whoever sent it keeps it. Safe to call twice and before `start`.
   */
  stop(): Promise<StageEnd> {
    if (this.#stopping.signal.aborted) return this.#end
    this.#health.enter('stopping')
    this.#stopping.abort()
    this.#wake.call()
    if (this.#isStarted) void this.#limitShutdown()
    else this.#endUnstarted()
    return this.#end
  }

  /** Ends now: what is not settled stays with who sent it. Safe to call twice and before `start`. */
  giveUp(): void {
    this.#stopping.abort()
    this.#abandoned.abort()
    this.#wake.call()
    if (!this.#isStarted) this.#endUnstarted()
  }

  #endUnstarted(): void {
    this.#isStarted = true
    void this.#close({ type: 'ended' })
  }

  async #build(): Promise<void> {
    const { checkpoints, log, settings, sinks } = this.#options
    const { clock } = this.#options
    if (checkpoints === undefined && settings.rulesKeepState) {
      log.log(4, 'no place for checkpoints is configured: open windows and contexts end with this process')
    }
    const checkpoint = await checkpoints?.load()
    const parts = createParts(this.#options, checkpoint, {
      counters: this.#counters,
      limitedLog: new LimitedLog(log, () => clock.monotonic()),
      persist: (component, attempt) => this.#persist(component, attempt),
      abandoned: this.#abandoned.signal,
      onProgress: () => this.#wake.call(),
      onDeliveryEnd: error => this.#fail(error)
    })
    this.#parts = parts
    if (parts.isRestored) this.#reportRestored(parts)
    for (const [index, writer] of parts.sinks.entries()) {
      try {
        await writer.open()
      } catch (error) {
        if (isPermanent(error)) throw error
        this.#failed(`sink ${sinks[index]?.name}`, error)
      }
    }
    for (const feed of this.#feeds) {
      const position = checkpoint?.entries.get(positionKey(feed.name))
      const component = `source ${feed.name}`
      feed.start(
        position === undefined ? undefined : JSON.parse(position),
        this.#stopping.signal,
        problem => {
          if (problem === undefined) this.#works(component)
          else this.#failed(component, problem)
        }
      )
    }
    this.#loop = new StageLoop({
      ...this.#options,
      parts,
      feeds: this.#feeds,
      counters: this.#counters,
      health: this.#health,
      wake: this.#wake,
      stopping: this.#stopping.signal,
      abandoned: this.#abandoned.signal,
      fail: error => this.#fail(error),
      sourceFailed: (source, error) => this.#sourceFailed(source, error)
    })
  }

  #reportRestored({ entries, runner }: StageParts): void {
    const { log } = this.#options
    log.log(4, 'going on from a checkpoint', { clock: formatRfc3339(runner.seconds * 1000) })
    const names = new Set(this.#feeds.map(({ name }) => name))
    for (const source of sourcesWithPosition(entries)) {
      if (names.has(source)) continue
      log.log(
        3,
        'the checkpoint has the position of a source that is not there: under another name it is read anew',
        { source }
      )
    }
  }

  async #run(): Promise<void> {
    try {
      await this.#loop?.run()
    } catch (error) {
      this.#fail(error)
    }
    const unsettledRecords = this.counters.inFlightRecords
    const failure = this.#failure ?? this.#sourceFailure
    if (failure !== undefined) await this.#close({ type: 'failed', error: failure.error })
    else if (this.#abandoned.signal.aborted) await this.#close({ type: 'given-up', unsettledRecords })
    else await this.#close({ type: 'ended' })
  }

  #sourceFailed(source: string, error: unknown): void {
    if (this.#sourceFailure !== undefined) return
    this.#sourceFailure = { error }
    this.#options.log.log(1, 'a source has failed: the stage ends', { source, error: textOf(error) })
    void this.stop()
  }

  /** Nothing can go on: what is not settled stays with who sent it. */
  #fail(error: unknown): void {
    if (error instanceof GivenUp || this.#failure !== undefined) return
    this.#failure = { error }
    this.#options.log.log(1, 'the stage has failed', { error: textOf(error) })
    this.giveUp()
  }

  async #limitShutdown(): Promise<void> {
    const { clock, settings, log } = this.#options
    const halfMs = settings.shutdownTimeoutMs / 2
    // The first half is for the sources, the second for what they gave.
    await clock.delay(halfMs, this.#over.signal)
    if (this.#over.signal.aborted) return
    for (const feed of this.#feeds) feed.abandon()
    this.#wake.call()
    await clock.delay(halfMs, this.#over.signal)
    if (this.#over.signal.aborted) return
    log.log(2, 'the end took too long: what is not settled is given up', {
      shutdownTimeoutMs: settings.shutdownTimeoutMs,
      records: this.counters.inFlightRecords
    })
    this.giveUp()
  }

  async #persist(component: string, attempt: () => Promise<void>): Promise<void> {
    const { clock, settings } = this.#options
    await retry(attempt, {
      clock,
      backoff: settings.backoff,
      signal: this.#abandoned.signal,
      onFailure: (error, delayMs) => {
        count(this.#counters.retries, component)
        this.#failed(component, error, delayMs)
      }
    })
    this.#works(component)
  }

  #failed(component: string, error: unknown, delayMs?: number): void {
    const reason = textOf(error)
    if (!this.#health.trouble(component, reason)) return
    this.#options.log.log(3, 'something the stage needs does not work; it is tried again', {
      component,
      reason,
      ...(delayMs !== undefined && { delayMs })
    })
  }

  #works(component: string): void {
    if (this.#health.mended(component)) this.#options.log.log(4, 'it works again', { component })
  }

  async #close(end: StageEnd): Promise<void> {
    const { sinks, deadLetters, checkpoints, clock, settings } = this.#options
    this.#over.abort()
    this.#stopping.abort()
    const closed = Promise.allSettled(
      [...this.#feeds, ...sinks, deadLetters, checkpoints].map(async each => each?.close())
    )
    // After an orderly end nothing is under way but what is worth its time, such as the merge of a long journal.
    const limitMs = this.#abandoned.signal.aborted ? CLOSE_MS : settings.shutdownTimeoutMs
    const limit = new AbortController()
    this.#abandoned.signal.addEventListener('abort', () => limit.abort())
    await Promise.race([closed, clock.delay(limitMs, limit.signal)])
    this.#abandoned.abort()
    limit.abort()
    this.#health.enter(end.type === 'failed' ? 'failed' : 'ended')
    this.#resolveEnd(end)
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
