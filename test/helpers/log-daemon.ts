import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'vitest'
import { correlogCommand } from './correlog-command.ts'
import { RunningCommand } from './running-command.ts'

const examples = join(import.meta.dirname, '../../examples')

/** A file of `examples/` as it is, but for its paths: all are in `folder`, and the correlog is the built one. */
export function exampleConfig(name: string, folder: string): string {
  return readFileSync(join(examples, name), 'utf8')
    .replaceAll('/usr/bin/correlog', `${process.execPath} ${correlogCommand()}`)
    .replaceAll(/\/(etc|var\/lib)\/correlog\//g, `${folder}/`)
    .replaceAll('/var/log/', `${folder}/`)
}

/** A log daemon of a test's own, beside any that runs already, and the correlog that it starts. */
export class LogDaemon {
  readonly #folder: string
  readonly #command: readonly string[]
  readonly #env: Readonly<Record<string, string>>
  #running: RunningCommand | undefined

  constructor(
    context: TestContext,
    folder: string,
    command: readonly string[],
    env: Readonly<Record<string, string>> = {}
  ) {
    this.#folder = folder
    this.#command = command
    this.#env = env
    context.onTestFinished(() => this.#kill())
  }

  start(): void {
    this.#running = new RunningCommand(this.#command, { folder: this.#folder, env: this.#env })
  }

  get running(): RunningCommand {
    if (this.#running === undefined) throw new Error('it was not started')
    return this.#running
  }

  /** What correlog has said. */
  get correlogLog(): string {
    return this.running.file('correlog.log')
  }

  /** The processes of correlog that it has started. */
  get correlogPids(): number[] {
    return [...this.correlogLog.matchAll(/"pid":(\d+)/g)].map(([, pid]) => Number(pid))
  }

  /** To the correlog that it started last. @throws if that has ended */
  signalCorrelog(signal: NodeJS.Signals | 0): void {
    const pid = this.correlogPids.at(-1)
    if (pid === undefined) throw new Error('it has not started correlog')
    process.kill(pid, signal)
  }

  /** Ends it; then correlog, which it has told, ends too, as whoever starts it again waits for. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    this.running.signal(signal)
    await this.running.ended()
    await this.running.until(() => !this.#isCorrelogThere, 'the end of correlog')
  }

  get #isCorrelogThere(): boolean {
    try {
      this.signalCorrelog(0)
      return true
    } catch {
      return false
    }
  }

  async #kill(): Promise<void> {
    if (this.#running === undefined) return
    await this.#running.kill()
    if (this.#isCorrelogThere) this.signalCorrelog('SIGKILL')
  }
}
