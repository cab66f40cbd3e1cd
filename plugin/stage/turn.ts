import type { WallClock } from '../adapter.ts'

/** How long a stage handles records before signals, sinks, programs and other stages are heard. */
const TURN_MS = 20

/**
 * The turn of a stage on the event loop. Whoever shares the loop with eleven others had better not stop in the midst of a
 * batch: while it waits for them, what it has decoded grows old.
 */
export class Turn {
  readonly #clock: WallClock
  #startedAt = -Infinity

  constructor(clock: WallClock) {
    this.#clock = clock
  }

  /** It has come to itself again, after others. */
  begin(): void {
    this.#startedAt = this.#clock.monotonic()
  }

  get isOver(): boolean {
    return this.#clock.monotonic() - this.#startedAt > TURN_MS
  }

  /** A good place to end it is not to be missed. */
  get isHalfOver(): boolean {
    return this.#clock.monotonic() - this.#startedAt > TURN_MS / 2
  }

  /** Lets others go. */
  async end(): Promise<void> {
    await this.#clock.yield()
    this.begin()
  }
}
