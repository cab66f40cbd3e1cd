import type { Sink } from '../../plugin/adapter.ts'
import type { Alert } from '../../plugin/alert.ts'
import { LineOutput } from '../line-output.ts'
import type { StandardOutput } from './standard-output.ts'

export interface StdoutSinkOptions {
  readonly name: string
  /** An alert as one line, without its newline; a byte string. */
  readonly format: (alert: Alert) => string
  readonly output: StandardOutput
}

/** Writes alerts to standard output, one a line. When nobody reads it any more, the stage fails: it has no purpose. */
export class StdoutSink implements Sink {
  readonly name: string
  readonly #options: StdoutSinkOptions
  readonly #lines = new LineOutput()

  constructor(options: StdoutSinkOptions) {
    this.#options = options
    this.name = options.name
  }

  async write(alerts: readonly Alert[], signal: AbortSignal): Promise<void> {
    const { format, output } = this.#options
    const lines = this.#lines
    const bytes = lines.begin(alerts.map(alert => ({ text: format(alert), key: alert.uid })))
    try {
      await output.write(bytes, signal, count => lines.wrote(count))
      lines.succeeded()
    } catch (error) {
      lines.failed()
      throw error
    }
  }

  flush(): Promise<void> {
    return Promise.resolve()
  }

  close(): Promise<void> {
    this.#options.output.close()
    return Promise.resolve()
  }
}
