import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { vi } from 'vitest'

const DEADLINE_MS = 20_000

export interface RunOptions {
  readonly folder: string
  readonly env?: Readonly<Record<string, string>>
  /** Written to standard input, which ends after it. Without it there is none. */
  readonly input?: string
}

/** A command that runs in a folder of its own, and what it has printed. Texts are latin1. */
export class RunningCommand {
  readonly child: ChildProcess
  readonly #folder: string
  #stdout = ''
  #stderr = ''

  constructor(command: readonly string[], { folder, env = {}, input }: RunOptions) {
    const [program = '', ...args] = command
    this.#folder = folder
    const { PATH = '', HOME = '' } = process.env
    this.child = spawn(program, args, {
      cwd: folder,
      env: { PATH, HOME, TZ: 'UTC', ...env },
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe']
    })
    this.child.stdout?.setEncoding('latin1').on('data', text => (this.#stdout += text))
    this.child.stderr?.setEncoding('latin1').on('data', text => (this.#stderr += text))
    this.child.stdin?.end(input, 'latin1')
  }

  get stdout(): string {
    return this.#stdout
  }

  get stderr(): string {
    return this.#stderr
  }

  /** The text of a file in its folder, empty where there is none. */
  file(name: string): string {
    const path = join(this.#folder, name)
    return existsSync(path) ? readFileSync(path, 'latin1') : ''
  }

  /** Log lines of `sec.log` without their time stamps and the first line, which names the program. */
  get log(): string[] {
    return this.file('sec.log')
      .split('\n')
      .slice(1, -1)
      .map(line => line.replace(/^\w{3} \w{3} [ \d]\d [\d:]{8} \d{4}: /, ''))
  }

  /** Waits for a log line to be there (so many times). */
  async logged(message: string | RegExp, times = 1): Promise<void> {
    const found = (): boolean =>
      this.log.filter(line => (typeof message === 'string' ? line === message : message.test(line))).length >=
      times
    await this.until(found, `${times} times ${String(message)}`)
  }

  async until(condition: () => boolean, what: string): Promise<void> {
    await vi.waitUntil(condition, { timeout: DEADLINE_MS, interval: 10 }).catch(() => {
      throw new Error(
        `waited in vain for ${what}\nstdout: ${this.stdout}\nstderr: ${this.stderr}\nlog: ${this.log.join('\n')}`
      )
    })
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal)
  }

  /** Its exit status; 128 + signal where a signal ended it. */
  async ended(): Promise<number> {
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, 'close')
    return this.child.exitCode ?? 128
  }

  /** For the end of a test. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL')
    await this.ended()
  }
}
