import type { TestContext } from 'vitest'
import { type Answer, SUCCESS } from '../../../adapters/otlp/answer.ts'
import { startGrpcServer } from '../../../adapters/otlp/grpc-server.ts'
import { startHttpServer } from '../../../adapters/otlp/http-server.ts'
import type { OtlpServer } from '../../../adapters/otlp/server-options.ts'
import { OtlpSink, type OtlpSinkOptions } from '../../../adapters/otlp/sink.ts'
import type { TlsFiles } from '../../../adapters/tls-files.ts'
import { wallClock } from '../../../adapters/wall-clock.ts'
import type { LogRecord } from '../../../plugin/record.ts'

/** Who takes what the sink sends, at one port, up or down. */
export class Receiver {
  /** What it has said yes to, in order. */
  readonly records: LogRecord[] = []
  /** How many records each request had, whatever was answered. */
  readonly requests: number[] = []
  /** What is answered. */
  answer: (records: readonly LogRecord[]) => Answer | Promise<Answer> = () => SUCCESS
  token: string | undefined
  tls: TlsFiles | undefined
  port = 0
  readonly #protocol: 'grpc' | 'http'
  #server: OtlpServer | undefined

  constructor(context: TestContext, protocol: 'grpc' | 'http') {
    this.#protocol = protocol
    context.onTestFinished(() => this.stop())
  }

  async start(): Promise<void> {
    const start = this.#protocol === 'grpc' ? startGrpcServer : startHttpServer
    this.#server = await start({
      host: '127.0.0.1',
      port: this.port,
      tls: this.tls,
      token: this.token,
      maxRequestBytes: 4 * 1024 * 1024,
      maxConnections: 100,
      warn: () => {},
      requests: {
        refusal: undefined,
        answer: async (bytes, decode) => {
          const { records } = decode(bytes, { source: 'receiver', id: 'r', observedTimestamp: 0 })
          this.requests.push(records.length)
          const answer = await this.answer(records)
          if (answer.type === 'success' && answer.rejected < records.length) this.records.push(...records)
          return answer
        }
      }
    })
    this.port = Number(/\d+$/.exec(this.#server.address)?.[0])
  }

  async stop(): Promise<void> {
    await this.#server?.close()
    this.#server = undefined
  }

  sink(options: Partial<OtlpSinkOptions> = {}): OtlpSink {
    return new OtlpSink({
      name: 'out',
      protocol: this.#protocol,
      host: '127.0.0.1',
      port: this.port,
      path: '/v1/logs',
      encoding: 'protobuf',
      tls: undefined,
      token: undefined,
      compression: 'gzip',
      timeoutMs: 5000,
      application: 'gate',
      version: '1.2.3',
      clock: wallClock,
      warn: () => {},
      ...options
    })
  }
}
