import type { Socket } from 'node:net'
import { ForwardError } from './forward-error.ts'
import { type Frame, Frames } from './frames.ts'
import {
  type Credentials,
  encodeHelo,
  encodePong,
  type Helo,
  newHelo,
  readPing,
  refusal
} from './handshake.ts'
import type { HeldConnection, Inbox } from './inbox.ts'
import { peerOf } from './server.ts'

/** What may wait to be sent to a client that does not read: answers are short. */
const MOST_UNSENT_BYTES = 1024 * 1024

/** Of what has not shaken hands no more is held. A PING has some hundred bytes. */
const LONGEST_PING = 64 * 1024

/** A message may take so much longer than the time that each may take: 16 KiB a second. */
const BYTES_PER_MS = 16

export interface ServerConnectionOptions {
  readonly socket: Socket
  readonly inbox: Inbox<ServerConnection>
  /** `undefined`: there is no handshake. */
  readonly credentials: Credentials | undefined
  readonly maxMessageBytes: number
  readonly monotonic: () => number
  /** It is ended from our side: `what` is constant, `reason` says more. */
  readonly onRefusal: (what: string, peer: string, reason: string) => void
}

/** A client of ours: lets it in, cuts what it sends into messages, and answers. */
export class ServerConnection implements HeldConnection {
  readonly #options: ServerConnectionOptions
  readonly #frames: Frames
  readonly #peer: string
  readonly #helo: Helo | undefined
  #state: 'handshake' | 'open' | 'over' = 'open'
  #partialSince: number
  #pausedAt: number | undefined
  /** Messages that wait to be asked for, and requests that wait to be acknowledged. */
  #unanswered = 0
  #hasEnded = false
  /** Resolves when it is gone. */
  readonly closed: Promise<void>

