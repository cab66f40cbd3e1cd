import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { collectorPath } from '../../scripts/servers/otel-collector.mjs'

const READY_WITHIN_MS = 30_000

/** A real Collector. Its receivers should listen on port 0; `port` says which that is. */
export class OtelCollector {
  readonly #folder: string
  readonly #process: ChildProcess
  readonly #watcher: ChildProcess

  private constructor(folder: string) {
    this.#folder = folder
    const log = openSync(join(folder, 'collector.log'), 'a')
    // By default filelog hands its lines on in the background, and now and then a few of them behind later ones.
    const order = '--feature-gates=stanza.synchronousLogEmitter'
    this.#process = spawn(collectorPath, ['--config', join(folder, 'collector.yaml'), order], {
      cwd: folder,
      stdio: ['ignore', log, log]
    })
    // A test process that dies closes the pipe, and the Collector ends with it.
    this.#watcher = spawn('sh', ['-c', `cat >/dev/null; kill -9 ${this.#process.pid}`], {
      stdio: ['pipe', 'ignore', 'ignore']
    })
  }

  /**
   * Ready when it resolves. `folder`: where its configuration and its log are put. `configuration`: YAML without the
   * telemetry, which would listen on a port of its own.
   */
  static async start(folder: string, configuration: string): Promise<OtelCollector> {
    mkdirSync(folder, { recursive: true })
    writeFileSync(
      join(folder, 'collector.yaml'),
      configuration.replace(/^service:$/m, 'service:\n  telemetry: { metrics: { level: none } }')
    )
    const collector = new OtelCollector(folder)
    const end = Date.now() + READY_WITHIN_MS
    while (!collector.log.includes('Everything is ready')) {
      if (collector.#hasEnded || Date.now() > end) {
        await collector.kill()
        throw new Error(`the Collector is not ready:\n${collector.log}`)
      }
      await sleep(20)
    }
    return collector
  }

  get log(): string {
    return readFileSync(join(this.#folder, 'collector.log'), 'utf8')
  }

  /** Where a receiver listens. */
  port(component: string, protocol: 'GRPC' | 'HTTP'): number {
    const line = this.log
      .split('\n')
      .find(each => each.includes(`Starting ${protocol} server`) && each.includes(`"${component}"`))
    const [, port] = /"endpoint": "127\.0\.0\.1:(\d+)"/.exec(line ?? '') ?? []
    if (port === undefined) throw new Error(`no ${protocol} receiver ${component}:\n${this.log}`)
    return Number(port)
  }

  /** Orderly: what it has taken in it still sends. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM')
  }

  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  get #hasEnded(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    // It must not kill whoever has the process id next.
    this.#watcher.kill('SIGKILL')
    if (this.#hasEnded) return
    const exit = once(this.#process, 'exit')
    this.#process.kill(signal)
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), 10_000)
    await exit
    clearTimeout(timer)
  }
}
