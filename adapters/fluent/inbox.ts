import type { Frame } from './frames.ts'

/** What is read, or not. */
export interface HeldConnection {
  /** Bytes of a message that is not whole yet. */
  readonly buffered: number
  /** Since when it is waited for the rest of it, monotonic. */
  readonly partialSince: number
  pause(): void
  resume(): void
}

export interface Message<Connection> {
  readonly connection: Connection
  readonly frame: Frame
}

/**
 * Messages that wait to be asked for, and the bound on all that connections have brought: while there is more, connections are
 * not read, and TCP holds their senders back. One whose message is not whole is read on all the same when nothing else
 * waits, or all of them could wait for each other.
 */
export class Inbox<Connection extends HeldConnection> {
  readonly #maxBytes: number
  readonly #connections = new Set<Connection>()
  #messages: Message<Connection>[] = []
  #next = 0
  #queuedBytes = 0
  #partialBytes = 0
  #holdsBack = false
  #isStopped = false
  #onNews: (() => void) | undefined

  /** @param maxBytes - of messages that wait and of those that are not whole yet */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Bytes of messages that wait. */
  get queuedBytes(): number {
    return this.#queuedBytes
  }

  get connections(): ReadonlySet<Connection> {
    return this.#connections
  }

  add(connection: Connection): void {
    this.#connections.add(connection)
    if (this.#isStopped) connection.pause()
  }

  /** Nothing more is read. */
  stop(): void {
    this.#isStopped = true
    for (const connection of this.#connections) connection.pause()
  }

  /** A connection has ended, and so has its message that is not whole. */
  remove(connection: Connection): void {
    this.#connections.delete(connection)
    this.#partialBytes -= connection.buffered
    if (this.#holdsBack) this.#regulate()
  }

  put(message: Message<Connection>): void {
    this.#messages.push(message)
    this.#queuedBytes += costOf(message)
    this.#onNews?.()
  }

  /** A connection was read: what it holds of a message that is not whole has changed by so many bytes. */
  partialChanged(by: number): void {
    this.#partialBytes += by
    if (this.#holdsBack || this.#isFull) this.#regulate()
  }

  /** The next message, if one waits. Its bytes count until `release`. */
  takeNow(): Message<Connection> | undefined {
    const message = this.#messages[this.#next]
    if (message === undefined) return undefined
    if (++this.#next >= 1000 || this.#next === this.#messages.length) {
      this.#messages = this.#messages.slice(this.#next)
      this.#next = 0
    }
    return message
  }

  /** The next message; `undefined` when none waits on abort. */
  async take(signal: AbortSignal): Promise<Message<Connection> | undefined> {
    for (;;) {
      const message = this.takeNow()
      if (message !== undefined || signal.aborted) return message
      await new Promise<void>(resolve => {
        const wake = (): void => {
          signal.removeEventListener('abort', wake)
          resolve()
        }
        this.#onNews = wake
        signal.addEventListener('abort', wake)
      })
      this.#onNews = undefined
    }
  }

  /** A message that was taken is worked off. */
  release(message: Message<Connection>): void {
    this.#queuedBytes -= costOf(message)
    if (this.#holdsBack) this.#regulate()
  }

  get #isFull(): boolean {
    return this.#queuedBytes + this.#partialBytes >= this.#maxBytes
  }

  /** Lets connections be read, or not. */
  #regulate(): void {
    if (this.#isStopped) return
    const isFull = this.#isFull
    this.#holdsBack = isFull
    const first = isFull && this.#queuedBytes === 0 ? this.#oldestPartial() : undefined
    for (const connection of this.#connections) {
      if (isFull && connection !== first) connection.pause()
      else connection.resume()
    }
  }

  #oldestPartial(): Connection | undefined {
    let oldest: Connection | undefined
    for (const connection of this.#connections) {
      if (connection.buffered === 0) continue
      if (oldest === undefined || connection.partialSince < oldest.partialSince) oldest = connection
    }
    return oldest
  }
}

/** What a message holds of memory, roughly. */
function costOf({ frame }: Message<unknown>): number {
  return 256 + frame.bytes.length
}
