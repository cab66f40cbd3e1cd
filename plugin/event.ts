import type { LogRecord } from './record.ts'

/** One line as the rules see it. */
export interface Event {
  /** The line's bytes, as a latin1 string. */
  readonly text: string
  /** The input that it came from; `undefined` for synthetic and internal events. */
  readonly source: string | undefined
  /** The internal context in whose name it is matched; `undefined`: that of its source. */
  readonly context?: string | undefined
  /** Its own time, which need not be the clock's: milliseconds since Epoch. `undefined`: it says none. */
  readonly time?: number | undefined
  /** The record that the line was made from. */
  readonly record?: LogRecord | undefined
}

/** A line from an input, before the correlator has decided on its internal context. */
export interface InputLine {
  readonly text: string
  readonly source: string
  /** The context that `--input=…=CONTEXT` gave. */
  readonly context?: string
  /** The record's own time: milliseconds since Epoch. The clock is set by `advance`, not by this. */
  readonly time?: number | undefined
  readonly record?: LogRecord
}
