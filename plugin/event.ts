/** One line as the rules see it. */
export interface Event {
  /** The line's bytes, as a latin1 string. */
  readonly text: string
  /** The input that it came from; `undefined` for synthetic and internal events. */
  readonly source: string | undefined
  /** The internal context in whose name it is matched, if there is one. */
  readonly context: string | undefined
}

/** A line from an input, before the correlator has decided on its internal context. */
export interface InputLine {
  readonly text: string
  readonly source: string
  /** The context that `--input=…=CONTEXT` gave. */
  readonly context?: string
}
