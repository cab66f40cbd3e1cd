import type { Sink, WallClock } from '../../plugin/adapter.ts'
import type { Alert } from '../../plugin/alert.ts'
import { LineFile } from './line-file.ts'

export interface FileSinkOptions {
  readonly name: string
  /** A byte string. */
  readonly path: string
  /** An alert as one line of JSON, without its newline; a byte string. */
  readonly format: (alert: Alert) => string
  readonly clock: WallClock
}

/** Of a line of ours. */
const UID = /"log\.record\.uid":"([0-9A-Z]{26})"/

/** How the lines begin. */
const LINE_START = '{"timestamp":'

/** Appends alerts to a file, one a line, durable before each checkpoint. */
export class FileSink implements Sink {
  readonly name: string
  readonly #format: (alert: Alert) => string
  readonly #file: LineFile

  constructor({ name, path, format, clock }: FileSinkOptions) {
    this.name = name
    this.#format = format
    this.#file = new LineFile({ path, clock, lineStart: LINE_START })
  }

  open(): Promise<void> {
    return this.#file.open()
  }

  write(alerts: readonly Alert[], signal: AbortSignal): Promise<void> {
    const lines = alerts.map(alert => ({ text: this.#format(alert), key: alert.uid }))
    return this.#file.write(lines, signal)
  }

  flush(): Promise<void> {
    return this.#file.flush()
  }

  async delivered(): Promise<ReadonlySet<string>> {
    const lines = await this.#file.tail()
    return new Set(lines.flatMap(line => UID.exec(line)?.[1] ?? []))
  }

  close(): Promise<void> {
    return this.#file.close()
  }
}
