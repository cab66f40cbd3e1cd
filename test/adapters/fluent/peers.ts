import { connect, type Socket } from 'node:net'
import type { TestContext } from 'vitest'
import { vi } from 'vitest'
import { FluentSource, type FluentSourceOptions } from '../../../adapters/fluent/source.ts'
import { FluentSink, type FluentSinkOptions } from '../../../adapters/fluent/sink.ts'
import { wallClock } from '../../../adapters/wall-clock.ts'

/** What was logged. */
export interface LogEntry {
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** A source that listens on a free port, unless its address says otherwise. */
export function fluentSource(options: Partial<FluentSourceOptions> = {}): {
  readonly source: FluentSource
  readonly log: LogEntry[]
} {
  const log: LogEntry[] = []
  const source = new FluentSource({
    name: 'in',
    address: '127.0.0.1:0',
    tls: undefined,
    credentials: undefined,
    match: () => true,
    udpHeartbeat: false,
    maxConnections: 100,
    maxMessageBytes: 10_000_000,
    maxDecompressedBytes: 10_000_000,
    maxRecordBytes: 1_000_000,
    maxBufferedBytes: 10_000_000,
    messageTimeoutMs: 10_000,
    clock: wallClock,
    warn: (message, fields) => log.push({ message, fields }),
    ...options
  })
  return { source, log }
}

/** The port of a source that has been asked for its first batch. */
export async function portOf(source: FluentSource): Promise<number> {
  const port = (): number | undefined => source.port
  await vi.waitUntil(() => port() !== undefined, { timeout: 5000, interval: 1 })
  return port() as number
}

/** A sink, closed at the end of its test. */
export function fluentSink(
  context: TestContext,
  servers: readonly string[],
  options: Partial<FluentSinkOptions> = {}
): FluentSink {
  const sink = new FluentSink({
    name: 'out',
    servers,
    tls: undefined,
    credentials: undefined,
    tag: () => 'alerts',
    requireAck: true,
    ackTimeoutMs: 5000,
    connectTimeoutMs: 5000,
    recoveryMs: 1000,
    clock: wallClock,
    ...options
  })
  context.onTestFinished(() => sink.close())
  return sink
}

/** A client that sends bytes as a test has them. */
export class RawClient {
  readonly socket: Socket
  #received = Buffer.alloc(0)
  isClosed = false

  constructor(context: TestContext, socket: Socket) {
    this.socket = socket
    socket.on('data', piece => {
      this.#received = Buffer.concat([this.#received, piece])
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      this.isClosed = true
    })
    context.onTestFinished(() => void socket.destroy())
  }

  static connect(context: TestContext, port: number): RawClient {
    return new RawClient(context, connect({ host: '127.0.0.1', port }))
  }

  get received(): Buffer {
    return this.#received
  }

  send(bytes: Uint8Array | string): void {
    this.socket.write(bytes)
  }

  async until(condition: () => boolean, what: string): Promise<void> {
    await vi.waitUntil(condition, { timeout: 10_000, interval: 2 }).catch(() => {
      throw new Error(`waited in vain for ${what}; received ${this.#received.toString('latin1')}`)
    })
  }

  /** Waits for so many bytes. */
  async answered(bytes: number): Promise<Buffer> {
    await this.until(() => this.#received.length >= bytes, `${bytes} bytes`)
    return this.#received
  }

  async closed(): Promise<void> {
    await this.until(() => this.isClosed, 'the end')
  }
}
