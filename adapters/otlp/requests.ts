import { createHash } from 'node:crypto'
import type { Batch, WallClock } from '../../plugin/adapter.ts'
import { type Answer, SUCCESS, unavailable } from './answer.ts'
import type { LogsRequest, RequestContext } from './logs-request.ts'

/** Requests that the stage has not taken, at most. */
const MOST_WAITING = 1000

export interface RequestsOptions {
  /** The source's name. */
  readonly source: string
  readonly clock: WallClock
  /** How long a sender waits for its answer, at most. */
  readonly answerWithinMs: number
  /** Bytes of requests that the stage has not taken, at most; a single one may have as many. */
  readonly maxWaitingBytes: number
  /** Something was refused that its sender will not send again. */
  readonly onRefused: (reason: string) => void
}

export type DecodeRequest = (bytes: Buffer, context: RequestContext) => LogsRequest

/** Decoded when the stage asks for it: many times its size can come of it. */
interface Waiting {
  readonly bytes: Buffer
  readonly decode: DecodeRequest
  /** Milliseconds since Epoch. */
  readonly observedTimestamp: number
  readonly fingerprint: string
  readonly pending: Pending
}

/** A request that was taken in and is not settled. */
interface Pending {
  readonly answered: Promise<Answer>
  readonly answer: (answer: Answer) => void
}

/**
 * The requests of one source, whatever way they come: each is one batch, and its sender is answered when that is
 * settled. One that its sender sends again meanwhile (a hash of its bytes tells) waits with the first. One that takes
 * too long is answered "unavailable" and goes on all the same: the next time that it is sent it may be settled.
 */
export class OtlpRequests {
  readonly #options: RequestsOptions
  #waiting: Waiting[] = []
  #waitingBytes = 0
  readonly #pending = new Map<string, Pending>()
  #wake: () => void = () => {}
  #isOver = false

  constructor(options: RequestsOptions) {
    this.#options = options
  }

  /** Why no request is taken in at this moment: asked before one is read. */
  get refusal(): Answer | undefined {
    if (this.#isOver) return unavailable('correlog is stopping')
    const isFull = this.#waiting.length >= MOST_WAITING || this.#waitingBytes >= this.#options.maxWaitingBytes
    return isFull ? unavailable('correlog is busy: requests wait to be processed') : undefined
  }

  /** Bytes of requests that wait to be taken. */
  get waitingBytes(): number {
    return this.#waitingBytes
  }

  /** Takes a request in and tells what its sender is to hear, when it is time. Never rejects. */
  async answer(bytes: Buffer, decode: DecodeRequest): Promise<Answer> {
    const fingerprint = createHash('sha256').update(bytes).digest('hex')
    const known = this.#pending.get(fingerprint)
    if (known !== undefined) return this.#inTime(known)
    const refusal = this.refusal
    if (refusal !== undefined) return refusal
    if (this.#waiting.length > 0 && this.#waitingBytes + bytes.length > this.#options.maxWaitingBytes) {
      return unavailable('correlog is busy: requests wait to be processed')
    }
    const pending = newPending()
    this.#pending.set(fingerprint, pending)
    this.#waiting.push({
      bytes,
      decode,
      observedTimestamp: this.#options.clock.now(),
      fingerprint,
      pending
    })
    this.#waitingBytes += bytes.length
    this.#wake()
    return this.#inTime(pending)
  }

  /** The batches, until `signal` is aborted and what was taken in is given. */
  async *batches(signal: AbortSignal): AsyncGenerator<Batch> {
    const stop = (): void => {
      this.#isOver = true
      this.#wake()
    }
    signal.addEventListener('abort', stop)
    if (signal.aborted) stop()
    try {
      for (;;) {
        const next = this.#waiting.shift()
        if (next !== undefined) {
          this.#waitingBytes -= next.bytes.length
          const batch = this.#batchOf(next)
          if (batch !== undefined) yield batch
        } else if (this.#isOver) return
        else {
          await new Promise<void>(resolve => {
            this.#wake = resolve
          })
        }
      }
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }

  /** Nothing is settled any more: who still waits may try again elsewhere, or later. */
  close(): void {
    this.#isOver = true
    this.#waiting = []
    this.#waitingBytes = 0
    for (const { answer } of this.#pending.values()) answer(unavailable('correlog has stopped'))
    this.#pending.clear()
    this.#wake()
  }

  /** `undefined`: there is nothing to settle, and its sender is answered. */
  #batchOf({ bytes, decode, observedTimestamp, fingerprint, pending }: Waiting): Batch | undefined {
    const { source, onRefused } = this.#options
    const settle = (answer: Answer): void => {
      this.#pending.delete(fingerprint)
      pending.answer(answer)
    }
    let request: LogsRequest
    try {
      const id = `otlp:${fingerprint.slice(0, ID_DIGITS)}`
      request = decode(bytes, { source, id, observedTimestamp })
    } catch (error) {
      // Whatever it is: no request may end the process.
      const message = error instanceof Error ? error.message : String(error)
      onRefused(message)
      settle({ type: 'failure', kind: 'invalid', message })
      return undefined
    }
    const { records, dead } = request
    if (records.length + dead.length === 0) {
      settle(SUCCESS)
      return undefined
    }
    const answer: Answer = { type: 'success', rejected: dead.length, reason: dead[0]?.reason ?? '' }
    return { records, dead, position: undefined, fingerprint, ack: () => settle(answer) }
  }

  async #inTime({ answered }: Pending): Promise<Answer> {
    const { clock, answerWithinMs } = this.#options
    const over = new AbortController()
    const late = clock
      .delay(answerWithinMs, over.signal)
      .then(() => unavailable('the request is still being processed'))
    try {
      return await Promise.race([answered, late])
    } finally {
      over.abort()
    }
  }
}

/** Of the hash's 64: 128 bits, which no two requests have in common by chance. */
const ID_DIGITS = 32

function newPending(): Pending {
  let answer: (answer: Answer) => void = () => {}
  const answered = new Promise<Answer>(resolve => {
    answer = resolve
  })
  return { answered, answer }
}
