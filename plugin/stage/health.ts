export type StageStatus = 'starting' | 'ok' | 'degraded' | 'stopping' | 'ended' | 'failed'

export interface Trouble {
  /** What has it: `sink file:alerts.jsonl`, `source kafka:logs`, `checkpoint`, `back-pressure` … */
  readonly component: string
  readonly reason: string
  /** Milliseconds since Epoch. */
  readonly since: number
}

export interface StageHealth {
  readonly status: StageStatus
  /** What is wrong now, oldest first. */
  readonly troubles: readonly Trouble[]
}

/** How a stage fares, and what ails it. */
export class HealthRecord {
  readonly #now: () => number
  readonly #troubles = new Map<string, Trouble>()
  #phase: 'starting' | 'running' | 'stopping' | 'ended' | 'failed' = 'starting'

  constructor(now: () => number) {
    this.#now = now
  }

  get health(): StageHealth {
    const troubles = [...this.#troubles.values()]
    return { status: this.#status(), troubles }
  }

  enter(phase: 'running' | 'stopping' | 'ended' | 'failed'): void {
    this.#phase = phase
  }

  /** True if it is new, so that it is logged once. */
  trouble(component: string, reason: string): boolean {
    const known = this.#troubles.get(component)
    if (known?.reason === reason) return false
    this.#troubles.set(component, { component, reason, since: known?.since ?? this.#now() })
    return true
  }

  /** True if there was trouble. */
  mended(component: string): boolean {
    return this.#troubles.delete(component)
  }

  #status(): StageStatus {
    if (this.#phase !== 'running') return this.#phase
    return this.#troubles.size > 0 ? 'degraded' : 'ok'
  }
}
