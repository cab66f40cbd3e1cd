import { type ChildProcess, spawn } from 'node:child_process'
import type { LogLevel } from '../../plugin/host.ts'

/** The facilities of syslog(3) in the order of their numbers. */
const facilities: readonly string[] = (
  'kern user mail daemon auth syslog lpr news uucp cron authpriv ftp ntp audit console cron2 ' +
  'local0 local1 local2 local3 local4 local5 local6 local7'
).split(' ')

/** SEC's levels 1 to 6 are syslog's crit, err, warning, notice, info, debug. */
const SEVERITY_OF_LEVEL_0 = 1

/** What may wait for a `logger` that does not read; what comes then is lost and counted. */
const MAX_WAITING_BYTES = 4 << 20

/** Ends a `logger` that does not end by itself. */
const CLOSE_TIMEOUT_MS = 1000

export interface SyslogOptions {
  readonly facility: string
  /** Names this program in each message. */
  readonly tag: string
  /** Called when messages can't be sent. */
  readonly onError: (message: string) => void
  /** The socket to send to instead of the system's. */
  readonly socket?: string
}

/** As Perl's Sys::Syslog takes it: `local0`, `LOCAL0`, `LOG_LOCAL0`. */
function facilityNumber(name: string): number | undefined {
  const number = facilities.indexOf(name.toLowerCase().replace(/^log_/, ''))
  return number < 0 ? undefined : number
}

/**
 * Messages for the system's log, as `<priority>date tag[pid]: text`, by one `logger` from util-linux that runs beside
 * us: Node.js has no datagram sockets of the file system (docs/decisions/0007-syslog.md).
 */
export class Syslog {
  readonly #options: SyslogOptions
  readonly #facility: number
  #logger: ChildProcess | undefined
  #failed = false
  #lostMessages = 0

  /** @throws RangeError for a facility that syslog does not know. */
  constructor(options: SyslogOptions) {
    const facility = facilityNumber(options.facility)
    if (facility === undefined) throw new RangeError(`unknown syslog facility "${options.facility}"`)
    this.#options = options
    this.#facility = facility
  }

  get facility(): string {
    return this.#options.facility
  }

  /** Messages that `logger` did not take. */
  get lostMessages(): number {
    return this.#lostMessages
  }

  write(level: LogLevel, message: string): void {
    const stdin = this.#start()?.stdin
    if (!stdin || stdin.writableLength > MAX_WAITING_BYTES) {
      this.#lostMessages++
      return
    }
    const prefix = `<${(this.#facility << 3) | (level + SEVERITY_OF_LEVEL_0)}>`
    // `logger` takes one message a line.
    for (const line of message.split('\n')) stdin.write(`${prefix}${line}\n`, 'latin1')
  }

  /** Tries again what failed before. */
  reopen(): void {
    this.#failed = false
  }

  /** Resolves when the messages are sent, or after a second. Safe to call twice. */
  async close(): Promise<void> {
    const logger = this.#logger
    this.#logger = undefined
    if (logger === undefined) return
    logger.ref()
    const ended = new Promise(resolve => logger.once('close', resolve))
    logger.stdin?.end()
    const timer = setTimeout(() => logger.kill(), CLOSE_TIMEOUT_MS)
    await ended
    clearTimeout(timer)
  }

  #start(): ChildProcess | undefined {
    if (this.#logger !== undefined || this.#failed) return this.#logger
    const { tag, socket } = this.#options
    const args = ['--prio-prefix', `--tag=${tag}`, `--id=${process.pid}`, '--size=64KiB']
    // It goes on where syslogd is not there for a while.
    args.push('--socket-errors=off')
    if (socket !== undefined) args.push('--socket', socket)
    // In its own session, so that a terminal's interrupt leaves it time for our last messages.
    const logger = spawn('logger', args, { stdio: ['pipe', 'ignore', 'ignore'], detached: true })
    const fail = (reason: string): void => {
      if (this.#logger !== logger) return
      this.#logger = undefined
      this.#failed = true
      this.#options.onError(`Can't send messages to syslog: ${reason}`)
    }
    logger.once('error', error => fail(error.message))
    logger.once('exit', code => fail(`logger ended with exit status ${code ?? 'unknown'}`))
    logger.stdin.on('error', () => this.#lostMessages++)
    logger.unref()
    this.#logger = logger
    return logger
  }
}
