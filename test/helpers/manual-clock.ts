import { setImmediate as nextTurn } from 'node:timers/promises'
import type { WallClock } from '../../plugin/adapter.ts'

/** Turns of the event loop after which everything that does not wait for time has happened. */
const TURNS = 20

/** A wall clock that a test moves. What waits for time waits until then; all else goes on as ever. */
export class ManualClock implements WallClock {
  #now: number
  #monotonic = 0
  #timers: { readonly at: number; readonly end: () => void }[] = []
  readonly #random: () => number

  constructor(now: number = 1_800_000_000_000, random: () => number = () => 0.5) {
    this.#now = now
    this.#random = random
  }

  now(): number {
    return this.#now
  }

  monotonic(): number {
    return this.#monotonic
  }

  delay(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise(resolve => {
      if (signal?.aborted === true) {
        resolve()
        return
      }
      const end = (): void => {
        this.#timers = this.#timers.filter(each => each !== timer)
        signal?.removeEventListener('abort', end)
        resolve()
      }
      const timer = { at: this.#monotonic + ms, end }
      this.#timers.push(timer)
      signal?.addEventListener('abort', end)
    })
  }

  /** How many wait for a time to come. */
  get timers(): number {
    return this.#timers.length
  }

  yield(): Promise<void> {
    return nextTurn()
  }

  random(): number {
    return this.#random()
  }

  /** Lets everything happen that waits for no time. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < TURNS; turn++) await nextTurn()
  }

  /** Lets time go by, each timer at its own moment. */
  async advance(ms: number): Promise<void> {
    await this.settle()
    const end = this.#monotonic + ms
    for (;;) {
      const next = this.#timers.reduce((least, { at }) => Math.min(least, at), Number.POSITIVE_INFINITY)
      if (next > end) break
      this.#moveTo(next)
      for (const timer of this.#timers.filter(({ at }) => at <= next)) timer.end()
      await this.settle()
    }
    this.#moveTo(end)
    await this.settle()
  }

  /** The clock on the wall is set; timers do not feel it. */
  set(now: number): void {
    this.#now = now
  }

  #moveTo(monotonic: number): void {
    this.#now += monotonic - this.#monotonic
    this.#monotonic = monotonic
  }
}
