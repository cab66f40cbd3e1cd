/** A value of `--input`. */
export interface InputOption {
  /** A glob. */
  readonly pattern: string
  readonly context?: string
}

/** The context is what follows the last `=`, if that holds no white space and something stands before it. */
export function parseInputOption(value: string): InputOption {
  const [, pattern, context] = /^(.+)=([^ \t\n\r\f\v]+)$/s.exec(value) ?? []
  return pattern === undefined || context === undefined ? { pattern: value } : { pattern, context }
}
