import type { Effect, LogLevel } from '../../plugin/host.ts'

export interface EffectsOptions {
  readonly log: (level: LogLevel, message: string) => void
  /** Called when `takeChildEvents` has something new; may be called from the event loop only. */
  readonly onChildEvent?: () => void
}

/** What a program's life brings back: its lines in order, then its exit. */
export type ChildEvent =
  | { readonly child: number; readonly line: string }
  | { readonly child: number; readonly exitCode: number }

export interface EffectsCounters {
  /** Writes that found a FIFO without a reader or without room, whole or in part. */
  readonly droppedWrites: number
  /** Writes that failed: full disk, refused file, closed standard output. */
  readonly failedWrites: number
}

/** Carries out the correlator's effects, each before `effect` returns. Nothing here throws for what the outside does. */
export interface Effects {
  readonly counters: EffectsCounters
  effect(effect: Effect): void
  /**
   * Lines and exits of programs since the last call, a program's lines before its exit. They arrive only while the
   * event loop runs, so a busy main loop must let it (`setImmediate`) from time to time.
   */
  takeChildEvents(): readonly ChildEvent[]
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

export function createEffects(_options: EffectsOptions): Effects {
  return {
    counters: { droppedWrites: 0, failedWrites: 0 },
    effect: () => {},
    takeChildEvents: () => [],
    reopen: () => {},
    terminateChildren: () => {},
    runningChildren: 0,
    waitForChildren: async () => {},
    close: () => {}
  }
}
