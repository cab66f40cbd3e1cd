import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { type Failure, unavailable } from './answer.ts'

/** Bytes of bodies that are being received, all together, at most. */
export class BodyBudget {
  readonly #most: number
  #used = 0

  constructor(most: number) {
    this.#most = most
  }

  /** False: there is no room. */
  take(bytes: number): boolean {
    if (this.#used + bytes > this.#most) return false
    this.#used += bytes
    return true
  }

  give(bytes: number): void {
    this.#used -= bytes
  }
}

/**
 * The body of a request, decompressed, or what its sender is told. The limit holds for what it is decompressed, which is
 * counted as it comes: a small body may become a large one. `undefined`: the sender has gone.
 */
export async function readBody(
  request: IncomingMessage,
  encoding: 'identity' | 'gzip',
  maxBytes: number,
  budget: BodyBudget
): Promise<Buffer | Failure | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return tooLarge(maxBytes)
  const body: Readable = encoding === 'gzip' ? request.pipe(createGunzip()) : request
  // What is refused in the middle gets its answer all the same: the request must not be destroyed.
  const read = body.iterator({ destroyOnReturn: body !== request }) as AsyncIterableIterator<Buffer>
  // A sender that goes in the middle ends the request, but not what it is piped into.
  request.once('close', () => {
    if (!request.complete) body.destroy(new Error('the sender has gone'))
  })
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of read) {
      if (bytes + chunk.length > maxBytes) return tooLarge(maxBytes)
      if (!budget.take(chunk.length))
        return unavailable('correlog is busy: it receives many requests at once')
      bytes += chunk.length
      chunks.push(chunk)
    }
    return Buffer.concat(chunks, bytes)
  } catch (error) {
    if (!request.complete) return undefined
    const reason = error instanceof Error ? error.message : String(error)
    return { type: 'failure', kind: 'invalid', message: `the body is not gzip (${reason})` }
  } finally {
    budget.give(bytes)
  }
}

function tooLarge(maxBytes: number): Failure {
  const message = `a request of more than ${maxBytes} bytes; expected at most as many, decompressed (maxRequestBytes)`
  return { type: 'failure', kind: 'too-large', message }
}
