import type { Batch, LateBatch, Sink, Source, SourceStart } from '../plugin/adapter.ts'
import type { Alert } from '../plugin/alert.ts'

/**
 * A source whose code is loaded when it is read: protocols bring libraries along, and who does not speak them starts
 * sooner.
 */
export class LazySource implements Source {
  readonly name: string
  readonly live = true
  readonly #load: () => Promise<Source>
  #source: Source | undefined
  #isClosed = false

  /** `load` is called once. Its source has the same name and is live. */
  constructor(name: string, load: () => Promise<Source>) {
    this.name = name
    this.#load = load
  }

  /** Nobody waits for what has given no batch yet. */
  get awaitsAck(): boolean {
    return this.#source?.awaitsAck ?? false
  }

  async *read(start: SourceStart): AsyncGenerator<Batch | LateBatch> {
    if (this.#isClosed) return
    this.#source = await this.#load()
    if (this.#wasClosed) await this.#source.close()
    else yield* this.#source.read(start)
  }

  lag(): ReturnType<NonNullable<Source['lag']>> {
    return this.#source?.lag?.()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#source?.close()
  }

  // Asked again after something was waited for.
  get #wasClosed(): boolean {
    return this.#isClosed
  }
}

/** A sink whose code is loaded when it is opened, as that of `LazySource`. It does not know what it has delivered. */
export class LazySink implements Sink {
  readonly name: string
  readonly #load: () => Promise<Sink>
  #sink: Sink | undefined
  #isClosed = false

  /** `load` is called once, when the sink is opened first. */
  constructor(name: string, load: () => Promise<Sink>) {
    this.name = name
    this.#load = load
  }

  async open(signal: AbortSignal): Promise<void> {
    this.#sink ??= await this.#load()
    try {
      await this.#sink.open?.(signal)
    } finally {
      // It was given up meanwhile, and nobody else closes it any more.
      if (this.#isClosed) await this.#sink.close()
    }
  }

  async write(alerts: readonly Alert[], signal: AbortSignal): Promise<void> {
    if (this.#sink === undefined) await this.open(signal)
    await this.#sink?.write(alerts, signal)
  }

  async flush(): Promise<void> {
    await this.#sink?.flush()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#sink?.close()
  }
}
