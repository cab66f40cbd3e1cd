import { PrometheusExporter } from '@opentelemetry/exporter-prometheus'
import { MeterProvider } from '@opentelemetry/sdk-metrics'
import type { StageHealth } from '../../plugin/stage/health.ts'
import { registerMetrics, type StageReadings } from './metrics.ts'
import { startTelemetryServer, type TelemetryServer } from './server.ts'

export interface PrometheusOptions {
  readonly host: string
  /** 0: the system chooses a free one. */
  readonly port: number
  /** Of correlog. */
  readonly version: string
  readonly readings: StageReadings
  readonly health: () => StageHealth
}

/**
 * Serves a stage's metrics and health over HTTP, with a meter of its own: what a surrounding program has set up for
 * OpenTelemetry is left alone.
 *
 * @throws AdapterError if the address can't be listened on.
 */
export async function startPrometheus(options: PrometheusOptions): Promise<TelemetryServer> {
  // target_info would name an unknown service.
  const exporter = new PrometheusExporter({ preventServerStart: true, withoutTargetInfo: true })
  const provider = new MeterProvider({ readers: [exporter] })
  registerMetrics(provider.getMeter('correlog', options.version), options.readings)
  const server = await startTelemetryServer({
    ...options,
    metrics: (request, response) => exporter.getMetricsRequestHandler(request, response)
  })
  return {
    url: server.url,
    async close() {
      await server.close()
      await provider.shutdown()
    }
  }
}
