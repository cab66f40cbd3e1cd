import { AdapterError, type WallClock } from '../adapter.ts'

export interface Backoff {
  /** Before the second attempt. */
  readonly firstMs: number
  /** Each wait is twice the one before, up to this. */
  readonly mostMs: number
}

export interface RetryOptions {
  readonly clock: WallClock
  readonly backoff: Backoff
  readonly signal: AbortSignal
  /** An attempt failed and will be made again after `delayMs`. */
  readonly onFailure: (error: unknown, delayMs: number) => void
}

/** Thrown where waiting was given up: the stage ends without what it waited for. */
export class GivenUp extends Error {
  constructor() {
    super('given up')
    this.name = 'GivenUp'
  }
}

/**
 * Does something until it succeeds, waiting longer each time, with jitter, so that many stages do not come back at
 * once. What is no `AdapterError` counts as retryable: nobody has said that it is for good.
 *
 * @throws AdapterError that is not retryable; GivenUp on abort.
 */
export async function retry<Result>(
  attempt: () => Promise<Result>,
  { clock, backoff, signal, onFailure }: RetryOptions
): Promise<Result> {
  for (let waitMs = backoff.firstMs; ; waitMs = Math.min(2 * waitMs, backoff.mostMs)) {
    if (signal.aborted) throw new GivenUp()
    try {
      return await untilAborted(attempt(), signal)
    } catch (error) {
      if (signal.aborted) throw new GivenUp()
      if (isPermanent(error)) throw error
      const delayMs = Math.round(waitMs * (0.5 + clock.random() / 2))
      onFailure(error, delayMs)
      await clock.delay(delayMs, signal)
    }
  }
}

export function isPermanent(error: unknown): error is AdapterError {
  return error instanceof AdapterError && !error.retryable
}

/** What a promise brings, unless that is given up first. The promise is left to itself then. */
async function untilAborted<Result>(promise: Promise<Result>, signal: AbortSignal): Promise<Result> {
  let giveUp: (() => void) | undefined
  const aborted = new Promise<never>((_resolve, reject) => {
    giveUp = () => reject(new GivenUp())
    signal.addEventListener('abort', giveUp)
  })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    if (giveUp !== undefined) signal.removeEventListener('abort', giveUp)
  }
}
