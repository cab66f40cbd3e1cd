/**
 * One log record, after OpenTelemetry's log data model. Every string is a byte string (latin1): UTF-8 is decoded only
 * where a record leaves. Source: OpenTelemetry specification, "Logs Data Model".
 */
export interface LogRecord {
  /**
   * Names the record for good, so that it has the same id when it is read again: of a file its fingerprint and byte
   * offset, of a Kafka topic partition and offset.
   */
  readonly id: string
  readonly body: RecordValue
  readonly attributes: RecordMap
  readonly resource: RecordMap
  /** The instrumentation scope. */
  readonly scope: RecordScope | undefined
  /** 1 to 24; 0 is unspecified. */
  readonly severityNumber: number
  readonly severityText: string
  /** When it happened, in milliseconds since Epoch, with a fraction; `undefined` where the record does not say. */
  readonly timestamp: number | undefined
  /** When it was seen first, in milliseconds since Epoch, with a fraction. */
  readonly observedTimestamp: number | undefined
  /** 32 hexadecimal digits, or ''. */
  readonly traceId: string
  /** 16 hexadecimal digits, or ''. */
  readonly spanId: string
  readonly traceFlags: number
  readonly eventName: string
  /** The name of the input that it came from, as rules see it in `$+{_inputsrc}`. */
  readonly source: string
  /** Fluent's tag, Kafka's topic; '' where there is none. */
  readonly tag: string
  /** Of one that is decoded when it is asked for more than its body: what is known before that. */
  readonly late?: LateFields
}

export interface LateFields {
  /** What it takes of memory, about. */
  readonly bytes: number
  /** False: it has no attribute of this name, for certain. */
  mayHaveAttribute(name: string): boolean
}

export interface RecordScope {
  readonly name: string
  readonly version: string
  readonly attributes: RecordMap
}

/** Integers beyond 2^53 are decimal strings; bytes are byte strings. */
export type RecordValue = string | number | boolean | null | readonly RecordValue[] | RecordMap

export type RecordMap = { readonly [name: string]: RecordValue }

/** What came in and is no record. */
export interface DeadRecord {
  /** As a record's `id`. */
  readonly id: string
  readonly source: string
  /** Why, in words: what was wrong, where, and what was expected. */
  readonly reason: string
  /** A short stable word for counters: `json-syntax`, `too-long` … */
  readonly code: string
  /** The bytes as they came (latin1). */
  readonly value: string
  /** How many there were, where `value` has only the first of them. */
  readonly size?: number
  /** What it was sent under: of Kafka the record's key. */
  readonly key?: string
}

const NOTHING: RecordMap = Object.freeze({})

/** A record of a plain text line. */
export function lineRecord(
  id: string,
  source: string,
  body: string,
  observedTimestamp: number | undefined,
  tag: string = ''
): LogRecord {
  return {
    id,
    body,
    attributes: NOTHING,
    resource: NOTHING,
    scope: undefined,
    severityNumber: 0,
    severityText: '',
    timestamp: undefined,
    observedTimestamp,
    traceId: '',
    spanId: '',
    traceFlags: 0,
    eventName: '',
    source,
    tag
  }
}

/**
 * The same, for sources of many lines: its id is a prefix and a number, and is put together only where it is asked for,
 * which is for few records. As JSON it is an ordinary record.
 */
export class LineRecord implements LogRecord {
  readonly body: string
  readonly observedTimestamp: number | undefined
  readonly source: string
  readonly tag: string
  readonly #idPrefix: string
  readonly #idNumber: number

  constructor(
    idPrefix: string,
    idNumber: number,
    source: string,
    body: string,
    observedTimestamp: number | undefined,
    tag: string
  ) {
    this.body = body
    this.observedTimestamp = observedTimestamp
    this.source = source
    this.tag = tag
    this.#idPrefix = idPrefix
    this.#idNumber = idNumber
  }

  get id(): string {
    return `${this.#idPrefix}${this.#idNumber}`
  }

  // What a line does not have takes no room in each record.
  get attributes(): RecordMap {
    return NOTHING
  }

  get resource(): RecordMap {
    return NOTHING
  }

  get scope(): undefined {
    return undefined
  }

  get severityNumber(): number {
    return 0
  }

  get severityText(): string {
    return ''
  }

  get timestamp(): undefined {
    return undefined
  }

  get traceId(): string {
    return ''
  }

  get spanId(): string {
    return ''
  }

  get traceFlags(): number {
    return 0
  }

  get eventName(): string {
    return ''
  }

  toJSON(): LogRecord {
    return lineRecord(this.id, this.source, this.body, this.observedTimestamp, this.tag)
  }
}
