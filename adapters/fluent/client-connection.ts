import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { WallClock } from '../../plugin/adapter.ts'
import { isMap } from '../../plugin/record-fields.ts'
import { systemErrorText } from '../system-error.ts'
import { tlsErrorText } from '../tls-error.ts'
import type { TlsMaterial } from '../tls-files.ts'
import type { Address } from './address.ts'
import type { AlertMessage } from './alert-messages.ts'
import { Frames } from './frames.ts'
import { type Credentials, distrust, encodePing, newPing, readHelo, readPong, salt } from './handshake.ts'
import { MsgpackReader } from './msgpack-reader.ts'

/** What a server says is short. */
const LONGEST_ANSWER = 64 * 1024

export interface ClientTls extends TlsMaterial {
  /** By which the server's certificate is checked; by default its host. */
  readonly serverName: string | undefined
}

export interface ClientOptions {
  readonly address: Address
  readonly tls: ClientTls | undefined
  readonly credentials: Credentials | undefined
  /** For connection and handshake. */
  readonly connectTimeoutMs: number
  readonly clock: WallClock
}

/** A connection to a server of the forward protocol. All that goes wrong with it ends it, and is thrown as an Error in words. */
export class ClientConnection {
  readonly #socket: Socket
  readonly #clock: WallClock
  readonly #frames = new Frames(LONGEST_ANSWER)
  #answers: Buffer[] = []
  #problem: string | undefined
  #onNews: (() => void) | undefined
  #keepalive = true

  private constructor({ address, tls, clock }: ClientOptions) {
    this.#clock = clock
    const at = 'path' in address ? { path: Buffer.from(address.path, 'latin1').toString('utf8') } : address
    const name = tls?.serverName ?? ('host' in address ? address.host : undefined)
    this.#socket =
      tls === undefined
        ? connect(at)
        : connectTls({ ...at, ...tls, ...(name !== undefined && !isIp(name) && { servername: name }) })
    this.#socket.setNoDelay(true)
    this.#socket.setKeepAlive(true, 60_000)
    this.#socket.on('data', piece => this.#take(piece))
    this.#socket.on('error', error => this.#fail(problemOf(error)))
    this.#socket.on('close', () => this.#fail('closed the connection'))
    this.#socket.on('end', () => this.#fail('closed the connection'))
    this.#socket.on(tls === undefined ? 'connect' : 'secureConnect', () => {
      this.#isConnected = true
      this.#onNews?.()
    })
  }

  #isConnected = false

  /** Connects, and shakes hands where there are credentials. */
  static async open(options: ClientOptions, signal: AbortSignal): Promise<ClientConnection> {
    const connection = new ClientConnection(options)
    try {
      await connection.#begin(options, signal)
      return connection
    } catch (error) {
      connection.close()
      throw error
    }
  }

  get isUsable(): boolean {
    return this.#problem === undefined
  }

  /** Sends messages and waits until all are acknowledged, or else until the system has them; for `timeoutMs` at most. */
  async send(
    messages: readonly AlertMessage[],
    { requireAck, timeoutMs }: { readonly requireAck: boolean; readonly timeoutMs: number },
    signal: AbortSignal
  ): Promise<void> {
    const deadline = this.#clock.monotonic() + timeoutMs
    let isSent = false
    this.#socket.write(Buffer.concat(messages.map(({ bytes }) => bytes)), error => {
      if (error) return
      isSent = true
      this.#onNews?.()
    })
    if (!requireAck) {
      while (!isSent) await this.#news({ deadline, what: 'did not take all' }, signal)
    } else {
      const open = new Set(messages.map(({ chunk }) => chunk))
      while (open.size > 0) {
        const answer = await this.#answer(deadline, 'acknowledged nothing', signal)
        if (readHelo(answer) !== undefined) {
          throw this.#failed('asks for a shared key; expected sharedKey in the configuration')
        }
        open.delete(ackOf(answer))
      }
    }
    if (!this.#keepalive) this.close()
  }

  close(): void {
    this.#problem ??= 'closed the connection'
    this.#socket.destroy()
  }

  async #begin({ credentials, connectTimeoutMs, clock }: ClientOptions, signal: AbortSignal): Promise<void> {
    const deadline = clock.monotonic() + connectTimeoutMs
    while (!this.#isConnected) await this.#news({ deadline, what: 'did not answer' }, signal)
    if (credentials === undefined) return
    const what = 'sent no HELO and PONG (has it no shared key?)'
    const helo = readHelo(await this.#answer(deadline, what, signal))
    if (helo === undefined) throw this.#failed('does not begin with a HELO')
    const ping = newPing(credentials, helo, salt())
    this.#socket.write(encodePing(ping))
    const pong = readPong(await this.#answer(deadline, what, signal))
    const problem =
      pong === undefined ? 'answered a PING with no PONG' : distrust(credentials, helo, ping, pong)
    if (problem !== undefined) throw this.#failed(problem)
    this.#keepalive = helo.keepalive
  }

  #take(piece: Buffer): void {
    try {
      this.#frames.push(piece)
      for (let frame = this.#frames.next(); frame !== undefined; frame = this.#frames.next()) {
        this.#answers.push(frame.bytes)
      }
      this.#onNews?.()
    } catch (error) {
      this.#fail(`sent what is no answer (${(error as Error).message})`)
    }
  }

  async #answer(deadline: number, what: string, signal: AbortSignal): Promise<Buffer> {
    for (;;) {
      const answer = this.#answers.shift()
      if (answer !== undefined) return answer
      await this.#news({ deadline, what }, signal)
    }
  }

  /** Waits until something has come. @throws Error in words if the connection has ended, or does now */
  async #news(
    { deadline, what }: { readonly deadline: number; readonly what: string },
    signal: AbortSignal
  ): Promise<void> {
    if (this.#problem !== undefined) throw new Error(this.#problem)
    const clock = this.#clock
    const wake = new AbortController()
    const end = (): void => wake.abort()
    this.#onNews = end
    signal.addEventListener('abort', end)
    if (signal.aborted) end()
    await clock.delay(Math.max(deadline - clock.monotonic(), 0), wake.signal)
    signal.removeEventListener('abort', end)
    this.#onNews = undefined
    if (signal.aborted) throw this.#failed('was given up')
    if (!wake.signal.aborted) throw this.#failed(`${what} in time`)
    if (this.#problem !== undefined && this.#answers.length === 0) throw new Error(this.#problem)
  }

  #fail(problem: string): void {
    this.#problem ??= problem
    this.#socket.destroy()
    this.#onNews?.()
  }

  #failed(problem: string): Error {
    this.#fail(problem)
    return new Error(this.#problem)
  }
}

/** The id that a server acknowledges; '' if that is no acknowledgement. */
function ackOf(answer: Buffer): string {
  const value = new MsgpackReader(answer).value()
  const ack = isMap(value) ? value['ack'] : undefined
  return typeof ack === 'string' ? ack : ''
}

function problemOf(error: Error): string {
  const { code = '' } = error as NodeJS.ErrnoException
  return code.startsWith('ERR_') || code.includes('CERT') ? tlsErrorText(error) : systemErrorText(error)
}

function isIp(name: string): boolean {
  return /^[0-9.]+$|:/.test(name)
}
