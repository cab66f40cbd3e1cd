import type { ChildProcess } from 'node:child_process'
import { writeSync } from 'node:fs'
import type { LogLevel, RunEffect } from '../../plugin/host.ts'
import { systemErrorText } from '../system-error.ts'
import { ProgramOutput } from './program-output.ts'
import { startProgram } from './start-program.ts'

/** What a program's life brings back: its lines in order, then its exit. */
export type ChildEvent =
  | { readonly child: number; readonly pid: number; readonly line: string }
  | { readonly child: number; readonly pid: number; readonly exitCode: number }

export interface ProgramsOptions {
  readonly log: (level: LogLevel, message: string) => void
  readonly onEvent: () => void
  /** What they print goes to standard error, as standard output is for other things. */
  readonly isOutputTaken?: boolean
}

interface RunningProgram {
  readonly process: ChildProcess
  readonly pid: number
  readonly output: ProgramOutput | undefined
}

/** An event with what its message needs. */
interface QueuedEvent {
  readonly event: ChildEvent
  readonly effect: RunEffect
}

/** Bytes of lines that may wait to be taken before programs have to wait with further output. */
const WAITING_BYTES = 1024 * 1024

/**
 * The programs that rules start. They never keep this process alive, and what they bring back waits in a queue.
 * Programs are named in SEC's messages by process id and command.
 */
export class Programs {
  readonly #options: ProgramsOptions
  readonly #running = new Set<RunningProgram>()
  readonly #waiters = new Set<() => void>()
  #events: QueuedEvent[] = []
  #waitingBytes = 0
  #cutBytes = 0

  constructor(options: ProgramsOptions) {
    this.#options = options
  }

  get running(): number {
    return this.#running.size
  }

  /** Bytes of programs' lines that were too long. */
  get cutBytes(): number {
    return this.#cutBytes
  }

  run(effect: RunEffect): void {
    const { log, isOutputTaken = false } = this.#options
    const command = shownCommand(effect)
    const started = startProgram(effect, {
      isOutputTaken,
      onExecFailure: reportExecFailure,
      onForkFailure: error => log(2, `Could not fork command '${command}' (${systemErrorText(error)})`)
    })
    if (started === undefined) return
    const { process, pid } = started
    log(6, `Child ${pid} created for command '${command}'`)
    process.unref()
    const output = this.#outputOf(process, pid, effect)
    const program = { process, pid, output }
    this.#running.add(program)
    process.on('exit', code => {
      // SEC looks at the exit status alone: one that a signal ended has 0.
      const end = (): void => this.#end(program, effect, code ?? 0)
      if (output === undefined) end()
      else output.finish(end)
    })
  }

  /** Takes all lines and exits that wait, logging each exit as it is handed over. To be iterated to its end. */
  *take(): Generator<ChildEvent, void> {
    const events = this.#events
    this.#events = []
    this.#waitingBytes = 0
    this.#resumeAll()
    for (const { event, effect } of events) {
      if ('exitCode' in event) this.#logExit(event.pid, event.exitCode, effect)
      yield event
    }
  }

  /** Sends SIGTERM to each program that runs. */
  terminate(): void {
    for (const { process, pid } of this.#running) {
      if (process.exitCode !== null || process.signalCode !== null) continue
      this.#options.log(4, `Sending SIGTERM to process ${pid}`)
      process.kill('SIGTERM')
    }
  }

  /** Resolves when no program runs, or after `timeoutMs`. While it is waited for, output is taken without bound. */
  async waitForAll(timeoutMs: number | undefined): Promise<void> {
    if (this.#running.size === 0) return
    await new Promise<void>(resolve => {
      const end = (): void => {
        clearTimeout(timer)
        this.#waiters.delete(end)
        resolve()
      }
      // Programs don't keep the process alive; the timer does.
      const timer = timeoutMs === undefined ? setInterval(() => {}, 1 << 30) : setTimeout(end, timeoutMs)
      this.#waiters.add(end)
      this.#resumeAll()
    })
  }

  #outputOf({ stdout }: ChildProcess, pid: number, effect: RunEffect): ProgramOutput | undefined {
    if (stdout === null) return undefined
    const output: ProgramOutput = new ProgramOutput(stdout, {
      onLine: line => {
        this.#queue({ child: effect.child, pid, line }, effect)
        this.#waitingBytes += line.length
        if (this.#waitingBytes > WAITING_BYTES && this.#waiters.size === 0) output.pause()
      },
      onCut: bytes => {
        if (this.#cutBytes === 0) this.#options.log(2, `a line of child ${pid} is too long and was cut`)
        this.#cutBytes += bytes
      }
    })
    return output
  }

  #end(program: RunningProgram, effect: RunEffect, exitCode: number): void {
    this.#running.delete(program)
    this.#queue({ child: effect.child, pid: program.pid, exitCode }, effect)
    if (this.#running.size === 0) for (const end of this.#waiters) end()
  }

  #queue(event: ChildEvent, effect: RunEffect): void {
    this.#events.push({ event, effect })
    this.#options.onEvent()
  }

  #resumeAll(): void {
    for (const { output } of this.#running) output?.resume()
  }

  #logExit(pid: number, code: number, effect: RunEffect): void {
    const { log } = this.#options
    if (effect.origin === 'SingleWithScript') {
      log(6, `Child ${pid} terminated with ${code === 0 ? '' : 'non-zero '}exitcode ${code}`)
    } else if (code !== 0) {
      log(3, `Child ${pid} terminated with non-zero exitcode ${code} ( ${shownCommand(effect)} )`)
    }
  }
}

function shownCommand({ command }: RunEffect): string {
  return typeof command === 'string' ? command : command.join(' ')
}

/** SEC's log has the exit code only; why, Perl says on standard error, which programs share. */
function reportExecFailure(file: string, error: unknown): void {
  try {
    writeSync(2, Buffer.from(`Can't exec "${file}": ${systemErrorText(error)}\n`, 'latin1'))
  } catch {
    // Nobody listens there.
  }
}
