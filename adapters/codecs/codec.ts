import type { DeadRecord, LogRecord } from '../../plugin/record.ts'
import type { TimeZone } from '../../plugin/time/time-zone.ts'

/** What a codec is told about the bytes that it gets. */
export interface CodecContext {
  /** The input's name. */
  readonly source: string
  /** The id of the record; where the bytes hold several records, each gets `<id>/<ordinal>`, from 0. */
  readonly id: string
  /** `id` in two parts, of which it is put together where it is asked for. */
  readonly idPrefix?: string
  readonly idNumber?: number
  /** When the bytes were seen, in milliseconds since Epoch. */
  readonly observedTimestamp: number | undefined
  /** Fluent's tag, Kafka's topic; '' where there is none. */
  readonly tag: string
}

/** Where a codec puts what it has decoded, in order. */
export interface Decoded {
  readonly records: LogRecord[]
  readonly dead: DeadRecord[]
}

/**
 * Decodes one line (or the value of one message): a latin1 string, one character a byte, without its line end. What is
 * no record goes to `into.dead` with its reason. Never throws.
 */
export interface Codec {
  (bytes: string, context: CodecContext, into: Decoded): void
  /**
   * Sees of the bytes from `start` to before `end` what most records are asked for. `undefined`: that can't be told
   * without decoding them.
   */
  readonly glance?: (bytes: Buffer, start: number, end: number) => Glance | undefined
}

/** Of bytes that hold one record, whose `observedTimestamp` is the context's. */
export interface Glance {
  readonly body: string
  /** Bit n: somewhere in it is a name with so many bytes, modulo 32. */
  readonly keyLengths: number
}

/** What codecs of every kind are made with. */
export interface CodecSettings {
  /** For times that say no zone (RFC 3164). */
  readonly timeZone: TimeZone
}

/** Gives a line up. `code` is a short stable word, `reason` says what was wrong, where, and what was expected. */
export function giveUp(
  into: Decoded,
  { id, source }: CodecContext,
  value: string,
  code: string,
  reason: string
): void {
  into.dead.push({ id, source, reason, code, value })
}
