import { once } from 'node:events'
import { createServer, connect, type Server, type Socket } from 'node:net'

const PRODUCE = 0
const END_TXN = 26

/** When a member dies: when its EndTxn has left, or instead of its leaving. */
export type Moment = 'after EndTxn' | 'before EndTxn'

interface Trap {
  readonly moment: Moment
  readonly spring: () => void
}

/**
 * Stands between a broker's own listener and who is to be killed, and sees the requests: those that write into a
 * transaction and those that commit it. Frames as in Kafka's protocol guide: size, api key, version, correlation id,
 * client id; kafkajs uses versions without tagged fields.
 */
export class TransactionProxy {
  readonly port: number
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  /** Transactional ids that have written into the topic since their last EndTxn. */
  readonly #filled = new Set<string>()
  #target: { readonly host: string; readonly port: number; readonly topic: string } | undefined
  #trap: Trap | undefined
  #commits = 0

  private constructor(server: Server, port: number) {
    this.#server = server
    this.port = port
    server.on('connection', client => this.#accept(client))
  }

  static async listen(): Promise<TransactionProxy> {
    const server = createServer({ noDelay: true }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    return new TransactionProxy(server, address.port)
  }

  /** Commits that the broker has confirmed, of transactions with something for the topic. */
  get commits(): number {
    return this.#commits
  }

  /** @param topic - only transactions that write into it count */
  leadTo(address: string, topic: string): void {
    const [host = '', port] = address.split(':')
    this.#target = { host, port: Number(port), topic }
  }

  /** Springs at the next commit of a transaction that has something for the topic. */
  async trap(moment: Moment, kill: () => void): Promise<void> {
    await new Promise<void>(resolve => {
      this.#trap = {
        moment,
        spring: () => {
          kill()
          resolve()
        }
      }
    })
  }

  /** One that has not sprung does not any more. */
  disarm(): void {
    this.#trap = undefined
  }

  close(): void {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
  }

  #accept(client: Socket): void {
    if (this.#target === undefined) {
      client.destroy()
      return
    }
    const { host, port, topic } = this.#target
    const broker = connect({ host, port, noDelay: true })
    const awaited = new Set<number>()
    for (const [socket, other] of [
      [client, broker],
      [broker, client]
    ] as const) {
      this.#sockets.add(socket)
      socket.on('error', () => other.destroy())
      socket.on('close', () => {
        this.#sockets.delete(socket)
        other.destroy()
      })
    }
    client.on(
      'data',
      eachFrame(frame => this.#request(frame, topic, broker, awaited))
    )
    broker.on(
      'data',
      eachFrame(frame => {
        // An answer is size, correlation id, throttle time, error code.
        if (awaited.delete(frame.readInt32BE(4)) && frame.readInt16BE(12) === 0) this.#commits++
        client.write(frame)
      })
    )
  }

  #request(frame: Buffer, topic: string, broker: Socket, awaited: Set<number>): void {
    const key = frame.readInt16BE(4)
    const [, body] = text(frame, 12)
    if (key === PRODUCE) {
      const [id] = text(frame, body)
      if (id !== undefined && frame.includes(topic)) this.#filled.add(id)
    } else if (key === END_TXN) {
      const [id = '', rest] = text(frame, body)
      // Producer id, epoch, then whether it is a commit.
      const isCommit = frame.readInt8(rest + 10) === 1
      if (this.#filled.delete(id) && isCommit) {
        const trap = this.#trap
        this.#trap = undefined
        if (trap?.moment === 'before EndTxn') {
          trap.spring()
          return
        }
        awaited.add(frame.readInt32BE(8))
        broker.write(frame, () => trap?.spring())
        return
      }
    }
    broker.write(frame)
  }
}

/** A nullable string of the protocol, and where it ends. */
function text(frame: Buffer, at: number): [string | undefined, number] {
  const length = frame.readInt16BE(at)
  const end = at + 2 + Math.max(0, length)
  return [length < 0 ? undefined : frame.toString('utf8', at + 2, end), end]
}

function eachFrame(onFrame: (frame: Buffer) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0)
  return chunk => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    while (rest.length >= 4) {
      const end = 4 + rest.readInt32BE(0)
      if (rest.length < end) return
      onFrame(rest.subarray(0, end))
      rest = rest.subarray(end)
    }
  }
}
