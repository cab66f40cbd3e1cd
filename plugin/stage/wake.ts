import type { WallClock } from '../adapter.ts'

/** Lets one loop sleep until something happens or a time is over. What happened while nobody slept is remembered. */
export class Wake {
  readonly #clock: WallClock
  #isCalled = false
  #sleeper: AbortController | undefined

  constructor(clock: WallClock) {
    this.#clock = clock
  }

  call(): void {
    this.#isCalled = true
    this.#sleeper?.abort()
  }

  /** Resolves after `ms`, or at once when called, or if that was so since the last sleep. */
  async sleep(ms: number): Promise<void> {
    if (!this.#isCalled) {
      const sleeper = new AbortController()
      this.#sleeper = sleeper
      await this.#clock.delay(ms, sleeper.signal)
      this.#sleeper = undefined
    }
    this.#isCalled = false
  }
}
