import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'vitest'
import { correlogCommand } from './correlog-command.ts'
import { freePort } from './free-port.ts'
import { exampleConfig } from './log-daemon.ts'
import { RunningCommand } from './running-command.ts'
import { scratchFolder } from './scratch.ts'

export const recipes = join(import.meta.dirname, '../../examples/recipes')

/** Lines that the rules of the recipes raise two alerts of. */
export const LINES = [
  ...[1, 2, 3, 4, 5].map(port => `sshd[7]: Failed password for root from 192.0.2.3 port ${port} ssh2`),
  'db1 is down'
]

export const ALERTS = ['five failed logins from 192.0.2.3, last as root', 'db1 is down']

/** A recipe in a folder of its own: its paths lead there, and its ports are free ones. */
export class Recipe {
  readonly folder: string
  readonly #name: string
  readonly #context: TestContext
  readonly #ports = new Map<string, number>()

  constructor(context: TestContext, name: string) {
    this.#name = name
    this.#context = context
    this.folder = scratchFolder(context)
    cpSync(join(recipes, 'rules.sec'), join(this.folder, 'rules.sec'))
    mkdirSync(join(this.folder, 'correlog'))
  }

  /** `recipePort`: as the recipe has it. `port`: which one stands for it, a free one by default. */
  async usePort(recipePort: number, port?: number): Promise<number> {
    const used = port ?? (await freePort())
    this.#ports.set(`127.0.0.1:${recipePort}`, used)
    return used
  }

  /** The text of a file of it. */
  text(file: string): string {
    let text = exampleConfig(`recipes/${this.#name}/${file}`, this.folder)
    for (const [address, port] of this.#ports) {
      text = text.replaceAll(new RegExp(`\\b${address}\\b`, 'g'), `127.0.0.1:${port}`)
    }
    return text
  }

  /** Puts a file of it, or what stands for it, into the folder. */
  put(file: string, text: string = this.text(file)): string {
    const path = join(this.folder, file)
    writeFileSync(path, text)
    return path
  }

  correlog(command: 'run' | 'check'): RunningCommand {
    const args = [process.execPath, correlogCommand(), command, '--config', 'correlog.yaml']
    const running = new RunningCommand(args, { folder: this.folder })
    this.#context.onTestFinished(() => running.kill())
    return running
  }
}
