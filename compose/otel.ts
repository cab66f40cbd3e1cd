import { type Context, diag } from '@opentelemetry/api'
import { logs } from '@opentelemetry/api-logs'
import { defaultResource, type Resource } from '@opentelemetry/resources'
import { LoggerProvider, type LogRecordProcessor, type ReadableLogRecord } from '@opentelemetry/sdk-logs'
import { pushedRecord } from '../adapters/otel-sdk/log-record.ts'
import { type AlertLogger, LoggerSink } from '../adapters/otel-sdk/logger-sink.ts'
import { MOST_ATTRIBUTES } from '../adapters/otlp/emit-alert.ts'
import { PushSource } from '../adapters/push/source.ts'
import type { Sink } from '../plugin/adapter.ts'
import type { StageCounters } from '../plugin/stage/counters.ts'
import type { StageHealth } from '../plugin/stage/health.ts'
import type { StageLog } from '../plugin/stage/options.ts'
import { decodeUtf8 } from '../plugin/utf8.ts'
import { createStage, type EmbeddedStage } from './create-stage.ts'
import type { PartOptions, StageOptions } from './options.ts'
import { version } from './version.ts'

export { ConfigurationError } from './configuration-error.ts'

export interface CorrelogProcessorOptions
  extends Omit<StageOptions, 'sources' | 'sinks' | 'once' | 'matchOwnAlerts' | 'background'> {
  /**
   * Processors that get every record, and the alerts, from this one, and are flushed and shut down when it has given
   * them the last alert. Without it alerts go to the logger of a provider.
   */
  readonly next?: LogRecordProcessor | readonly LogRecordProcessor[]
  /** Whose logger emits the alerts, where there is no `next`; by default the global provider's. */
  readonly loggerProvider?: () => { getLogger(name: string, version?: string): AlertLogger }
  /** Where alerts go besides. */
  readonly sinks?: readonly (string | PartOptions | Sink)[]
  /** How many records wait to be correlated, 10,000 by default. What is more is dropped and counted. */
  readonly maxWaiting?: number
}

type SdkLogRecord = Parameters<LogRecordProcessor['onEmit']>[0]

/**
 * Correlates what a program logs through OpenTelemetry's SDK: a stage whose records are those that the SDK gives to its
 * processors, and whose alerts are emitted there again, as events of the scope `correlog`. They are not correlated.
 *
 * It throws when it is made, on a wrong configuration, and never afterwards. It does not keep the process running.
 */
export class CorrelogProcessor implements LogRecordProcessor {
  readonly #source: PushSource
  readonly #sink: LoggerSink
  readonly #stage: EmbeddedStage
  readonly #log: StageLog
  readonly #next: readonly LogRecordProcessor[]
  readonly #started: Promise<void>
  #resource: Resource | undefined
  #nextLogger: AlertLogger | undefined
  #faults = 0
  #alertsLost = 0
  #shutdown: Promise<void> | undefined

  /** @throws ConfigurationError with everything that is wrong */
  constructor(options: CorrelogProcessorOptions) {
    const { next = [], loggerProvider, sinks = [], maxWaiting, log = DIAG_LOG, ...rest } = options
    this.#log = log
    this.#next = 'onEmit' in next ? [next] : next
    this.#source = new PushSource({ name: 'otel', ...(maxWaiting !== undefined && { maxWaiting }) })
    this.#sink = new LoggerSink({
      name: 'otel',
      logger: () => this.#logger(loggerProvider ?? (() => logs)),
      onLost: reason => {
        if (this.#alertsLost++ === 0) log.log(2, 'alerts are lost: the logger does not take them', { reason })
      }
    })
    this.#stage = createStage({
      ...rest,
      log,
      sources: this.#source,
      sinks: [this.#sink, ...sinks],
      background: true
    })
    this.#started = this.#start()
  }

  onEmit(record: SdkLogRecord, context?: Context): void {
    if (!this.#sink.isEmitting) this.#correlate(record)
    for (const processor of this.#next) {
      try {
        processor.onEmit(record, context)
      } catch (error) {
        this.#fault('a processor behind correlog has thrown', error)
      }
    }
  }

  /** Resolves when the alerts of all records so far are emitted and, with `next`, flushed. */
  async forceFlush(): Promise<void> {
    await this.#started
    await this.#source.settled()
    await Promise.all(this.#next.map(processor => processor.forceFlush()))
  }

  /** The same for good, at most for `delivery.shutdownTimeout`. Safe to call twice. */
  shutdown(): Promise<void> {
    this.#shutdown ??= this.#end()
    return this.#shutdown
  }

  get health(): StageHealth {
    return this.#stage.health
  }

  get counters(): StageCounters {
    return this.#stage.counters
  }

  /** What is gone: records that came too fast or after the end, records that could not be read or that `next` threw at, alerts that no logger took. */
  get lost(): { readonly dropped: number; readonly faults: number; readonly alerts: number } {
    return { dropped: this.#source.dropped, faults: this.#faults, alerts: this.#alertsLost }
  }

  #correlate(record: ReadableLogRecord): void {
    try {
      this.#resource = record.resource
      this.#source.push(pushedRecord(record))
    } catch (error) {
      this.#fault('records are not correlated: they can not be read', error)
    }
  }

  /** Said the first time, and counted. */
  #fault(message: string, error: unknown): void {
    if (this.#faults++ === 0) this.#log.log(2, message, { error: String(error) })
  }

  #logger(loggerProvider: NonNullable<CorrelogProcessorOptions['loggerProvider']>): AlertLogger {
    if (this.#next.length === 0) return loggerProvider().getLogger('correlog', version)
    this.#nextLogger ??= new LoggerProvider({
      resource: this.#resource ?? defaultResource(),
      processors: [...this.#next],
      logRecordLimits: { attributeCountLimit: MOST_ATTRIBUTES }
    }).getLogger('correlog', version)
    return this.#nextLogger
  }

  async #start(): Promise<void> {
    void this.#stage.wait().then(end => {
      if (end.type === 'failed') this.#log.log(1, 'correlog cannot go on', { error: String(end.error) })
    })
    try {
      await this.#stage.start()
    } catch {
      // `wait` has said it, and the source takes nothing any more.
    }
  }

  async #end(): Promise<void> {
    await this.#started
    await this.#stage.stop()
    await Promise.all(this.#next.map(processor => processor.shutdown()))
  }
}

/** To the program's own place for what OpenTelemetry has to say. */
const DIAG_LOG: StageLog = {
  level: 4,
  log(level, message, fields = {}) {
    const text = `correlog: ${decodeUtf8(message)}`
    if (level <= 2) diag.error(text, fields)
    else if (level === 3) diag.warn(text, fields)
    else diag.info(text, fields)
  }
}
