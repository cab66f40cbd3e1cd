import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Effects } from '../adapters/effects/effects.ts'
import type { Inputs } from '../adapters/sec-inputs/inputs.ts'
import type { Correlator } from '../plugin/correlator.ts'
import type { LogLevel } from '../plugin/host.ts'
import { faultMessage } from '../plugin/fault.ts'

/** How long lines are handled before signals and programs are heard. */
const TURN_MS = 20

/** Between two looks at the clock for `TURN_MS`: reading it for each line would cost more than some lines do. */
const EVENTS_BETWEEN_LOOKS = 32

/** Node.js needs some turns from the end of a program over that of its output to our listener. */
const TURNS_TO_HEAR = 8

/** The longest sleep that a timer can do. */
const MAX_SLEEP_MS = 2 ** 31 - 1

export interface SecLoopSettings {
  /** How long to sleep, at most, when the inputs gave nothing. */
  readonly pollTimeoutSeconds: number
  /** Wait for more when all inputs have come to their end. */
  readonly tail: boolean
}

export interface SecLoopOptions {
  readonly correlator: Pick<
    Correlator,
    'setTime' | 'hasPendingEvents' | 'observePending' | 'observe' | 'passIfDue' | 'childLine' | 'childExit'
  >
  readonly inputs: Pick<Inputs, 'next' | 'atEnd' | 'waitForInput'>
  readonly effects: Pick<Effects, 'takeChildEvents'>
  readonly log: (level: LogLevel, message: string) => void
  /** Seconds since Epoch. */
  readonly now: () => number
  /** What HUP may change. */
  readonly settings: () => SecLoopSettings
  /** Called between two turns, often. */
  readonly betweenTurns?: (() => void) | undefined
  /** Does what signals ask for; false: the loop is to end. */
  readonly handleSignals: () => boolean
}

/** SEC's main loop: one event, the timer pass if it is due, signals. */
export class SecLoop {
  readonly #options: SecLoopOptions
  #childEventsWait = false

  constructor(options: SecLoopOptions) {
    this.#options = options
  }

  /** To be called when `effects.takeChildEvents` has something. */
  childEventCame(): void {
    this.#childEventsWait = true
  }

  /** Resolves when `handleSignals` says so, or without `tail` when all inputs have come to their end. */
  async run(): Promise<void> {
    const { inputs, handleSignals, settings, betweenTurns } = this.#options
    while (handleSignals()) {
      betweenTurns?.()
      if (this.#turn() === 'busy') {
        await nextTurn()
      } else {
        const { tail, pollTimeoutSeconds } = settings()
        if (!tail && inputs.atEnd) {
          if (!(await this.#hearsProgram())) return
          continue
        }
        await inputs.waitForInput(Math.min(pollTimeoutSeconds * 1000, MAX_SLEEP_MS))
      }
    }
  }

  /**
   * Whether a program that has ended or written something already was not heard before the inputs' end. SEC hears them
   * between two lines, we after many.
   */
  async #hearsProgram(): Promise<boolean> {
    for (let turn = 0; turn < TURNS_TO_HEAR && !this.#childEventsWait; turn++) await nextTurn()
    return this.#childEventsWait
  }

  /** Handles events until there are none, or until it is time to let signals and programs be heard. */
  #turn(): 'busy' | 'idle' {
    const { correlator, log } = this.#options
    const end = performance.now() + TURN_MS
    for (let events = 1; ; events++) {
      let found = false
      try {
        found = this.#step()
        correlator.passIfDue()
      } catch (error) {
        found = true
        log(2, faultMessage(error))
      }
      if (!found) return 'idle'
      if (events % EVENTS_BETWEEN_LOOKS === 0 && performance.now() > end) return 'busy'
    }
  }

  /** Handles one event if there is one. */
  #step(): boolean {
    const { correlator, inputs, now } = this.#options
    const seconds = now()
    correlator.setTime(seconds)
    if (this.#childEventsWait && !correlator.hasPendingEvents) this.#takeChildEvents()
    if (correlator.hasPendingEvents) {
      correlator.observePending()
      return true
    }
    const line = inputs.next(seconds)
    if (line === undefined) return false
    correlator.observe(line)
    return true
  }

  #takeChildEvents(): void {
    const { correlator, effects, log } = this.#options
    this.#childEventsWait = false
    for (const event of effects.takeChildEvents()) {
      try {
        if ('line' in event) correlator.childLine(event.child, event.line, event.pid)
        else correlator.childExit(event.child, event.exitCode)
      } catch (error) {
        log(2, faultMessage(error))
      }
    }
  }
}
