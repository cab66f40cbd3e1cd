import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { AlertFile } from './alert-file.ts'
import type { LogDaemon } from './log-daemon.ts'

const STEP = 1000

/** Each record is an alert of its own. */
const RULES = `type=Single
ptype=RegExp
pattern=app: (record \\d+)$
desc=$1
action=alert notice $1
`

/** A file that numbered records are appended to, and the alerts that they lead to. */
export class RecordFeed {
  readonly path: string
  readonly alerts: AlertFile
  readonly #prefix: string
  #written = 0

  /** The rules go to the folder, too. `prefix`: of each line. */
  constructor(folder: string, input: string, alerts: string, prefix: string) {
    this.path = join(folder, input)
    this.alerts = new AlertFile(join(folder, alerts))
    this.#prefix = prefix
    writeFileSync(join(folder, 'rules.sec'), RULES)
    writeFileSync(this.path, '')
  }

  append(count: number): void {
    const lines = recordTexts(this.#written, count).map(text => `${this.#prefix}${text}\n`)
    appendFileSync(this.path, lines.join(''))
    this.#written += count
  }

  /** Waits until so many of the records are alerted, each step no longer than a command is waited for. */
  async alerted(daemon: LogDaemon, goal: number): Promise<void> {
    while (this.alerts.uids.size < goal) {
      const before = this.alerts.uids.size
      const next = Math.min(before + STEP, goal)
      const what = `${next} alerts (${before} were there); correlog: ${daemon.correlogLog}`
      await daemon.running.until(() => this.alerts.uids.size >= next, what)
    }
  }

  /** Appends step by step, up to so many, each when the last one is alerted. */
  async fed(daemon: LogDaemon, goal: number): Promise<void> {
    while (this.#written < goal) {
      this.append(STEP)
      await this.alerted(daemon, this.#written)
    }
  }
}

export function recordTexts(after: number, count: number): string[] {
  return Array.from({ length: count }, (_none, index) => `record ${after + index + 1}`)
}
