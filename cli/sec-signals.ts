import type { LogLevel } from '../plugin/host.ts'

/** What the main loop is to do, one at a time between two events. */
export type SignalRequest = 'restart' | 'reopen' | 'end'

const requests: Readonly<Partial<Record<NodeJS.Signals, SignalRequest>>> = {
  SIGHUP: 'restart',
  SIGUSR2: 'reopen',
  SIGTERM: 'end'
}

/** SEC's signals that would end us but for a handler, and what they will be for. */
const notYet: Readonly<Partial<Record<NodeJS.Signals, string>>> = {
  SIGABRT: 'soft restart',
  SIGUSR1: 'dumping performance and debug data',
  SIGINT: 'changing the logging level'
}

export interface SecSignalsOptions {
  readonly log: (level: LogLevel, message: string) => void
  /** A terminal's interrupt ends us, as it ends SEC. */
  readonly interactive: boolean
  /** Called when a request has come. */
  readonly onRequest: () => void
}

/** SEC's signals. They come while the event loop runs, and wait here for the main loop. */
export class SecSignals {
  readonly #waiting = new Set<SignalRequest>()
  readonly #remove: (() => void)[] = []

  constructor({ log, interactive, onRequest }: SecSignalsOptions) {
    for (const [signal, request] of entries(requests)) {
      this.#on(signal, () => {
        this.#waiting.add(request)
        onRequest()
      })
    }
    for (const [signal, purpose] of entries(notYet)) {
      if (signal === 'SIGINT' && interactive) continue
      this.#on(signal, () => log(4, `${signal} received: ${purpose} is not there yet, signal ignored`))
    }
  }

  /** The request that came first, or `undefined`; of several equal ones that came meanwhile there is one. */
  take(): SignalRequest | undefined {
    const [first] = this.#waiting
    if (first !== undefined) this.#waiting.delete(first)
    return first
  }

  /** Gives the signals their usual meaning again. */
  close(): void {
    for (const remove of this.#remove.splice(0)) remove()
  }

  #on(signal: NodeJS.Signals, listener: () => void): void {
    process.on(signal, listener)
    this.#remove.push(() => process.removeListener(signal, listener))
  }
}

function entries<Value>(
  bySignal: Readonly<Partial<Record<NodeJS.Signals, Value>>>
): [NodeJS.Signals, Value][] {
  return Object.entries(bySignal) as [NodeJS.Signals, Value][]
}
