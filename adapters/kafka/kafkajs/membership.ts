/** Answers of a coordinator that want a join. */
const JOIN_WANTED = new Set(['REBALANCE_IN_PROGRESS', 'ILLEGAL_GENERATION', 'NOT_COORDINATOR_FOR_GROUP'])
const UNKNOWN = 'UNKNOWN_MEMBER_ID'

/**
 * Keeps the membership in a group alive while batches are in work, which kafkajs leaves to who works on them, and says
 * when a join is wanted. Heartbeats go on then: until it joins, the member would else be thrown out.
 */
export class Membership {
  readonly #heartbeatMs: number
  readonly #onUnknown: () => void
  #rebalancing = new AbortController()
  #inWork = 0
  #timer: NodeJS.Timeout | undefined
  #onIdle: () => void = () => {}

  /** @param onUnknown the group has thrown this member out */
  constructor(heartbeatMs: number, onUnknown: () => void) {
    this.#heartbeatMs = heartbeatMs
    this.#onUnknown = onUnknown
  }

  /** Aborted when a join is wanted. */
  get rebalancing(): AbortSignal {
    return this.#rebalancing.signal
  }

  get isAtWork(): boolean {
    return this.#inWork > 0
  }

  joined(): void {
    this.#rebalancing = new AbortController()
  }

  wantJoin(): void {
    this.#rebalancing.abort()
  }

  /** @param heartbeat sends one if it is due; rejects with the coordinator's answer */
  async whileWorking(heartbeat: () => Promise<void>, work: () => Promise<void>): Promise<void> {
    if (this.#inWork++ === 0) {
      // Twice as often: one that came a moment too early would else leave out a whole turn.
      this.#timer = setInterval(() => void this.#beat(heartbeat), this.#heartbeatMs / 2)
    }
    try {
      await work()
    } finally {
      if (--this.#inWork === 0) {
        clearInterval(this.#timer)
        this.#onIdle()
      }
    }
  }

  /** Resolves when nothing is in work. */
  async idle(): Promise<void> {
    if (this.#inWork === 0) return
    await new Promise<void>(resolve => {
      this.#onIdle = resolve
    })
  }

  async #beat(heartbeat: () => Promise<void>): Promise<void> {
    try {
      await heartbeat()
    } catch (error) {
      const { type } = error as { readonly type?: string }
      if (type === UNKNOWN) this.#onUnknown()
      if (type === UNKNOWN || (type !== undefined && JOIN_WANTED.has(type))) this.wantJoin()
    }
  }
}
