import type { WallClock } from '../adapter.ts'
import type { Delivery } from './delivery.ts'
import type { HealthRecord } from './health.ts'
import type { StageLog, StageSettings } from './options.ts'
import type { Settlement } from './settlement.ts'

/** For how long sources are held back before health speaks of it. */
const HELD_BACK_MS = 1000

export interface BoundsOptions {
  readonly settings: StageSettings
  readonly delivery: Delivery
  readonly settlement: Settlement
  readonly health: HealthRecord
  readonly log: StageLog
  readonly clock: WallClock
}

/** Whether there is room for more: while there is none, sources are not asked, and health says so if it lasts. */
export class Bounds {
  readonly #options: BoundsOptions
  /** Monotonic. */
  #heldBackSince: number | undefined

  constructor(options: BoundsOptions) {
    this.#options = options
  }

  /** Without it nothing may raise alerts: no record, no timer. */
  get hasRoomForAlerts(): boolean {
    const { delivery, settings } = this.#options
    return delivery.bytes < settings.maxInFlightAlertBytes
  }

  get hasRoomForRecords(): boolean {
    const { settlement, settings } = this.#options
    return settlement.records < settings.maxInFlightRecords
  }

  /** A settlement had better not wait for its interval. */
  get isFilling(): boolean {
    const { settlement, settings } = this.#options
    return settlement.records >= settings.maxInFlightRecords / 2 || !this.hasRoomForAlerts
  }

  /** Milliseconds until `look` has something to say. */
  get untilSaid(): number {
    if (this.#heldBackSince === undefined) return Number.POSITIVE_INFINITY
    const untilMs = this.#heldBackSince + HELD_BACK_MS - this.#options.clock.monotonic()
    return untilMs > 0 ? untilMs : Number.POSITIVE_INFINITY
  }

  /** To be called when sources could be asked. `hasRoom`: they are. */
  look(hasRoom: boolean): void {
    const { health, clock, log, settlement, delivery } = this.#options
    if (hasRoom) {
      this.#heldBackSince = undefined
      health.mended('back-pressure')
      return
    }
    this.#heldBackSince ??= clock.monotonic()
    if (clock.monotonic() - this.#heldBackSince < HELD_BACK_MS) return
    const reason = 'sources are held back until what was taken in is settled'
    if (health.trouble('back-pressure', reason)) {
      log.log(3, reason, { records: settlement.records, alertBytes: delivery.bytes })
    }
  }
}
