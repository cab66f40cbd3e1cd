import { closeSync, constants, fstatSync, openSync } from 'node:fs'
import { AdapterError, type Sink, type WallClock } from '../../plugin/adapter.ts'
import type { Alert } from '../../plugin/alert.ts'
import { LineOutput } from '../line-output.ts'
import { systemErrorText } from '../system-error.ts'
import { writeAll } from '../write-all.ts'

const { O_NONBLOCK, O_WRONLY } = constants

export interface FifoSinkOptions {
  readonly name: string
  /** A byte string. */
  readonly path: string
  /** An alert as one line of JSON, without its newline; a byte string. */
  readonly format: (alert: Alert) => string
  readonly clock: WallClock
}

/**
 * Writes alerts to a FIFO, one a line. Without a reader, or with one that takes nothing, it waits, unlike the `write`
 * action. What is in the FIFO when its reader goes is lost: no one can know how much was read.
 */
export class FifoSink implements Sink {
  readonly name: string
  readonly #options: FifoSinkOptions
  readonly #what: string
  readonly #output = new LineOutput()
  #fd: number | undefined
  #writing: Promise<unknown> = Promise.resolve()

  constructor(options: FifoSinkOptions) {
    this.#options = options
    this.name = options.name
    this.#what = `output FIFO ${options.path}`
  }

  write(alerts: readonly Alert[], signal: AbortSignal): Promise<void> {
    const written = this.#write(alerts, signal)
    this.#writing = written.catch(() => {})
    return written
  }

  flush(): Promise<void> {
    return Promise.resolve()
  }

  /** Not before a write under way: its descriptor would mean what is opened next, and get its bytes. */
  async close(): Promise<void> {
    await this.#writing
    this.#close()
  }

  async #write(alerts: readonly Alert[], signal: AbortSignal): Promise<void> {
    this.#fd ??= this.#open()
    const { format, clock } = this.#options
    const output = this.#output
    const bytes = output.begin(alerts.map(alert => ({ text: format(alert), key: alert.uid })))
    try {
      await writeAll(this.#fd, bytes, { clock, signal, what: this.#what }, count => output.wrote(count))
      output.succeeded()
    } catch (error) {
      output.failed()
      if (!(error instanceof AdapterError) || error.code !== 'OUTPUT_CLOSED') throw error
      output.forgetBegun()
      this.#close()
      throw this.#withoutReader(error)
    }
  }

  #open(): number {
    const { path } = this.#options
    let fd: number
    try {
      fd = openSync(Buffer.from(path, 'latin1'), O_WRONLY | O_NONBLOCK)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENXIO') throw this.#withoutReader(error)
      throw new AdapterError(`can't open ${this.#what} (${systemErrorText(error)})`, {
        code: 'OUTPUT_UNAVAILABLE',
        retryable: true,
        cause: error
      })
    }
    if (fstatSync(fd).isFIFO()) return fd
    closeSync(fd)
    throw new AdapterError(`output ${path} is no FIFO`, { code: 'OUTPUT_TYPE', retryable: false })
  }

  #withoutReader(cause: unknown): AdapterError {
    return new AdapterError(`${this.#what} has no reader`, { code: 'NO_READER', retryable: true, cause })
  }

  #close(): void {
    if (this.#fd === undefined) return
    closeSync(this.#fd)
    this.#fd = undefined
  }
}
