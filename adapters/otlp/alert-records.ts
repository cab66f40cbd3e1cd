import { type Context, ROOT_CONTEXT, trace } from '@opentelemetry/api'
import type { Logger } from '@opentelemetry/api-logs'
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources'
import { LoggerProvider, type LogRecordProcessor, type ReadableLogRecord } from '@opentelemetry/sdk-logs'
import type { Alert } from '../../plugin/alert.ts'
import { decodeUtf8 } from '../../plugin/utf8.ts'
import { emitAlert, MOST_ATTRIBUTES } from './emit-alert.ts'

type SdkLogRecord = Parameters<LogRecordProcessor['onEmit']>[0]

/** Keeps what was emitted until it is taken. OpenTelemetry's own drop what is too much, and tell nobody. */
class TakenProcessor implements LogRecordProcessor {
  #records: SdkLogRecord[] = []

  onEmit(record: SdkLogRecord, context: Context = ROOT_CONTEXT): void {
    // The SDK leaves out a trace without a span, which a record may well have.
    const spanContext = trace.getSpanContext(context)
    if (spanContext !== undefined) record.spanContext = spanContext
    this.#records.push(record)
  }

  take(): readonly ReadableLogRecord[] {
    const records = this.#records
    this.#records = []
    return records
  }

  forceFlush(): Promise<void> {
    return Promise.resolve()
  }

  shutdown(): Promise<void> {
    return Promise.resolve()
  }
}

/** Makes OpenTelemetry's records of alerts. */
export class AlertRecords {
  readonly #processor = new TakenProcessor()
  readonly #logger: Logger

  /** `application` is a byte string. */
  constructor(application: string, version: string) {
    const own = resourceFromAttributes({ 'service.name': decodeUtf8(application) })
    const provider = new LoggerProvider({
      resource: defaultResource().merge(own),
      processors: [this.#processor],
      logRecordLimits: { attributeCountLimit: MOST_ATTRIBUTES }
    })
    this.#logger = provider.getLogger('correlog', version)
  }

  of(alerts: readonly Alert[]): readonly ReadableLogRecord[] {
    for (const alert of alerts) emitAlert(this.#logger, alert)
    return this.#processor.take()
  }
}
