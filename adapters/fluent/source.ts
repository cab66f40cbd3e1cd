import type { Batch, Source, SourceStart, WallClock } from '../../plugin/adapter.ts'
import { systemErrorText } from '../system-error.ts'
import { readTls, type TlsFiles } from '../tls-files.ts'
import { parseAddress } from './address.ts'
import { ForwardError } from './forward-error.ts'
import type { Credentials } from './handshake.ts'
import { Inbox, type Message } from './inbox.ts'
import { RequestBatches } from './request-batches.ts'
import { parseRequest, type ForwardRequest } from './request.ts'
import { ForwardServer } from './server.ts'
import { ServerConnection } from './server-connection.ts'
import type { TagMatcher } from '../../plugin/tag-pattern.ts'

/** How long clients may take to read what they were answered, at the end. */
const CLOSE_MS = 500

/** An address that is not to be had is asked for so often. */
const FAULT_PAUSE_MS = 1000

export interface FluentSourceOptions {
  readonly name: string
  /** `HOST:PORT` or the path of a Unix socket; a byte string. */
  readonly address: string
  /** `undefined`: plain text. */
  readonly tls: TlsFiles | undefined
  /** `undefined`: everyone may send. */
  readonly credentials: Credentials | undefined
  /** Of other tags the records are left out. */
  readonly match: TagMatcher
  readonly udpHeartbeat: boolean
  readonly maxConnections: number
  readonly maxMessageBytes: number
  readonly maxDecompressedBytes: number
  readonly maxRecordBytes: number
  /** Of all messages that wait or are not whole yet. */
  readonly maxBufferedBytes: number
  /** How long a message or a handshake may take from its first byte to its last. */
  readonly messageTimeoutMs: number
  readonly clock: WallClock
  /** Something is not as it should be. Messages are constant. */
  readonly warn: (message: string, fields: Readonly<Record<string, unknown>>) => void
}

/**
 * Takes records from Fluentd, Fluent Bit and their like by the forward protocol. A request with `chunk` is acknowledged when it is
 * settled, and known again when its client repeats it; what comes without is the client's to lose.
 */
export class FluentSource implements Source {
  readonly name: string
  readonly live = true
  readonly #options: FluentSourceOptions
  readonly #inbox: Inbox<ServerConnection>
  readonly #batches: RequestBatches
  readonly #idPrefix: string
  #number = 0
  #server: ForwardServer | undefined
  #unanswered = 0
  readonly #closed = new AbortController()
  readonly #faulty = new WeakSet<ServerConnection>()

  constructor(options: FluentSourceOptions) {
    const { name, clock, maxBufferedBytes } = options
    this.#options = options
    this.name = name
    this.#inbox = new Inbox(maxBufferedBytes)
    this.#batches = new RequestBatches({ ...options, source: name, now: () => clock.now() })
    // What another process took in has other ids.
    this.#idPrefix = `fluent:${name}:${Math.floor(clock.now())}:`
  }

  /** While there are requests whose clients wait. */
  get awaitsAck(): boolean {
    return this.#unanswered > 0
  }

  /** The port that it listens on. */
  get port(): number | undefined {
    return this.#server?.port
  }

