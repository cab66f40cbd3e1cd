import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { AdapterError } from '../../plugin/adapter.ts'
import type { StageHealth } from '../../plugin/stage/health.ts'
import { systemErrorText } from '../system-error.ts'

export interface TelemetryServerOptions {
  readonly host: string
  /** 0: the system chooses a free one. */
  readonly port: number
  readonly health: () => StageHealth
  /** Answers with the metrics in Prometheus' text format. */
  readonly metrics: (request: IncomingMessage, response: ServerResponse) => void
}

export interface TelemetryServer {
  /** `http://127.0.0.1:9464` */
  readonly url: string
  /** Safe to call twice. */
  close(): Promise<void>
}

type StageStatus = StageHealth['status']

/**
 * Whether the process should be left alone, after the Collector's health check: a stage that waits for a sink does not
 * get better by a restart.
 */
const LIVE: Readonly<Record<StageStatus, number>> = {
  starting: 503,
  ok: 200,
  degraded: 200,
  stopping: 503,
  ended: 503,
  failed: 500
}

/** Whether records are taken in, perhaps slowly. */
const READY: Readonly<Record<StageStatus, number>> = { ...LIVE, failed: 503 }

/**
 * Answers `GET /metrics` for Prometheus, `/healthz` for who restarts the process and `/readyz` for who waits for it;
 * the last two with what ails the stage, as JSON.
 *
 * @throws AdapterError if the address can't be listened on.
 */
export async function startTelemetryServer(options: TelemetryServerOptions): Promise<TelemetryServer> {
  const { host, port } = options
  const server = createServer((request, response) => answer(request, response, options))
  server.listen(port, host)
  try {
    await once(server, 'listening')
  } catch (error) {
    throw new AdapterError(`can't listen on ${host} port ${port} (${systemErrorText(error)})`, {
      code: 'TELEMETRY_ADDRESS',
      retryable: false,
      cause: error
    })
  }
  // The process may end while somebody still keeps a connection.
  server.unref()
  const address = server.address() as AddressInfo
  const name = address.family === 'IPv6' ? `[${address.address}]` : address.address
  let closed: Promise<void> | undefined
  return {
    url: `http://${name}:${address.port}`,
    close() {
      closed ??= end(server)
      return closed
    }
  }
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { health, metrics }: TelemetryServerOptions
): void {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(405, { allow: 'GET, HEAD' }).end()
    return
  }
  // Not by URL, which refuses some of what clients send (`//`) by an error.
  const [path] = (request.url ?? '').split('?', 1)
  switch (path) {
    case '/metrics':
      metrics(request, response)
      break
    case '/healthz':
      report(health(), LIVE, response)
      break
    case '/readyz':
      report(health(), READY, response)
      break
    default:
      response.writeHead(404, { 'content-type': 'text/plain' }).end('/metrics /healthz /readyz\n')
  }
}

function report(
  health: StageHealth,
  statuses: Readonly<Record<StageStatus, number>>,
  response: ServerResponse
): void {
  const body = {
    status: health.status,
    troubles: health.troubles.map(({ component, reason, since }) => ({
      component,
      reason,
      since: new Date(since).toISOString()
    }))
  }
  response
    .writeHead(statuses[health.status], { 'content-type': 'application/json', 'cache-control': 'no-store' })
    .end(`${JSON.stringify(body)}\n`)
}

async function end(server: Server): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await closed
}
