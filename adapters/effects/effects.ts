import type { Effect, LogLevel } from '../../plugin/host.ts'
import { alertToJson } from '../alert-json.ts'
import { type OutputCounters, OutputFiles } from './output-files.ts'
import { type ChildEvent, Programs } from './programs.ts'

export type { ChildEvent }

export interface EffectsOptions {
  readonly log: (level: LogLevel, message: string) => void
  /** Called from the event loop when `takeChildEvents` has something new. */
  readonly onChildEvent?: () => void
  /**
   * Standard output carries alerts, or answers: what rules write there is logged as a notice instead, and what programs
   * print goes to standard error.
   */
  readonly isOutputTaken?: boolean
  /** A write of a rule is lost, whole or in part. */
  readonly onLost?: (path: string, reason: string) => void
}

export interface EffectsCounters extends OutputCounters {
  /** Bytes of programs' lines that were longer than 16 MiB. */
  readonly cutBytes: number
}

/** Carries out the correlator's effects, each before `effect` returns. Nothing here throws for what the outside does. */
export interface Effects {
  readonly counters: EffectsCounters
  effect(effect: Effect): void
  /**
   * Lines and exits of programs since the last call, a program's lines before its exit; to be iterated to its end, as
   * exits are logged when they are handed over. They arrive only while the event loop runs, so a busy main loop must
   * let it (`setImmediate`) from time to time.
   */
  takeChildEvents(): Iterable<ChildEvent>
  /** USR2 and HUP: closes the outputs; the next write opens them anew. */
  reopen(): void
  /** SIGTERM to each program that runs, with SEC's log line for each. */
  terminateChildren(): void
  readonly runningChildren: number
  /** Resolves when no program runs any more, or after `timeoutMs`; their output waits in `takeChildEvents`. */
  waitForChildren(timeoutMs?: number): Promise<void>
  /** Closes the outputs. Programs go on. */
  close(): void
}

const NOTICE = 4

/** The files and programs that rules act on. */
export function createEffects({
  log,
  onChildEvent = () => {},
  isOutputTaken = false,
  onLost
}: EffectsOptions): Effects {
  const files = new OutputFiles(log, onLost)
  const programs = new Programs({ log, onEvent: onChildEvent, isOutputTaken })
  return {
    get counters() {
      return { ...files.counters, cutBytes: programs.cutBytes }
    },
    effect(effect) {
      switch (effect.type) {
        case 'write':
          if (isOutputTaken && effect.path === '-') return log(NOTICE, effect.data.replace(/\n$/, ''))
          return files.write(effect.path, effect.data, effect.isLine)
        case 'write-close':
          if (isOutputTaken && effect.path === '-') return log(NOTICE, effect.data)
          return files.writeOnce(effect.path, effect.data)
        case 'close':
          return files.close(effect.path)
        case 'alert':
          return files.write('-', `${alertToJson(effect.alert)}\n`)
        case 'run':
          return programs.run(effect)
      }
    },
    takeChildEvents: () => programs.take(),
    reopen: () => files.closeAll(),
    terminateChildren: () => programs.terminate(),
    get runningChildren() {
      return programs.running
    },
    waitForChildren: timeoutMs => programs.waitForAll(timeoutMs),
    close: () => files.closeAll()
  }
}