  constructor(options: ServerConnectionOptions) {
    const { socket, credentials, maxMessageBytes, monotonic, inbox } = options
    this.#options = options
    this.#frames = new Frames(maxMessageBytes)
    this.#peer = peerOf(socket)
    this.#partialSince = monotonic()
    socket.setNoDelay(true)
    // A peer that has gone without a word is noticed by this alone.
    socket.setKeepAlive(true, 60_000)
    socket.on('data', piece => this.#take(piece))
    socket.on('end', () => this.#end())
    socket.on('error', () => {})
    this.closed = new Promise(resolve => {
      socket.on('close', () => {
        this.#state = 'over'
        inbox.remove(this)
        resolve()
      })
    })
    inbox.add(this)
    if (credentials !== undefined) {
      this.#state = 'handshake'
      this.#helo = newHelo(credentials)
      socket.write(encodeHelo(this.#helo))
    }
  }

  /** Bytes of a message that is not whole yet. */
  get buffered(): number {
    return this.#frames.buffered
  }

  /** Since when it is waited for the rest of a message or of the handshake, monotonic. */
  get partialSince(): number {
    return this.#partialSince
  }

  pause(): void {
    if (this.#pausedAt !== undefined) return
    this.#pausedAt = this.#options.monotonic()
    this.#options.socket.pause()
  }

  resume(): void {
    if (this.#pausedAt === undefined) return
    // The wait was ours.
    this.#partialSince += this.#options.monotonic() - this.#pausedAt
    this.#pausedAt = undefined
    this.#options.socket.resume()
  }

  /** Ends it, if it has begun a message or the handshake `limitMs` ago and not come to its end. */
  expire(limitMs: number): void {
    if (this.#pausedAt !== undefined) return
    const { buffered } = this
    if (buffered === 0 && this.#state !== 'handshake') return
    const lastedMs = this.#options.monotonic() - this.#partialSince
    if (lastedMs < limitMs + buffered / BYTES_PER_MS) return
    const what = this.#state === 'handshake' ? 'no handshake' : 'no whole message'
    this.refuse('a connection that is too slow', `${what} after ${Math.round(lastedMs / 1000)} s`)
  }

  /** A request of its wants no answer. */
  answerNothing(): void {
    this.#unanswered--
    this.#endIfAnswered()
  }

  /** @throws Error if nobody hears it any more */
  answer(bytes: Buffer): void {
    const { socket } = this.#options
    this.#unanswered--
    if (!socket.writable) throw new Error(`${this.#peer} has gone before it was answered`)
    socket.write(bytes)
    if (socket.writableLength > MOST_UNSENT_BYTES) {
      this.refuse('a connection that reads no answers', `${socket.writableLength} bytes wait`)
      // They would wait for ever.
      socket.destroy()
    } else this.#endIfAnswered()
  }

  /** Ends it because of what its client did. */
  refuse(what: string, reason: string): void {
    if (this.#state === 'over') return
    this.#state = 'over'
    this.#options.onRefusal(what, this.#peer, reason)
    this.close()
  }

  /** Ends it now, and what is not sent is not. */
  destroy(): void {
    this.#options.socket.destroy()
  }

  /** Ends it when what was answered is sent. */
  close(): void {
    this.#state = 'over'
    this.#options.socket.destroySoon()
  }

  get #isShakingHands(): boolean {
    return this.#state === 'handshake'
  }

  get #isOver(): boolean {
    return this.#state === 'over'
  }

  #take(piece: Buffer): void {
    const { inbox, monotonic } = this.#options
    const before = this.buffered
    const frames = this.#frames
    if (this.#state === 'over') return
    frames.push(piece)
    let hasCome = before === 0
    try {
      for (let frame = frames.next(); frame !== undefined; frame = frames.next()) {
        hasCome = true
        if (isHeartbeat(frame) || this.#isOver) continue
        if (!isArray(frame)) throw notForward(frame)
        if (this.#state === 'handshake') this.#shakeHands(frame.bytes)
        else {
          this.#unanswered++
          inbox.put({ connection: this, frame })
        }
      }
      if (this.#isShakingHands && this.buffered > LONGEST_PING) {
        this.refuse('a connection without a handshake', `a first message of more than ${LONGEST_PING} bytes`)
      }
    } catch (error) {
      if (!(error instanceof ForwardError)) throw error
      this.refuse('a connection that does not keep to the protocol', error.message)
    }
    // A heartbeat is no handshake.
    if (hasCome && !this.#isShakingHands) this.#partialSince = monotonic()
    inbox.partialChanged(this.buffered - before)
  }

  #shakeHands(message: Buffer): void {
    const { socket, credentials } = this.#options
    const helo = this.#helo
    const ping = readPing(message)
    if (ping === undefined || helo === undefined || credentials === undefined) {
      this.refuse('a connection without a handshake', 'no PING was its first message')
      return
    }
    const reason = refusal(credentials, helo, ping)
    socket.write(encodePong(credentials, helo, ping, reason))
    if (reason !== undefined) this.refuse('a connection whose handshake is wrong', reason)
    else this.#state = 'open'
  }

  /** Its client sends nothing more, and may still wait for answers. */
  #end(): void {
    this.#hasEnded = true
    this.#endIfAnswered()
  }

  #endIfAnswered(): void {
    if (this.#hasEnded && this.#unanswered === 0) this.#options.socket.end()
  }
}

/** Of TCP: nil. Source: Fluentd, `in_forward`. */
function isHeartbeat({ bytes }: Frame): boolean {
  return bytes.length === 1 && bytes[0] === 0xc0
}

/** Whoever speaks something else is not heard any further: every byte of it could be a message. */
function isArray({ bytes: [first = 0], isJson }: Frame): boolean {
  return isJson || (first >= 0x90 && first < 0xa0) || first === 0xdc || first === 0xdd
}

function notForward({ bytes }: Frame): ForwardError {
  const shown = bytes.toString('hex', 0, 8)
  return new ForwardError('fluent-message', `bytes ${shown}; expected an array of MessagePack, or JSON`)
}
