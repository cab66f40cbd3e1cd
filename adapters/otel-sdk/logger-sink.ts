import type { Logger } from '@opentelemetry/api-logs'
import type { Sink } from '../../plugin/adapter.ts'
import type { Alert } from '../../plugin/alert.ts'
import { emitAlert } from '../otlp/emit-alert.ts'

/** A logger of any version: `enabled` is young. */
export type AlertLogger = Pick<Logger, 'emit'> & Partial<Pick<Logger, 'enabled'>>

export interface LoggerSinkOptions {
  readonly name: string
  /** Asked for each write: a program may set up its provider late. */
  readonly logger: () => AlertLogger
  /** An alert was not taken: the provider is shut down or filters it, or a processor has thrown. */
  readonly onLost: (reason: string) => void
}

/** Emits alerts through a logger of the program, whose processors have them then. */
export class LoggerSink implements Sink {
  readonly name: string
  readonly #options: LoggerSinkOptions
  #isEmitting = false

  constructor(options: LoggerSinkOptions) {
    this.#options = options
    this.name = options.name
  }

  /** Whether a record that a processor is given now is an alert of ours: emitting is one call. */
  get isEmitting(): boolean {
    return this.#isEmitting
  }

  write(alerts: readonly Alert[]): Promise<void> {
    this.#isEmitting = true
    try {
      for (const alert of alerts) this.#emit(alert)
    } finally {
      this.#isEmitting = false
    }
    return Promise.resolve()
  }

  flush(): Promise<void> {
    return Promise.resolve()
  }

  close(): Promise<void> {
    return Promise.resolve()
  }

  #emit(alert: Alert): void {
    const { logger, onLost } = this.#options
    try {
      const to = logger()
      const { severityNumber, eventName } = alert
      // Emitted, it would be gone without a word.
      if (to.enabled?.({ severityNumber, eventName }) ?? true) emitAlert(to, alert)
      else onLost('the logger is shut down or not enabled')
    } catch (error) {
      onLost(error instanceof Error ? error.message : String(error))
    }
  }
}
