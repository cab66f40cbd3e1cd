import {
  createOtlpNetworkExportDelegate,
  ExporterMetrics,
  OTLPExporterBase
} from '@opentelemetry/otlp-exporter-base'
import {
  type IExportLogsServiceResponse,
  type ISerializer,
  JsonLogsSerializer,
  LogsExporterMetricsHelper,
  ProtobufLogsSerializer
} from '@opentelemetry/otlp-transformer'
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs'
import type { Encoding } from './answer.ts'

/** Makes a request, once. */
export interface OtlpTransport {
  send(
    data: Uint8Array,
    timeoutMillis: number
  ): Promise<
    | { readonly status: 'success'; readonly data?: Uint8Array }
    | { readonly status: 'failure'; readonly error: Error }
  >
  /** What is under way fails. */
  shutdown(): void
}

export type ExportResult =
  /** `rejected` records were not taken, and are not to be sent again. */
  | { readonly type: 'success'; readonly rejected: number; readonly message: string }
  | { readonly type: 'failure'; readonly error: Error }

/** One request after the other. */
export interface LogExporter {
  export(records: readonly ReadableLogRecord[]): Promise<ExportResult>
  shutdown(): void
}

/** OpenTelemetry's exporter, of whose answers it is heard what it would only log. */
export function createExporter(transport: OtlpTransport, encoding: Encoding, timeoutMs: number): LogExporter {
  let response: IExportLogsServiceResponse = {}
  const standard = encoding === 'json' ? JsonLogsSerializer : ProtobufLogsSerializer
  const serializer: ISerializer<ReadableLogRecord[], IExportLogsServiceResponse> = {
    serializeRequest: records => standard.serializeRequest(records),
    deserializeResponse: bytes => {
      response = standard.deserializeResponse(bytes)
      return response
    }
  }
  const metrics = new ExporterMetrics<ReadableLogRecord[]>({
    componentType: 'otlp_log_exporter',
    metricsHelper: LogsExporterMetricsHelper,
    url: undefined,
    meterProvider: undefined,
    responseAttributesFromError: () => ({})
  })
  // One request after the other is ours to keep: the exporter counts one for a moment longer than it takes. No more is
  // compression: the transport does it.
  const options = { timeoutMillis: timeoutMs, concurrencyLimit: 10, compression: 'none' } as const
  const exporter = new OTLPExporterBase<ReadableLogRecord[]>(
    createOtlpNetworkExportDelegate(options, serializer, metrics, transport)
  )
  return {
    export: records =>
      new Promise(resolve => {
        response = {}
        exporter.export([...records], ({ error }) => {
          if (error !== undefined) resolve({ type: 'failure', error })
          else resolve({ type: 'success', ...rejectedBy(response) })
        })
      }),
    shutdown: () => transport.shutdown()
  }
}

function rejectedBy({ partialSuccess }: IExportLogsServiceResponse): { rejected: number; message: string } {
  const { rejectedLogRecords = 0, errorMessage = '' } = partialSuccess ?? {}
  // In JSON a 64-bit integer may be a string.
  return { rejected: Number(rejectedLogRecords) || 0, message: errorMessage }
}
