import type { LogLevel } from '../host.ts'
import type { StageLog } from './options.ts'

/** How long a message is not said again. */
const PAUSE_MS = 60_000

/** Says the same thing at most once a minute, with how often it was so since. */
export class LimitedLog {
  readonly #log: StageLog
  readonly #monotonic: () => number
  readonly #said = new Map<string, { at: number; unsaid: number }>()

  constructor(log: StageLog, monotonic: () => number) {
    this.#log = log
    this.#monotonic = monotonic
  }

  /** `message` is constant, and so is `subject`, of which there are few: a code, a component. */
  log(
    level: LogLevel,
    message: string,
    subject: string,
    fields: Readonly<Record<string, unknown>> = {}
  ): void {
    const key = `${message} ${subject}`
    const now = this.#monotonic()
    const before = this.#said.get(key)
    if (before !== undefined && now - before.at < PAUSE_MS) {
      before.unsaid++
      return
    }
    this.#log.log(level, message, { ...fields, times: 1 + (before?.unsaid ?? 0) })
    this.#said.set(key, { at: now, unsaid: 0 })
  }
}
