import type { LogLevel } from '../../plugin/host.ts'
import { formatCtime } from '../../plugin/time/format.ts'
import type { TimeZone } from '../../plugin/time/time-zone.ts'
import { systemErrorText } from '../system-error.ts'
import { LogFile } from './log-file.ts'
import { Syslog } from './syslog.ts'

export interface SecLogSettings {
  /** Messages above this level are dropped. */
  readonly level: LogLevel
  /** `-` is standard output. */
  readonly file: string | null
  /** A facility. */
  readonly syslog: string | null
}

export interface SecLogOptions {
  readonly settings: SecLogSettings
  /** Standard error, where it is a terminal: takes messages as they are, a line each. */
  readonly terminal: ((line: string) => void) | undefined
  /** Standard error, terminal or not: takes what is wrong with the log itself. */
  readonly complain: (line: string) => void
  readonly timeZone: TimeZone
  /** Seconds since Epoch. */
  readonly now: () => number
}

/** The name that messages have in syslog: people's filters look for SEC's. */
const SYSLOG_TAG = 'sec'

/** The log level where nobody listens: no message above it is built. */
const SILENT: LogLevel = 1

/**
 * SEC's log: lines `Tue Nov 24 12:00:00 2026: text` in a file, the same texts on a terminal's standard error and in
 * syslog. Texts are byte strings. Nothing here throws.
 */
export class SecLog {
  readonly #options: SecLogOptions
  #settings: SecLogSettings
  #file: LogFile | undefined
  #syslog: Syslog | undefined
  #terminal: ((line: string) => void) | undefined
  /** Lines that a file or syslog, closed by now, did not take. */
  #lostLines = 0
  #stampSecond = -1
  #stamp = ''

  constructor(options: SecLogOptions) {
    this.#options = options
    this.#settings = options.settings
    this.#terminal = options.terminal
    this.reopen()
  }

  get level(): LogLevel {
    const heard = this.#file?.isOpen || this.#syslog !== undefined || this.#terminal !== undefined
    return heard ? this.#settings.level : SILENT
  }

  readonly log = (level: LogLevel, message: string): void => {
    if (level > this.#settings.level) return
    this.#terminal?.(`${message}\n`)
    this.#file?.write(`${this.#timeStamp()}: ${message}\n`)
    this.#syslog?.write(level, message)
  }

  /** For HUP, whose options may differ. */
  configure(settings: SecLogSettings): void {
    this.#settings = settings
    this.reopen()
  }

  /** Opens the file anew, so that a rotated one is left. Where that fails SEC goes on without. */
  reopen(): void {
    this.#reopenFile()
    this.#reopenSyslog()
  }

  /** After this nothing more goes to standard error: a daemon has none. */
  leaveTerminal(): void {
    this.#terminal = undefined
  }

  /** Resolves when what was logged has left us, or says how much has not. Safe to call twice. */
  async close(): Promise<void> {
    await this.#closeSyslog()
    const lost = this.#lostLines + (this.#file?.lostWrites ?? 0)
    if (lost > 0) {
      const message = `Log lines were lost: ${lost}`
      this.#file?.write(`${this.#timeStamp()}: ${message}\n`)
      this.#options.complain(`${message}\n`)
    }
    this.#file?.close()
    this.#file = undefined
    this.#lostLines = 0
  }

  #closeFile(): void {
    this.#file?.close()
    this.#lostLines += this.#file?.lostWrites ?? 0
    this.#file = undefined
  }

  async #closeSyslog(): Promise<void> {
    const syslog = this.#syslog
    this.#syslog = undefined
    await syslog?.close()
    this.#lostLines += syslog?.lostMessages ?? 0
  }

  #reopenFile(): void {
    const { file } = this.#settings
    this.#closeFile()
    this.#file = file === null ? undefined : new LogFile(file)
    try {
      this.#file?.open()
    } catch (error) {
      this.#options.complain(`Can't open logfile ${file} (${systemErrorText(error)})\n`)
    }
  }

  #reopenSyslog(): void {
    const { syslog: facility } = this.#settings
    if (this.#syslog?.facility === facility) {
      this.#syslog?.reopen()
      return
    }
    void this.#closeSyslog()
    if (facility === null) return
    try {
      this.#syslog = new Syslog({
        facility,
        tag: SYSLOG_TAG,
        onError: message => this.#withoutSyslog(message)
      })
    } catch (error) {
      this.#options.complain(`${error instanceof Error ? error.message : String(error)}\n`)
    }
  }

  #withoutSyslog(message: string): void {
    if (this.#settings.level < 2) return
    this.#terminal?.(`${message}\n`)
    this.#file?.write(`${this.#timeStamp()}: ${message}\n`)
  }

  #timeStamp(): string {
    const second = this.#options.now()
    if (second !== this.#stampSecond) {
      this.#stampSecond = second
      this.#stamp = formatCtime(this.#options.timeZone.localTime(second))
    }
    return this.#stamp
  }
}
