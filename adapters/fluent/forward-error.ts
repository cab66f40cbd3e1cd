/** What came does not keep to the forward protocol, or to our limits. */
export class ForwardError extends Error {
  /** A short stable word, for counters and dead letters. */
  readonly code: ForwardErrorCode

  constructor(code: ForwardErrorCode, message: string) {
    super(message)
    this.name = 'ForwardError'
    this.code = code
  }
}

export type ForwardErrorCode =
  /** No MessagePack, or no JSON where that is spoken. */
  | 'fluent-syntax'
  /** No message of the protocol. */
  | 'fluent-message'
  /** An entry that is no time and record. */
  | 'fluent-entry'
  | 'fluent-compression'
  | 'too-long'
