import type { LogLevel } from '../host.ts'
import type { StageLog } from './options.ts'

/** How long a message is not said again. */
const PAUSE_MS = 60_000

/** So many are remembered; rules may put anything into theirs. */
const MOST_REMEMBERED = 1000

/** Says the same thing at most once a minute, with how often it was so since. */
export class LimitedLog {
  readonly #log: StageLog
  readonly #monotonic: () => number
  readonly #said = new Map<string, { at: number; unsaid: number }>()

  constructor(log: StageLog, monotonic: () => number) {
    this.#log = log
    this.#monotonic = monotonic
  }

  /**
   * `message` is constant, and so is `subject`, of which there are few: a code, a component. `kind`: messages of the same
   * kind are the same thing, where they name different ones.
   */
  log(
    level: LogLevel,
    message: string,
    subject: string,
    fields: Readonly<Record<string, unknown>> = {},
    kind = message
  ): void {
    const key = `${kind} ${subject}`
    const now = this.#monotonic()
    const before = this.#said.get(key)
    if (before !== undefined && now - before.at < PAUSE_MS) {
      before.unsaid++
      return
    }
    this.#log.log(level, message, { ...fields, times: 1 + (before?.unsaid ?? 0) })
    this.#said.delete(key)
    if (this.#said.size >= MOST_REMEMBERED) this.#said.delete(this.#said.keys().next().value as string)
    this.#said.set(key, { at: now, unsaid: 0 })
  }
}
