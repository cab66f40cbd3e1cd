export interface IdleClockOptions {
  /** Wall time without a record, in milliseconds, after which the clock goes on by itself. */
  readonly idleAfterMs: number
}

/**
 * Lets the clock of record time go on where nothing comes. As long as the sources are silent for no longer than
 * `idleAfterMs`, it stands; from then on it goes one second with each second on the wall, from where it stood. So a
 * record that comes after a silence is late only if its way took longer than that of the last one by more than
 * `idleAfterMs`. Wall times are milliseconds that only ever go on.
 */
export class IdleClock {
  readonly #idleAfterMs: number
  #silentSinceMs: number | undefined
  #stood = 0

  constructor({ idleAfterMs }: IdleClockOptions) {
    this.#idleAfterMs = idleAfterMs
  }

  /** A record has come, or the stage has begun with a clock of before. `clock`: the second where it stands now. */
  heard(wallMs: number, clock: number): void {
    this.#silentSinceMs = wallMs
    this.#stood = clock
  }

  /** The second to which silence has brought the clock. `undefined`: nothing was ever heard. */
  secondAt(wallMs: number): number | undefined {
    if (this.#silentSinceMs === undefined) return undefined
    const idleMs = wallMs - this.#silentSinceMs - this.#idleAfterMs
    return this.#stood + Math.max(Math.floor(idleMs / 1000), 0)
  }

  /** When the clock's next second comes; `undefined`: nothing was ever heard. */
  nextWallMs(wallMs: number): number | undefined {
    const second = this.secondAt(wallMs)
    if (second === undefined || this.#silentSinceMs === undefined) return undefined
    return this.#silentSinceMs + this.#idleAfterMs + 1000 * (second - this.#stood + 1)
  }
}
