import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'

export interface SecRequest {
  /** Holds `timeline` and the rule files, and is where SEC works. */
  readonly directory: string
  readonly timeZone: string
  readonly arguments: readonly string[]
}

export interface SecAnswer {
  /** Exit status, or `killed` if SEC ran or wrote too long. */
  readonly status: string
  readonly stdout: string
}

interface Waiting {
  readonly request: Buffer
  readonly resolve: (answer: SecAnswer) => void
  readonly reject: (reason: Error) => void
}

/** SEC in virtual time under one `PERL_HASH_SEED`: see SecServer.pm, which it speaks to. Runs go one after the other. */
export class SecServer {
  readonly #process: ChildProcessWithoutNullStreams
  readonly #waiting: Waiting[] = []
  #received = Buffer.alloc(0)
  #errors = ''

  constructor(sec: string, hashSeed: number) {
    const env = { PATH: process.env.PATH, PERL_HASH_SEED: String(hashSeed), LC_ALL: 'C' }
    this.#process = spawn('perl', [`-I${import.meta.dirname}`, '-MSecServer', sec], { env })
    this.#process.stdout.on('data', (data: Buffer) => this.#receive(data))
    this.#process.stderr.on('data', (data: Buffer) => (this.#errors += data.toString('latin1')))
    this.#process.on('error', error => this.#fail(error))
    this.#process.on('close', () => this.#fail(new Error(`SEC's server ended: ${this.#errors}`)))
  }

  run(request: SecRequest): Promise<SecAnswer> {
    const fields = [request.directory, request.timeZone, ...request.arguments]
    return new Promise((resolve, reject) => {
      this.#waiting.push({ request: Buffer.from(`${fields.join('\0')}\n`, 'latin1'), resolve, reject })
      if (this.#waiting.length === 1) this.#sendNext()
    })
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return
    const closed = once(this.#process, 'close')
    this.#process.stdin.end()
    await closed
  }

  /** One at a time: Perl reads ahead, and a forked child must not find the next request in its buffer. */
  #sendNext(): void {
    const [next] = this.#waiting
    if (next !== undefined) this.#process.stdin.write(next.request)
  }

  #receive(data: Buffer): void {
    this.#received = Buffer.concat([this.#received, data])
    for (;;) {
      const end = this.#received.indexOf('\n')
      if (end < 0) return
      const [status = '', size] = this.#received.toString('latin1', 0, end).split(' ')
      const next = end + 1 + Number(size)
      if (this.#received.length < next) return
      this.#waiting.shift()?.resolve({ status, stdout: this.#received.toString('latin1', end + 1, next) })
      this.#received = this.#received.subarray(next)
      this.#sendNext()
    }
  }

  #fail(error: Error): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error)
  }
}
