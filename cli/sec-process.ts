import { writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { createEffects, type Effects } from '../adapters/effects/effects.ts'
import type { SecLog } from '../adapters/log/sec-log.ts'
import { Inputs } from '../adapters/sec-inputs/inputs.ts'
import { systemErrorText } from '../adapters/system-error.ts'
import type { SecOptions } from '../config/schema.ts'
import type { SecCommandLine } from '../config/sec-command-line.ts'
import { Correlator } from '../plugin/correlator.ts'
import type { Host } from '../plugin/host.ts'
import { perlLoader } from '../plugin/perl/source.ts'
import { longestPattern } from '../plugin/rules/compile.ts'
import type { RuleFileDefinition } from '../plugin/rules/definition.ts'
import { describeDropped } from '../plugin/state/dropped.ts'
import type { TimeZone } from '../plugin/time/time-zone.ts'
import type { DaemonStart } from './daemon.ts'
import { faultMessage } from '../plugin/fault.ts'
import { isInteractive } from './interactive.ts'
import { lossMessages } from './losses.ts'
import { SecLoop } from './sec-loop.ts'
import { loadConfiguration } from './sec-rule-files.ts'
import type { SecPerl } from './sec-perl.ts'
import { correlatorSettings, inputSpecs, inputsOptions, logSettings } from './sec-settings.ts'
import { SecSignals } from './sec-signals.ts'
import type { SavedSecState, SecState, SecStateSource } from './sec-state.ts'

/** SEC leaves programs that SEC_SHUTDOWN started so much time to prepare for TERM. */
const SHUTDOWN_WAIT_MS = 3000

export interface SecProcessOptions {
  readonly commandLine: SecCommandLine
  readonly files: readonly RuleFileDefinition[]
  /** The one that compiled their code; `undefined`: it is off. */
  readonly perl?: SecPerl | undefined
  readonly log: SecLog
  readonly timeZone: TimeZone
  /** Seconds since Epoch. */
  readonly now: () => number
  /** Reads options and resource file anew, for HUP. */
  readonly readArguments: () => SecCommandLine
  /** `--state`, and what it has brought back. */
  readonly state?: SecState
  readonly saved?: SavedSecState
}

/** A running `correlog sec`: its parts, from the opening of the inputs to the end, and what signals do to them. */
export class SecProcess {
  readonly #log: SecLog
  readonly #now: () => number
  readonly #readArguments: () => SecCommandLine
  readonly #effects: Effects
  readonly #correlator: Correlator
  readonly #inputs: Inputs
  readonly #loop: SecLoop
  readonly #state: SecState | undefined
  readonly #perl: SecPerl | undefined
  readonly #isRestored: boolean
  #options: SecOptions
  #signals: SecSignals | undefined

  /** @throws StateError of a state that can't be restored. */
  constructor(given: SecProcessOptions) {
    const { commandLine, files, perl, log, timeZone, now, readArguments, state, saved } = given
    this.#state = state
    this.#perl = perl
    this.#isRestored = saved?.entries !== undefined
    this.#log = log
    this.#now = now
    this.#readArguments = readArguments
    this.#options = commandLine.options
    this.#effects = createEffects({
      log: log.log,
      onChildEvent: () => {
        this.#loop.childEventCame()
        this.#inputs.wake()
      }
    })
    const effects = this.#effects
    perl?.printTo(data => effects.effect({ type: 'write', path: '-', data }))
    const host: Host = {
      get logLevel() {
        return log.level
      },
      log: log.log,
      effect: effect => effects.effect(effect)
    }
    this.#logNotYet(commandLine)
    this.#correlator = new Correlator({
      files,
      settings: correlatorSettings(this.#options),
      host,
      timeZone,
      perl: perl?.host,
      now: now(),
      trackChanges: state !== undefined,
      restore: saved?.entries
    })
    this.#logBufferSize()
    this.#logRestored()
    this.#inputs = new Inputs(
      inputSpecs(this.#options),
      { ...this.#inputsOptions(), positions: saved?.positions },
      now()
    )
    this.#loop = new SecLoop({
      correlator: this.#correlator,
      inputs: this.#inputs,
      effects,
      log: log.log,
      now,
      settings: () => ({ pollTimeoutSeconds: this.#options.pollTimeout, tail: this.#options.tail }),
      betweenTurns: state && (() => state.saveIfDue(this.#stateSource)),
      handleSignals: () => this.#handleSignals()
    })
  }

  /** Runs until TERM or the end of the inputs; yields the exit status. `daemon`: whose starter waits. */
  async run(daemon: DaemonStart | undefined): Promise<number> {
    const interactive = daemon === undefined && isInteractive()
    if (this.#options.detach && !this.#becomeDaemon()) return 1
    if (interactive) {
      this.#log.log(4, "Interactive process, SIGINT can't be used for changing the logging level")
    }
    this.#signals = new SecSignals({
      log: this.#log.log,
      interactive,
      onRequest: () => this.#inputs.wake()
    })
    if (!this.#writePidFile(daemon)) return 1
    daemon?.ready()
    this.#correlator.setTime(this.#now())
    // To rules with a state the end of a process is no end, nor its start a start.
    if (!this.#isRestored) this.#internalEvent('SEC_STARTUP')
    this.#guard(() => this.#correlator.pass())
    await this.#loop.run()
    await this.#shutDown()
    return 0
  }

  /** The process is one already: what is left is to leave the starter's terminal. */
  #becomeDaemon(): boolean {
    if (inputSpecs(this.#options).some(({ path }) => path === '-')) {
      this.#log.log(1, "Can't become a daemon (stdin is specified as input), exiting!")
      return false
    }
    this.#log.leaveTerminal()
    this.#log.log(6, 'Daemonization complete')
    return true
  }

  #writePidFile(daemon: DaemonStart | undefined): boolean {
    const { pid } = this.#options
    if (pid === null) return true
    try {
      writeFileSync(Buffer.from(pid, 'latin1'), `${process.pid}\n`)
      return true
    } catch (error) {
      const message = `Can't open pidfile ${pid} for writing (${systemErrorText(error)}), exiting!`
      this.#log.log(1, message)
      daemon?.tell(`${message}\n`)
      return false
    }
  }

  #handleSignals(): boolean {
    for (let request = this.#signals?.take(); request !== undefined; request = this.#signals?.take()) {
      this.#correlator.setTime(this.#now())
      switch (request) {
        case 'end':
          this.#log.log(4, 'SIGTERM received: shutting down SEC')
          return false
        case 'reopen':
          this.#reopen()
          break
        case 'restart':
          this.#restart()
      }
    }
    return true
  }

  #reopen(): void {
    this.#log.log(4, 'SIGUSR2 received: closing outputs and restarting logging')
    this.#internalEvent('SEC_PRE_LOGROTATE')
    this.#log.reopen()
    this.#effects.reopen()
    this.#internalEvent('SEC_LOGROTATE')
  }

  #restart(): void {
    this.#log.log(4, 'SIGHUP received: full restart of SEC')
    this.#internalEvent('SEC_PRE_RESTART')
    if (this.#options.childterm) this.#effects.terminateChildren()
    const commandLine = this.#readArguments()
    this.#options = commandLine.options
    this.#log.configure(logSettings(this.#options))
    this.#effects.reopen()
    this.#logNotYet(commandLine)
    this.#perl?.host.forgetCode()
    const { files } = loadConfiguration(
      this.#options.conf,
      { bufferSize: this.#options.bufsize, perl: perlLoader(this.#perl?.host) },
      this.#log.log
    )
    const specs = inputSpecs(this.#options)
    const names = new Set(specs.map(({ path }) => path))
    this.#correlator.restart(files, correlatorSettings(this.#options), names)
    this.#logBufferSize()
    this.#inputs.update(specs, this.#inputsOptions(), this.#now())
    this.#internalEvent('SEC_RESTART')
  }

  async #shutDown(): Promise<void> {
    const { intevents, childterm } = this.#options
    if (this.#state === undefined) this.#internalEvent('SEC_SHUTDOWN')
    if (intevents && childterm && this.#state === undefined) await sleep(SHUTDOWN_WAIT_MS)
    if (childterm) this.#effects.terminateChildren()
    await this.#state?.close(this.#stateSource)
    this.#inputs.close()
    this.#perl?.close()
    this.#effects.close()
    for (const message of lossMessages(this.#inputs.counters, this.#effects.counters)) {
      this.#log.log(3, message)
    }
    this.#signals?.close()
  }

  #internalEvent(name: string): void {
    if (this.#options.intevents) this.#guard(() => this.#correlator.internalEvent(name))
  }

  #guard(run: () => void): void {
    try {
      run()
    } catch (error) {
      this.#log.log(2, faultMessage(error))
    }
  }

  #inputsOptions(): ConstructorParameters<typeof Inputs>[1] {
    return { ...inputsOptions(this.#options), log: this.#log.log }
  }

  get #stateSource(): SecStateSource {
    return {
      changes: () => this.#correlator.changes(),
      positions: () => this.#inputs.positions()
    }
  }

  #logRestored(): void {
    if (!this.#isRestored) return
    const { contexts, operations, dropped } = this.#correlator
    this.#log.log(4, `Going on with ${contexts.size} contexts and ${operations.size} operations`)
    for (const each of dropped) this.#log.log(3, describeDropped(each))
  }

  #logBufferSize(): void {
    if (this.#options.bufsize > 0) return
    const size = longestPattern(this.#correlator.ruleSet)
    this.#log.log(6, `No --bufsize command line option or --bufsize=0, setting --bufsize to ${size}`)
  }

  #logNotYet({ notYet }: SecCommandLine): void {
    for (const option of notYet) this.#log.log(4, `Option ${option} has no effect yet`)
  }
}
