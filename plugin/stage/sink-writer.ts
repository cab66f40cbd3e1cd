import type { AdapterError, Sink } from '../adapter.ts'
import type { Alert } from '../alert.ts'
import { isPermanent } from './retry.ts'

/** An alert that a sink refused for good. */
export interface RefusedAlert {
  readonly alert: Alert
  readonly reason: string
}

export interface SinkWriterOptions {
  readonly sink: Sink
  /** What stands in the sink already, after a restart, is not written again. */
  readonly restarted: boolean
  readonly signal: AbortSignal
  /** Makes an attempt until it succeeds. */
  readonly persist: (attempt: () => Promise<void>) => Promise<void>
}

/** Gives one sink its alerts: opens it, passes over what it has already, tells what it refuses. */
export class SinkWriter {
  readonly #options: SinkWriterOptions
  #isOpen = false
  #delivered: Set<string> | undefined

  constructor(options: SinkWriterOptions) {
    this.#options = options
  }

  get name(): string {
    return this.#options.sink.name
  }

  /** One attempt. @throws AdapterError */
  async open(): Promise<void> {
    if (this.#isOpen) return
    const { sink, signal, restarted } = this.#options
    await sink.open?.(signal)
    if (restarted && sink.delivered !== undefined) this.#delivered = new Set(await sink.delivered())
    this.#isOpen = true
  }

  /**
   * Delivers all but those that are named as refused, and tells how many were there already.
   *
   * @throws AdapterError when the sink has come to its end; GivenUp
   */
  async write(alerts: readonly Alert[]): Promise<{ refused: readonly RefusedAlert[]; known: number }> {
    const { sink, signal, persist } = this.#options
    await persist(() => this.open())
    const fresh = alerts.filter(({ uid }) => !this.#isDelivered(uid))
    let refused: readonly RefusedAlert[] = []
    if (fresh.length > 0) {
      await persist(async () => {
        try {
          await sink.write(fresh, signal)
        } catch (error) {
          if (!isPermanent(error) || error.refused.length === 0) throw error
          refused = namedAlerts(fresh, error)
        }
      })
    }
    return { refused, known: alerts.length - fresh.length }
  }

  /** @throws as `write` */
  async flush(): Promise<void> {
    if (this.#isOpen) await this.#options.persist(() => this.#options.sink.flush())
  }

  close(): Promise<void> {
    return this.#options.sink.close()
  }

  /** Each counts once: the same uid again would be an alert of its own. */
  #isDelivered(uid: string): boolean {
    return this.#delivered?.delete(uid) ?? false
  }
}

function namedAlerts(alerts: readonly Alert[], error: AdapterError): RefusedAlert[] {
  return error.refused.flatMap(index => {
    const alert = alerts[index]
    return alert === undefined ? [] : [{ alert, reason: error.message }]
  })
}
