import { connect as connectPlain, isIP, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'
import type { ISocketFactoryArgs, Kafka, RetryOptions, SASLOptions } from 'kafkajs'
import { KafkaClientError } from '../client.ts'
import type { Compression } from './codecs.ts'
import { clientError, isCertificateError, lowerFirst } from './errors.ts'
import { kafkajs } from './load.ts'

export interface KafkajsOptions {
  /** `host:port` of brokers to begin with. */
  readonly brokers: readonly string[]
  /** What brokers call us in their logs and quotas. */
  readonly clientId: string
  /** Speaks TLS; authorities and certificates are PEM texts. */
  readonly tls?: Pick<
    ConnectionOptions,
    'ca' | 'cert' | 'key' | 'passphrase' | 'servername' | 'rejectUnauthorized'
  >
  readonly sasl?: KafkaLogin
  /** Of what is written. What is read may be compressed by all of them. */
  readonly compression?: Compression
}

export type KafkaLogin =
  | {
      readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'
      readonly username: string
      readonly password: string
    }
  /** `token` is asked for each time a connection is made. */
  | { readonly mechanism: 'oauthbearer'; readonly token: () => Promise<string> }

/**
 * A broker that comes back is found within a second: kafkajs' own backoff grows to half a minute. Without an end; what
 * must have one is given a deadline.
 */
export const retryForEver: RetryOptions = {
  initialRetryTime: 5,
  maxRetryTime: 1000,
  retries: Number.MAX_SAFE_INTEGER
}

/**
 * Of what is written: three seconds for a leader or coordinator to be found again or a topic to be made, then the answer
 * is the caller's. While there is no connection it is tried without an end all the same.
 */
export const retryAnswers: RetryOptions = { ...retryForEver, retries: 10 }

const CONNECT_TIMEOUT_MS = 5000
const REQUEST_TIMEOUT_MS = 20_000
const KEEP_ALIVE_MS = 60_000
/** For requests that are under way when it is closed. */
const CLOSE_WITHIN_MS = 5000

/** A kafkajs of its own, that can be ended whatever it is retrying. */
export class Connection {
  readonly kafka: Kafka
  /** Told what is wrong with a socket. */
  onTrouble: (problem: string) => void = () => {}
  /** What kafkajs logged last as an error. */
  lastError: string | undefined
  readonly #options: KafkajsOptions
  readonly #sockets = new Set<Socket>()
  readonly #waiting = new Set<(error: KafkaClientError) => void>()
  #ended: KafkaClientError | undefined

  constructor(options: KafkajsOptions) {
    this.#options = options
    this.kafka = new kafkajs.Kafka({
      // Whatever is retried asks for brokers sooner or later, and does not go on without any.
      brokers: () => (this.#ended === undefined ? [...options.brokers] : []),
      clientId: options.clientId,
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      retry: retryForEver,
      ssl: options.tls !== undefined,
      ...(options.sasl === undefined ? {} : { sasl: login(options.sasl) }),
      socketFactory: arguments_ => this.#socket(arguments_),
      logLevel: kafkajs.logLevel.ERROR,
      logCreator:
        () =>
        ({ log }) => {
          this.lastError = lowerFirst(typeof log['error'] === 'string' ? log['error'] : log.message)
        }
    })
  }

  /** Where to, for messages. */
  get name(): string {
    return `Kafka at ${this.#options.brokers.join(', ')}`
  }

  /**
   * Waits for something, unless the connection is ended before or time runs out.
   *
   * @param doing what it was about, for the error's message
   * @throws KafkaClientError
   */
  async wait<Result>(operation: Promise<Result>, doing: string, withinMs?: number): Promise<Result> {
    let timer: NodeJS.Timeout | undefined
    let giveUp: ((error: KafkaClientError) => void) | undefined
    try {
      return await new Promise<Result>((resolve, reject) => {
        operation.then(resolve, reject)
        if (this.#ended !== undefined) reject(this.#ended)
        giveUp = reject
        this.#waiting.add(reject)
        if (withinMs === undefined) return
        timer = setTimeout(() => {
          const reason = this.lastError ?? `does ${this.name} speak Kafka, and TLS as it is configured?`
          const message = `${doing}: no answer within ${withinMs / 1000} s: ${reason}`
          reject(new KafkaClientError(message, { code: 'CONNECTION', retryable: true }))
        }, withinMs)
      })
    } catch (error) {
      throw clientError(error, doing)
    } finally {
      clearTimeout(timer)
      if (giveUp !== undefined) this.#waiting.delete(giveUp)
    }
  }

  /** Lets everything that waits fail with this error and makes no connection any more. */
  end(error: KafkaClientError): void {
    if (this.#ended !== undefined) return
    this.#ended = error
    for (const giveUp of this.#waiting) giveUp(error)
  }

  /** Ends what is still connected, within some seconds. */
  async close(disconnect: () => Promise<void>): Promise<void> {
    this.end(new KafkaClientError(`${this.name}: closed`, { code: 'CLOSED', retryable: false }))
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>(resolve => {
      timer = setTimeout(resolve, CLOSE_WITHIN_MS)
    })
    await Promise.race([disconnect().catch(() => {}), late])
    clearTimeout(timer)
    for (const socket of this.#sockets) socket.destroy(new Error('closed'))
  }

  #socket({ host, port, ssl, onConnect }: ISocketFactoryArgs): Socket {
    // kafkajs goes on trying what nobody waits for any more: not with brokers that it knows either.
    if (this.#ended !== undefined) throw this.#ended
    const name = isIP(host) === 0 ? { servername: host } : {}
    const socket = ssl
      ? connectTls({ host, port, ...name, ...this.#options.tls }, onConnect)
      : connectPlain({ host, port }, onConnect)
    socket.setKeepAlive(true, KEEP_ALIVE_MS)
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
    socket.on('error', (error: Error) => {
      if (isCertificateError(error)) this.end(certificateError(`${host}:${port}`, error))
      else this.onTrouble(`${host}:${port}: ${error.message}`)
    })
    return socket
  }
}

function certificateError(address: string, cause: Error & { readonly code?: string }): KafkaClientError {
  const noTls = /^(?:EPROTO|ERR_SSL_WRONG_VERSION_NUMBER)$/.test(cause.code ?? '')
  const todo = noTls
    ? 'does the broker speak TLS at this port?'
    : "check the authority's certificate, and that the broker's certificate names the host"
  return new KafkaClientError(`${address}: TLS: ${cause.message.trim()}; ${todo}`, {
    code: 'CERTIFICATE',
    retryable: false,
    cause
  })
}

/** A new object each: kafkajs writes into it. */
function login(sasl: KafkaLogin): SASLOptions {
  if (sasl.mechanism !== 'oauthbearer') return { ...sasl }
  return {
    mechanism: 'oauthbearer',
    oauthBearerProvider: async () => ({ value: await sasl.token() })
  }
}
