import type { Readable } from 'node:stream'
import { type ByteReader, ENDED, NOTHING } from './byte-reader.ts'

/** Bytes that may wait here before the stream is paused. */
const WAITING_BYTES = 1024 * 1024

/** A stream such as `process.stdin`, whose `unref` depends on what it reads. */
export type InputStream = Readable & { unref?(): unknown }

/**
 * Reads standard input where it is no regular file: a pipe, a socket, a terminal. Its bytes arrive while the event loop
 * runs; `onNews` is called then.
 */
export class StreamReader implements ByteReader {
  readonly kind = 'pipe'
  readonly #stream: InputStream
  readonly #onNews: () => void
  readonly #chunks: Buffer[] = []
  #waitingBytes = 0
  #state: 'open' | 'ended' | Error = 'open'

  constructor(stream: InputStream, onNews: () => void) {
    this.#stream = stream
    this.#onNews = onNews
    stream.on('data', this.#take).on('end', this.#end).on('close', this.#end).on('error', this.#fail)
  }

  read(room: Buffer): number {
    const [chunk] = this.#chunks
    if (chunk === undefined) {
      if (this.#state instanceof Error) throw this.#state
      return this.#state === 'ended' ? ENDED : NOTHING
    }
    const count = chunk.copy(room)
    if (count < chunk.length) this.#chunks[0] = chunk.subarray(count)
    else this.#chunks.shift()
    this.#waitingBytes -= count
    if (this.#waitingBytes < WAITING_BYTES && this.#stream.isPaused()) this.#stream.resume()
    return count
  }

  close(): void {
    this.#stream.off('data', this.#take).off('end', this.#end).off('close', this.#end)
    this.#stream.pause()
    // A paused terminal or pipe would keep the process alive.
    this.#stream.unref?.()
  }

  readonly #take = (chunk: Buffer): void => {
    this.#chunks.push(chunk)
    this.#waitingBytes += chunk.length
    if (this.#waitingBytes >= WAITING_BYTES) this.#stream.pause()
    this.#onNews()
  }

  readonly #end = (): void => {
    if (this.#state === 'open') this.#state = 'ended'
    this.#onNews()
  }

  readonly #fail = (error: Error): void => {
    this.#state = error
    this.#onNews()
  }
}
