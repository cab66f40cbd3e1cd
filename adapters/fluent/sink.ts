import { AdapterError, type Sink, type WallClock } from '../../plugin/adapter.ts'
import type { AlertTemplate } from '../../plugin/alert-template.ts'
import type { Alert } from '../../plugin/alert.ts'
import { readTls, type TlsFiles } from '../tls-files.ts'
import { parseAddress } from './address.ts'
import { alertMessages } from './alert-messages.ts'
import { ClientConnection, type ClientTls } from './client-connection.ts'
import type { Credentials } from './handshake.ts'

/** The longest time that a server which has failed is left alone while another one works. */
const LONGEST_RECOVERY_MS = 300_000

export interface FluentSinkOptions {
  readonly name: string
  /** `HOST:PORT` or paths of Unix sockets, the one that is to be used first. */
  readonly servers: readonly string[]
  readonly tls: (TlsFiles & { readonly serverName: string | undefined }) | undefined
  readonly credentials: Credentials | undefined
  readonly tag: AlertTemplate
  /** False: what the system has taken counts as delivered. */
  readonly requireAck: boolean
  /** How long that may take, or the acknowledgement. */
  readonly ackTimeoutMs: number
  readonly connectTimeoutMs: number
  /** How long a server that has failed is left alone while another one works; each further time twice as long. */
  readonly recoveryMs: number
  readonly clock: WallClock
}

interface Server {
  readonly text: string
  failures: number
  /** Until then it is left alone, monotonic. */
  restsUntil: number
}

/**
 * Sends alerts to Fluentd, Fluent Bit and their like. Of several servers the first that works gets all; when one before it works
 * again, that one does.
 */
export class FluentSink implements Sink {
  readonly name: string
  readonly #options: FluentSinkOptions
  readonly #servers: readonly Server[]
  #tls: ClientTls | undefined
  #current: { readonly server: Server; readonly connection: ClientConnection } | undefined

  constructor(options: FluentSinkOptions) {
    this.#options = options
    this.name = options.name
    this.#servers = options.servers.map(text => ({ text, failures: 0, restsUntil: 0 }))
  }

  async open(signal: AbortSignal): Promise<void> {
    await this.#connected(signal)
  }

  async write(alerts: readonly Alert[], signal: AbortSignal): Promise<void> {
    const { tag, requireAck, ackTimeoutMs: timeoutMs } = this.#options
    const { server, connection } = await this.#connected(signal)
    try {
      await connection.send(alertMessages(alerts, tag), { requireAck, timeoutMs }, signal)
      server.failures = 0
    } catch (error) {
      connection.close()
      throw this.#unavailable([this.#failed(server, error)], error)
    }
  }

  /** What is written is acknowledged. */
  flush(): Promise<void> {
    return Promise.resolve()
  }

  close(): Promise<void> {
    this.#current?.connection.close()
    this.#current = undefined
    return Promise.resolve()
  }

  /** @throws AdapterError */
  async #connected(signal: AbortSignal): Promise<{ server: Server; connection: ClientConnection }> {
    const { tls, clock } = this.#options
    if (tls !== undefined) this.#tls ??= { ...readTls(tls), serverName: tls.serverName }
    const now = clock.monotonic()
    const resting = this.#servers.filter(({ restsUntil }) => restsUntil > now)
    const problems: string[] = []
    // Those that rest come last: there may be no other.
    for (const server of [...this.#servers.filter(each => !resting.includes(each)), ...resting]) {
      const current = this.#current
      if (current?.server === server && current.connection.isUsable) return current
      try {
        const connection = await this.#open(server, signal)
        current?.connection.close()
        this.#current = { server, connection }
        return this.#current
      } catch (error) {
        problems.push(this.#failed(server, error))
      }
    }
    throw this.#unavailable(problems)
  }

  #open({ text }: Server, signal: AbortSignal): Promise<ClientConnection> {
    const { credentials, connectTimeoutMs, clock } = this.#options
    const address = parseAddress(text)
    return ClientConnection.open({ address, tls: this.#tls, credentials, connectTimeoutMs, clock }, signal)
  }

  #failed(server: Server, error: unknown): string {
    const { clock, recoveryMs } = this.#options
    server.restsUntil =
      clock.monotonic() + Math.min(recoveryMs * 2 ** Math.min(server.failures++, 20), LONGEST_RECOVERY_MS)
    return `${server.text}: ${(error as Error).message}`
  }

  #unavailable(problems: readonly string[], cause?: unknown): AdapterError {
    return new AdapterError(`no alerts to Fluent servers (${problems.join('; ')})`, {
      code: 'OUTPUT_UNAVAILABLE',
      retryable: true,
      cause
    })
  }
}
