import { AdapterError, type Sink, type WallClock } from '../../plugin/adapter.ts'
import type { Alert } from '../../plugin/alert.ts'
import type { AlertRecords } from './alert-records.ts'
import type { Encoding } from './answer.ts'
import { authority, type OtlpClientOptions } from './client-options.ts'
import type { ExportFailure } from './export-failure.ts'
import type { LogExporter } from './exporter.ts'
import { requestsOf } from './split-alerts.ts'

export interface OtlpSinkOptions extends OtlpClientOptions {
  readonly name: string
  readonly protocol: 'grpc' | 'http'
  /** Of HTTP. */
  readonly path: string
  readonly encoding: Encoding
  readonly timeoutMs: number
  /** Whose alerts these are: `service.name`. A byte string. */
  readonly application: string
  /** Our own version, of the instrumentation scope. */
  readonly version: string
  readonly clock: WallClock
  /** Messages are constant. */
  readonly warn: (message: string, fields: Readonly<Record<string, unknown>>) => void
}

/** A receiver that wants to be left alone for longer is asked sooner: it may have been mended. */
const LONGEST_PAUSE_MS = 60_000

interface Loaded {
  readonly records: AlertRecords
  readonly exporter: LogExporter
  readonly failureOf: (error: Error, now: number) => ExportFailure
}

/**
 * Sends alerts to a receiver of OTLP, as events of OpenTelemetry's SDK. An alert counts as delivered when the receiver has said so;
 * what it refuses for good is named one by one.
 */
export class OtlpSink implements Sink {
  readonly name: string
  readonly #options: OtlpSinkOptions
  readonly #what: string
  #loaded: Loaded | undefined
  /** Monotonic: the receiver wants to hear nothing before. */
  #notBefore = 0

  constructor(options: OtlpSinkOptions) {
    this.#options = options
    this.name = options.name
    this.#what = `OTLP receiver ${authority(options)}`
  }

  async open(): Promise<void> {
    await this.#ready()
  }

  async write(alerts: readonly Alert[], signal: AbortSignal): Promise<void> {
    const loaded = await this.#ready()
    const refused: number[] = []
    const reasons: string[] = []
    for (const { start, end } of requestsOf(alerts)) {
      await this.#deliver(loaded, alerts, start, end, signal, (from, to, reason) => {
        for (let index = from; index < to; index++) refused.push(index)
        reasons.push(reason)
      })
    }
    const [reason] = reasons
    if (reason === undefined) return
    throw new AdapterError(reason, { code: 'OTLP_REFUSED', retryable: false, refused })
  }

  flush(): Promise<void> {
    return Promise.resolve()
  }

  close(): Promise<void> {
    this.#loaded?.exporter.shutdown()
    this.#loaded = undefined
    return Promise.resolve()
  }

  /** What is refused for good as a whole is sent in halves, so that one alert takes no other with it. */
  async #deliver(
    loaded: Loaded,
    alerts: readonly Alert[],
    start: number,
    end: number,
    signal: AbortSignal,
    refuse: (from: number, to: number, reason: string) => void
  ): Promise<void> {
    const { records, exporter, failureOf } = loaded
    const { clock, warn } = this.#options
    const pauseMs = this.#notBefore - clock.monotonic()
    if (pauseMs > 0) await clock.delay(pauseMs, signal)
    if (signal.aborted) throw this.#retryable({ message: 'was given up', retryAfterMs: undefined })
    const result = await exporter.export(records.of(alerts.slice(start, end)))
    if (result.type === 'success') {
      const { rejected, message } = result
      // Which of them it does not say, and they must not be sent again.
      if (rejected > 0)
        refuse(start, end, `${this.#what} has rejected ${rejected} of ${end - start} alerts: ${message}`)
      else if (message !== '')
        warn('a receiver has taken alerts with a warning', { sink: this.name, message })
      return
    }
    const failure = failureOf(result.error, clock.now())
    if (failure.kind === 'retryable') throw this.#retryable(failure, result.error)
    if (end - start === 1) {
      refuse(start, end, `${this.#what} refuses it for good: ${failure.message}`)
      return
    }
    const middle = start + Math.ceil((end - start) / 2)
    await this.#deliver(loaded, alerts, start, middle, signal, refuse)
    await this.#deliver(loaded, alerts, middle, end, signal, refuse)
  }

  #retryable(
    { message, retryAfterMs }: Pick<ExportFailure, 'message' | 'retryAfterMs'>,
    cause?: Error
  ): AdapterError {
    if (retryAfterMs !== undefined) {
      this.#notBefore = this.#options.clock.monotonic() + Math.min(retryAfterMs, LONGEST_PAUSE_MS)
    }
    return new AdapterError(`${this.#what} does not take alerts: ${message}`, {
      code: 'OTLP_UNAVAILABLE',
      retryable: true,
      cause
    })
  }

  async #ready(): Promise<Loaded> {
    this.#loaded ??= await this.#load()
    return this.#loaded
  }

  /** Loads OpenTelemetry's SDK only now: who does not speak OTLP starts sooner. */
  async #load(): Promise<Loaded> {
    const { application, version, protocol, encoding, timeoutMs } = this.#options
    const [{ AlertRecords }, { createExporter }, { exportFailure }] = await Promise.all([
      import('./alert-records.ts'),
      import('./exporter.ts'),
      import('./export-failure.ts')
    ])
    const transport =
      protocol === 'grpc'
        ? (await import('./grpc-transport.ts')).grpcTransport(this.#options)
        : (await import('./http-transport.ts')).httpTransport(this.#options)
    return {
      records: new AlertRecords(application, version),
      exporter: createExporter(transport, protocol === 'grpc' ? 'protobuf' : encoding, timeoutMs),
      failureOf: exportFailure
    }
  }
}
