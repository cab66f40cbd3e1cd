import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'vitest'
import { correlogCommand } from './correlog-command.ts'
import { RunningCommand } from './running-command.ts'

const PROGRAM = '/usr/sbin/rsyslogd'

const examples = join(import.meta.dirname, '../../examples/rsyslog')

export interface RsyslogOptions {
  /** From `requireRsyslog`. */
  readonly program: string
  /** Its own, where correlog's files go, too. */
  readonly folder: string
  /** Of `examples/rsyslog`: run as it is, but for its paths. */
  readonly example: string
  /** What goes before it. */
  readonly config: string
}

/** An rsyslog of a test's own, beside any that runs already, and the correlog that it starts. */
export class Rsyslog {
  readonly #program: string
  readonly #folder: string
  #running: RunningCommand | undefined

  constructor(context: TestContext, { program, folder, example, config }: RsyslogOptions) {
    this.#program = program
    this.#folder = folder
    const text = readFileSync(join(examples, example), 'utf8')
      .replaceAll('/usr/bin/correlog', `${process.execPath} ${correlogCommand()}`)
      .replaceAll(/\/(etc|var\/lib)\/correlog\//g, `${folder}/`)
      .replaceAll('/var/log/', `${folder}/`)
    writeFileSync(join(folder, 'rsyslog.conf'), `global(workDirectory="${folder}")\n${config}\n${text}`)
    context.onTestFinished(() => this.#kill())
  }

  start(): void {
    const [folder, root] = [this.#folder, this.#program.slice(0, -PROGRAM.length)]
    const command = [this.#program, '-n', '-f', join(folder, 'rsyslog.conf'), '-i', join(folder, 'pid')]
    const libraries = root === '' ? [] : librariesIn(root)
    // Where it is unpacked it finds neither its modules nor the libraries that came with it.
    const modules = libraries.map(path => join(path, 'rsyslog')).filter(path => existsSync(path))
    const env = libraries.length === 0 ? {} : { LD_LIBRARY_PATH: libraries.join(':') }
    const options = modules.length === 0 ? [] : ['-M', modules.join(':')]
    this.#running = new RunningCommand([...command, ...options], { folder, env })
  }

  get running(): RunningCommand {
    if (this.#running === undefined) throw new Error('rsyslog was not started')
    return this.#running
  }

  /** What correlog has said. */
  get correlogLog(): string {
    return this.running.file('correlog.log')
  }

  /** To the correlog that it started last. @throws if that has ended */
  signalCorrelog(signal: NodeJS.Signals | 0): void {
    const starts = [...this.correlogLog.matchAll(/"pid":(\d+)/g)]
    const pid = starts.at(-1)?.[1]
    if (pid === undefined) throw new Error('rsyslog has not started correlog')
    process.kill(Number(pid), signal)
  }

  /** The end of both, in good order. */
  async stop(): Promise<void> {
    this.running.signal('SIGTERM')
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
    await this.#running?.kill()
    if (this.#isCorrelogThere) this.signalCorrelog('SIGKILL')
  }
}

/** `/usr/lib/<architecture>` below the root. */
function librariesIn(root: string): string[] {
  const folder = join(root, 'usr/lib')
  return readdirSync(folder).map(name => join(folder, name))
}
