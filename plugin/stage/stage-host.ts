import type { Alert } from '../alert.ts'
import type { Effect, Host, LogLevel } from '../host.ts'
import type { StageEffects, StageLog } from './options.ts'

/** The outside of a stage's correlator: alerts are collected, all else is carried out at once. */
export class StageHost implements Host {
  readonly #log: StageLog
  readonly #effects: StageEffects | undefined
  readonly #onAlert: (alert: Alert) => void

  constructor(log: StageLog, effects: StageEffects | undefined, onAlert: (alert: Alert) => void) {
    this.#log = log
    this.#effects = effects
    this.#onAlert = onAlert
  }

  get logLevel(): LogLevel {
    return this.#log.level
  }

  log(level: LogLevel, message: string): void {
    this.#log.log(level, message)
  }

  effect(effect: Effect): void {
    if (effect.type === 'alert') this.#onAlert(effect.alert)
    else this.#effects?.effect(effect)
  }
}
