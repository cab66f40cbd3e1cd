import type { Alert } from './alert.ts'

/**
 * What the correlator does outside, one effect at a time in SEC's order. The host carries out an effect before it
 * returns, so that the next one finds it done. All texts are byte strings (latin1).
 */
export type Effect =
  /** Appends to a file, FIFO or standard output (`-`) and keeps it open. `isLine`: messages leave the last newline out. */
  | { readonly type: 'write'; readonly path: string; readonly data: string; readonly isLine?: boolean }
  | { readonly type: 'close'; readonly path: string }
  /** Opens, appends and closes, beside any open handle of the same path. */
  | { readonly type: 'write-close'; readonly path: string; readonly data: string }
  /** Sends an alert off: to the sinks of a stage, or as a line of JSON to standard output. */
  | { readonly type: 'alert'; readonly alert: Alert }
  | RunEffect

/** Starts a program. */
export interface RunEffect {
  readonly type: 'run'
  /** Names the program in `childLine` and `childExit`; ascending from 1. */
  readonly child: number
  /** A string goes to the shell if it holds metacharacters; a list is run as it is. */
  readonly command: string | readonly string[]
  /** Written to its standard input, which is then closed; without it standard input is inherited. */
  readonly input?: string
  /** `events`: its standard output comes back by `childLine`; `inherit`: it shares ours. */
  readonly output: 'inherit' | 'events'
  /** Which action or rule asked for it, for log messages: `shellcmd`, `pipe`, `SingleWithScript` … */
  readonly origin: string
}

/** SEC's levels: 1 critical, 2 error, 3 warning, 4 notice, 5 informative, 6 debug. */
export type LogLevel = 1 | 2 | 3 | 4 | 5 | 6

/** The outside, as the correlator sees it. Synchronous; must not throw. */
export interface Host {
  /** Messages above this level are not built. May change at any time. */
  readonly logLevel: LogLevel
  log(level: LogLevel, message: string): void
  effect(effect: Effect): void
  /** Milliseconds that only ever go on, to measure how long each rule takes; without it that is not measured. */
  readonly stopwatch?: (() => number) | undefined
}
