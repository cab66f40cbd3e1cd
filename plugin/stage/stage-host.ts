import type { Alert } from '../alert.ts'
import type { Effect, Host, LogLevel } from '../host.ts'
import type { LimitedLog } from './limited-log.ts'
import type { StageEffects, StageLog } from './options.ts'

/** Up to here messages say that something is wrong. What is above a rule has asked for (`logonly`), or is for debugging. */
const WARNING = 3

/** The outside of a stage's correlator: alerts are collected, all else is carried out at once. */
export class StageHost implements Host {
  readonly #log: StageLog
  readonly #limitedLog: LimitedLog
  readonly #effects: StageEffects | undefined
  readonly #onAlert: (alert: Alert) => void

  constructor(
    log: StageLog,
    limitedLog: LimitedLog,
    effects: StageEffects | undefined,
    onAlert: (alert: Alert) => void
  ) {
    this.#log = log
    this.#limitedLog = limitedLog
    this.#effects = effects
    this.#onAlert = onAlert
  }

  get logLevel(): LogLevel {
    return this.#log.level
  }

  /** What is wrong may be so for each record: the same is said at most once a minute, whatever names stand in it. */
  log(level: LogLevel, message: string): void {
    if (level > WARNING) this.#log.log(level, message)
    else if (level <= this.#log.level)
      this.#limitedLog.log(level, message, '', {}, message.replace(/'[^']*'|\d+/g, '?'))
  }

  effect(effect: Effect): void {
    if (effect.type === 'alert') this.#onAlert(effect.alert)
    else this.#effects?.effect(effect)
  }
}
