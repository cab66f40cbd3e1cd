import { ownValue } from '../../plugin/own-value.ts'
import type { LateFields, LogRecord, RecordMap, RecordScope } from '../../plugin/record.ts'
import type { KafkaRecord } from './client.ts'

/** How attributes begin that say what Kafka knows of a record. */
export const OF_KAFKA = 'messaging.kafka.message.'

/** What the records of a batch have in common. */
export interface LateOrigin {
  readonly source: string
  readonly topic: string
  readonly observedTimestamp: number
  idOf(record: KafkaRecord): string
  /** Where it is known before all is decoded. */
  timeOf(record: KafkaRecord): number | undefined
  /** All of a record of which `body` is known. */
  whole(record: KafkaRecord, body: string): LogRecord
  /** Whether its value, as it came, has a text. */
  hasText(record: KafkaRecord, text: string): boolean
}

/**
 * One of which no more is decoded than everybody asks for: most records are asked for nothing else. Until then it holds what
 * was read with it, and its bytes in there.
 */
export class LateRecord implements LogRecord, LateFields {
  readonly body: string
  readonly bytes: number
  readonly #origin: LateOrigin
  readonly #keyLengths: number
  /** Until all is decoded. */
  #kafka: KafkaRecord | undefined
  #whole: LogRecord | undefined

  /**
   * @param keyLengths - as a codec's glance gives them
   * @param bytes - of its value
   */
  constructor(origin: LateOrigin, kafka: KafkaRecord, body: string, keyLengths: number, bytes: number) {
    this.body = body
    this.bytes = bytes + body.length
    this.#origin = origin
    this.#kafka = kafka
    this.#keyLengths = keyLengths
  }

  get late(): LateFields {
    return this
  }

  /** A name with an escape is none that a glance accepts, so that any other stands in the text as it is. */
  mayHaveAttribute(name: string): boolean {
    if (this.#kafka === undefined || name.startsWith(OF_KAFKA)) {
      return ownValue(this.attributes, name) !== undefined
    }
    return ((this.#keyLengths >>> name.length) & 1) === 1 && this.#origin.hasText(this.#kafka, name)
  }

  get id(): string {
    return this.#kafka === undefined ? this.#decoded.id : this.#origin.idOf(this.#kafka)
  }

  get source(): string {
    return this.#origin.source
  }

  get tag(): string {
    return this.#origin.topic
  }

  get observedTimestamp(): number {
    return this.#origin.observedTimestamp
  }

  get timestamp(): number | undefined {
    const known = this.#kafka && this.#origin.timeOf(this.#kafka)
    return known ?? this.#decoded.timestamp
  }

  get attributes(): RecordMap {
    return this.#decoded.attributes
  }

  get resource(): RecordMap {
    return this.#decoded.resource
  }

  get scope(): RecordScope | undefined {
    return this.#decoded.scope
  }

  get severityNumber(): number {
    return this.#decoded.severityNumber
  }

  get severityText(): string {
    return this.#decoded.severityText
  }

  get traceId(): string {
    return this.#decoded.traceId
  }

  get spanId(): string {
    return this.#decoded.spanId
  }

  get traceFlags(): number {
    return this.#decoded.traceFlags
  }

  get eventName(): string {
    return this.#decoded.eventName
  }

  /** As a checkpoint keeps it that holds records back. */
  toJSON(): LogRecord {
    return this.#decoded
  }

  get #decoded(): LogRecord {
    this.#whole ??= this.#origin.whole(this.#kafka as KafkaRecord, this.body)
    this.#kafka = undefined
    return this.#whole
  }
}
