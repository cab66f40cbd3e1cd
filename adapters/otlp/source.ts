import type { Batch, Source, SourceStart, WallClock } from '../../plugin/adapter.ts'
import { OtlpRequests } from './requests.ts'
import type { OtlpServer, OtlpServerOptions } from './server-options.ts'

export interface OtlpSourceOptions extends Omit<OtlpServerOptions, 'requests'> {
  readonly name: string
  readonly protocol: 'grpc' | 'http'
  readonly clock: WallClock
  /** How long a sender waits for its answer, at most. */
  readonly answerWithinMs: number
  /** It listens, at `127.0.0.1:4317`. */
  readonly onListening: (address: string) => void
}

/**
 * Logs as OTLP sends them. A request is a batch, never split; whoever sent it is answered when it is settled, and keeps
 * it until then. What is not asked for is refused before it is read, and comes again.
 */
export class OtlpSource implements Source {
  readonly name: string
  readonly live = true
  readonly awaitsAck = true
  readonly #options: OtlpSourceOptions
  readonly #requests: OtlpRequests
  #server: OtlpServer | undefined
  #isClosed = false

  constructor(options: OtlpSourceOptions) {
    const { name, clock, answerWithinMs, maxRequestBytes, warn } = options
    this.#options = options
    this.name = name
    this.#requests = new OtlpRequests({
      source: name,
      clock,
      answerWithinMs,
      maxWaitingBytes: maxRequestBytes,
      onRefused: reason => warn('a request was refused: it can not be decoded', { reason })
    })
  }

  async *read({ signal }: SourceStart): AsyncGenerator<Batch> {
    if (this.#isClosed || signal.aborted) return
    const { onListening } = this.#options
    const server = await this.#start({ ...this.#options, requests: this.#requests })
    this.#server = server
    if (this.#wasClosed) {
      await server.close()
      return
    }
    signal.addEventListener('abort', () => server.stopListening(), { once: true })
    onListening(server.address)
    yield* this.#requests.batches(signal)
  }

  lag(): { readonly value: number; readonly unit: 'bytes' } {
    return { value: this.#requests.waitingBytes, unit: 'bytes' }
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#requests.close()
    await this.#server?.close()
  }

  /** Loads what it needs only now: who does not speak gRPC starts sooner. */
  async #start(options: OtlpServerOptions): Promise<OtlpServer> {
    if (this.#options.protocol === 'http') return (await import('./http-server.ts')).startHttpServer(options)
    return (await import('./grpc-server.ts')).startGrpcServer(options)
  }

  // Asked again after something was waited for.
  get #wasClosed(): boolean {
    return this.#isClosed
  }
}
