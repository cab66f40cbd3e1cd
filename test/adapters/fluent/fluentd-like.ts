import { FluentServer } from '@fluent-org/logger'
import type { TestContext } from 'vitest'

type ServerOptions = NonNullable<ConstructorParameters<typeof FluentServer>[0]>

export interface ReceivedEntry {
  readonly tag: string
  /** Seconds since Epoch. */
  readonly time: number
  readonly record: Readonly<Record<string, unknown>>
}

/** The server of `@fluent-org/logger`, on one port for all its lives. */
export class FluentdLike {
  readonly entries: ReceivedEntry[] = []
  readonly #options: ServerOptions
  #server: FluentServer | undefined
  #port = 0

  private constructor(options: ServerOptions) {
    this.#options = options
  }

  static async start(context: TestContext, options: ServerOptions = {}): Promise<FluentdLike> {
    const server = new FluentdLike(options)
    context.onTestFinished(() => server.stop())
    await server.listen()
    return server
  }

  get address(): string {
    return `127.0.0.1:${this.#port}`
  }

  async listen(): Promise<void> {
    const listenOptions = { host: '127.0.0.1', port: this.#port }
    const server = new FluentServer({ ...this.#options, listenOptions })
    server.on('entry', (tag: string, time: number | { epoch: number }, record: ReceivedEntry['record']) => {
      this.entries.push({ tag, time: typeof time === 'number' ? time : time.epoch, record })
    })
    await server.listen()
    this.#server = server
    this.#port = server.port ?? 0
  }

  async stop(): Promise<void> {
    await this.#server?.close()
    this.#server = undefined
  }
}
