import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { once } from 'node:events'
import { lstatSync, unlinkSync } from 'node:fs'
import {
  type AddressInfo,
  connect,
  createServer,
  type DropArgument,
  type Server,
  type Socket
} from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { tlsErrorText } from '../tls-error.ts'
import type { TlsMaterial } from '../tls-files.ts'
import type { Address } from './address.ts'

export interface ForwardServerOptions {
  readonly address: Address
  /** `undefined`: plain text. With `ca` clients must show a certificate of one of these. */
  readonly tls: TlsMaterial | undefined
  readonly maxConnections: number
  /** How long a handshake of TLS may take. */
  readonly handshakeTimeoutMs: number
  /** Answers heartbeats by UDP on the same port. */
  readonly udpHeartbeat: boolean
  readonly onConnection: (socket: Socket) => void
  /** A connection came to nothing: `what` is constant, `reason` says more. */
  readonly onRefusal: (what: string, peer: string, reason: string) => void
}

/** Listens for clients of the forward protocol: on TCP, with TLS or without, or on a Unix socket. */
export class ForwardServer {
  readonly #options: ForwardServerOptions
  #server: Server | undefined
  #udp: UdpSocket | undefined

  constructor(options: ForwardServerOptions) {
    this.#options = options
  }

  /** Where it listens; port 0 has become that which the system chose. */
  get port(): number | undefined {
    const found = this.#server?.address()
    return typeof found === 'object' ? found?.port : undefined
  }

  /** @throws Error of the system: the address is in use, there is no such one … */
  async listen(): Promise<void> {
    const { address, udpHeartbeat } = this.#options
    if ('path' in address) {
      const path = Buffer.from(address.path, 'latin1').toString('utf8')
      await removeStale(path)
      this.#server = await this.#listening({ path })
      return
    }
    this.#server = await this.#listening(address)
    if (!udpHeartbeat) return
    try {
      this.#udp = await answerHeartbeats(this.#server.address() as AddressInfo)
    } catch (error) {
      this.stop()
      throw error
    }
  }

  /** No new connections. Safe to call twice. */
  stop(): void {
    this.#server?.close()
    this.#server = undefined
    this.#udp?.close()
    this.#udp = undefined
  }

  async #listening(at: { path: string } | { host: string; port: number }): Promise<Server> {
    const { tls, maxConnections, handshakeTimeoutMs, onConnection, onRefusal } = this.#options
    // Who has sent all may still wait for the answer.
    const common = { allowHalfOpen: true }
    const server =
      tls === undefined
        ? createServer(common, onConnection)
        : createTlsServer(
            { ...common, ...tls, requestCert: tls.ca !== undefined, handshakeTimeout: handshakeTimeoutMs },
            onConnection
          )
    server.maxConnections = maxConnections
    server.on('drop', (data: DropArgument | undefined) => {
      const reason = `there are ${maxConnections} of them`
      onRefusal('a connection beyond maxConnections', peerOf(data), reason)
    })
    server.on('tlsClientError', (error: Error, socket: Socket) => {
      onRefusal('a connection without proper TLS', peerOf(socket), tlsErrorText(error))
    })
    server.listen(at)
    await once(server, 'listening')
    server.on('error', () => {})
    return server
  }
}

/** A socket that a process left behind when it was killed keeps others from listening. */
async function removeStale(path: string): Promise<void> {
  // A file of another kind refuses connections, too, and is somebody's.
  if (!lstatSync(path, { throwIfNoEntry: false })?.isSocket()) return
  const socket = connect({ path })
  const isStale = await new Promise<boolean>(resolve => {
    socket.on('connect', () => resolve(false))
    socket.on('error', error => resolve((error as NodeJS.ErrnoException).code === 'ECONNREFUSED'))
  })
  socket.destroy()
  if (isStale) unlinkSync(path)
}

/** Source: Fluentd, `in_forward`: every packet is answered by one byte, NUL. */
async function answerHeartbeats({ address, family, port }: AddressInfo): Promise<UdpSocket> {
  const socket = createSocket(family === 'IPv6' ? 'udp6' : 'udp4')
  socket.on('message', (_packet, from) => socket.send('\0', from.port, from.address))
  socket.bind(port, address)
  await once(socket, 'listening')
  socket.on('error', () => {})
  return socket
}

/** Of a client, for messages. */
export function peerOf(client: Client = {}): string {
  const { remoteAddress, remotePort } = client
  return remoteAddress === undefined ? 'a client on the Unix socket' : `${remoteAddress}:${remotePort}`
}

interface Client {
  readonly remoteAddress?: string | undefined
  readonly remotePort?: number | undefined
}
