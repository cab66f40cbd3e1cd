import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

/** An alert as the Collector has passed it on. */
export interface ReceivedAlert {
  readonly uid: string
  readonly second: number
  readonly eventName: string
  readonly body: string
  readonly severityNumber: number
  readonly severityText: string
  readonly attributes: Readonly<Record<string, unknown>>
  readonly traceId: string
  readonly spanId: string
  readonly service: string
  readonly scope: string
}

/** Takes what a Collector sends with the exporter otlphttp in JSON. */
export class AlertServer {
  readonly alerts: ReceivedAlert[] = []
  readonly uids = new Set<string>()
  readonly #server: Server

  private constructor() {
    this.#server = createServer((request, response) => {
      void text(request).then(body => {
        this.#take(JSON.parse(body) as Request)
        response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
      })
    })
  }

  static async start(): Promise<AlertServer> {
    const server = new AlertServer()
    server.#server.listen(0, '127.0.0.1')
    await once(server.#server, 'listening')
    return server
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  async close(): Promise<void> {
    this.#server.close()
    this.#server.closeAllConnections()
    await Promise.resolve()
  }

  #take({ resourceLogs }: Request): void {
    for (const { resource, scopeLogs } of resourceLogs) {
      const service = String(valuesOf(resource.attributes)['service.name'])
      for (const { scope, logRecords } of scopeLogs) {
        for (const record of logRecords) {
          const attributes = valuesOf(record.attributes)
          const uid = String(attributes['log.record.uid'])
          this.uids.add(uid)
          this.alerts.push({
            uid,
            second: Number(BigInt(record.timeUnixNano) / 1_000_000_000n),
            eventName: record.eventName,
            body: record.body.stringValue ?? '',
            severityNumber: record.severityNumber,
            severityText: record.severityText,
            attributes,
            traceId: record.traceId,
            spanId: record.spanId,
            service,
            scope: scope.name
          })
        }
      }
    }
  }
}

interface Value {
  readonly stringValue?: string
  readonly intValue?: string
  readonly boolValue?: boolean
  readonly doubleValue?: number
  readonly arrayValue?: { readonly values: readonly Value[] }
}

type Attributes = readonly { readonly key: string; readonly value: Value }[]

interface Request {
  readonly resourceLogs: readonly {
    readonly resource: { readonly attributes: Attributes }
    readonly scopeLogs: readonly {
      readonly scope: { readonly name: string }
      readonly logRecords: readonly {
        readonly timeUnixNano: string
        readonly eventName: string
        readonly severityNumber: number
        readonly severityText: string
        readonly body: Value
        readonly attributes: Attributes
        readonly traceId: string
        readonly spanId: string
      }[]
    }[]
  }[]
}

function valuesOf(attributes: Attributes): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, valueOf(value)]))
}

function valueOf({ stringValue, intValue, boolValue, doubleValue, arrayValue }: Value): unknown {
  if (intValue !== undefined) return Number(intValue)
  if (arrayValue !== undefined) return arrayValue.values.map(valueOf)
  return stringValue ?? boolValue ?? doubleValue
}