  lag(): { value: number; unit: 'bytes' } {
    return { value: this.#inbox.queuedBytes, unit: 'bytes' }
  }

  async *read({ signal: stop, onTrouble }: SourceStart): AsyncGenerator<Batch> {
    const signal = AbortSignal.any([stop, this.#closed.signal])
    if (!(await this.#listen(signal, onTrouble))) return
    void this.#expire(signal)
    const batches = this.#batches
    for (;;) {
      const message = batches.isEmpty ? await this.#inbox.take(signal) : this.#inbox.takeNow()
      if (message !== undefined) yield* this.#worked(message)
      else if (batches.isEmpty) return
      else yield batches.take({ ack: () => {} })
    }
  }

  async close(): Promise<void> {
    this.#closed.abort()
    this.#server?.stop()
    const connections = [...this.#inbox.connections]
    for (const connection of connections) connection.close()
    const limit = new AbortController()
    const allClosed = Promise.all(connections.map(({ closed }) => closed))
    await Promise.race([allClosed, this.#options.clock.delay(CLOSE_MS, limit.signal)])
    limit.abort()
    for (const connection of connections) connection.destroy()
  }

  async *#worked(message: Message<ServerConnection>): AsyncGenerator<Batch> {
    const { connection, frame } = message
    const batches = this.#batches
    try {
      // What comes behind what can't be read is not read.
      if (this.#faulty.has(connection)) return
      const request = parseRequest(frame)
      if (request.ack === undefined) {
        connection.answerNothing()
        const finish = (): Batch => batches.take({ ack: () => {} })
        this.#number = yield* batches.add(request, this.#idPrefix, this.#number, finish)
      } else {
        if (!batches.isEmpty) yield batches.take({ ack: () => {} })
        yield* this.#acknowledged(request, request.ack, connection)
      }
    } catch (error) {
      if (!(error instanceof ForwardError)) throw error
      batches.addFault(`${this.#idPrefix}${this.#number++}`, error, frame.bytes)
      this.#faulty.add(connection)
      connection.refuse('a connection that does not keep to the protocol', error.message)
    } finally {
      this.#inbox.release(message)
    }
  }

  /**
   * Batches of a request that is acknowledged with the last of them. Each has a fingerprint of its own: a request that is
   * repeated after half of it was settled gives its other half.
   */
  async *#acknowledged(
    { fingerprint, ...request }: ForwardRequest,
    answer: Buffer,
    connection: ServerConnection
  ): AsyncGenerator<Batch> {
    const batches = this.#batches
    let part = 0
    const partName = (): string => `${fingerprint}/${part++}`
    yield* batches.add({ fingerprint, ...request }, `${fingerprint}/`, 0, () =>
      batches.take({ fingerprint: partName(), ack: () => {} })
    )
    // For the parts before nobody waits: they may be settled with it.
    this.#unanswered++
    yield batches.take({
      fingerprint: partName(),
      ack: () => {
        this.#unanswered--
        connection.answer(answer)
      }
    })
  }

  /** False: it was given up. @throws AdapterError of files for TLS that can't be read */
  async #listen(signal: AbortSignal, onTrouble: SourceStart['onTrouble']): Promise<boolean> {
    const { address, tls, clock, maxConnections, messageTimeoutMs, udpHeartbeat } = this.#options
    const server = new ForwardServer({
      address: parseAddress(address),
      tls: tls === undefined ? undefined : readTls(tls),
      maxConnections,
      handshakeTimeoutMs: messageTimeoutMs,
      udpHeartbeat,
      onConnection: socket => void new ServerConnection({ ...this.#connectionOptions, socket }),
      onRefusal: this.#refused
    })
    for (let hasTrouble = false; !signal.aborted; ) {
      try {
        await server.listen()
        if (hasTrouble) onTrouble(undefined)
        this.#server = server
        signal.addEventListener('abort', () => this.#stopReading())
        if (signal.aborted) this.#stopReading()
        return true
      } catch (error) {
        hasTrouble = true
        onTrouble(`can't listen on ${address} (${systemErrorText(error)})`)
        await clock.delay(FAULT_PAUSE_MS, signal)
      }
    }
    return false
  }

  get #connectionOptions() {
    const { credentials, maxMessageBytes, clock } = this.#options
    return {
      inbox: this.#inbox,
      credentials,
      maxMessageBytes,
      monotonic: () => clock.monotonic(),
      onRefusal: this.#refused
    }
  }

  /** What was not taken in stays with who sends it. */
  #stopReading(): void {
    this.#server?.stop()
    this.#inbox.stop()
  }

  async #expire(signal: AbortSignal): Promise<void> {
    const { clock, messageTimeoutMs } = this.#options
    while (!signal.aborted) {
      for (const connection of this.#inbox.connections) connection.expire(messageTimeoutMs)
      await clock.delay(Math.min(messageTimeoutMs / 4, 1000), signal)
    }
  }

  readonly #refused = (what: string, peer: string, reason: string): void => {
    const { warn, name } = this.#options
    warn(`refused ${what}`, { source: name, peer, reason })
  }
}
