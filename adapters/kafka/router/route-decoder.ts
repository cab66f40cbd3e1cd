import type { DeadRecord, LogRecord } from '../../../plugin/record.ts'
import type { KeyOf } from '../../../plugin/record-key.ts'
import type { KafkaMessage, KafkaRecord, TopicPartition } from '../client.ts'
import type { Decoded } from '../../codecs/codec.ts'
import type { DecodeRecords } from '../records.ts'
import { routedHeaders } from './route-headers.ts'

/**
 * What becomes of a record without a key. `keep`: it goes on with the key that it has, `deadLetters`: there, `drop`: it is
 * counted and gone.
 */
export type WithoutKey = 'keep' | 'deadLetters' | 'drop'

export interface RouteOptions {
  /** The repartition topic. */
  readonly topic: string
  readonly keyOf: KeyOf
  readonly withoutKey: WithoutKey
}

/** Cuts a value into values of one record each; `undefined`: it can't be cut. A text says why it is not, though it could be. */
export type SplitValue = (value: Buffer) => readonly Buffer[] | string | undefined

/** A record of Kafka's, or a part of it: a value with one record. */
interface Piece {
  readonly record: KafkaRecord
  /** Which part it is; `undefined`: all of it. */
  readonly ordinal: number | undefined
  /** Why it has no key: it holds several records. */
  readonly whole?: string
}

function piecesOf(record: KafkaRecord, split: SplitValue | undefined): readonly Piece[] {
  const parts = record.value === null ? undefined : split?.(record.value)
  if (parts === undefined) return [{ record, ordinal: undefined }]
  if (typeof parts === 'string') return [{ record, ordinal: undefined, whole: parts }]
  const { offset, timestamp, key, headers } = record
  return parts.map((value, ordinal) => ({ record: { offset, timestamp, key, value, headers }, ordinal }))
}

/** What is made of a batch beside what `Decoded` has. */
export interface Routed {
  readonly messages: readonly KafkaMessage[]
  /** Records that have no key and are dropped for that. */
  readonly dropped: number
  /** Of keys and values. */
  readonly bytes: number
}

/** Routes records: sources decode by it, and what it gives them as records is known by what becomes of them. */
export class RouteDecoder {
  readonly #options: RouteOptions
  readonly #routed = new WeakMap<readonly LogRecord[], Routed>()

  constructor(options: RouteOptions) {
    this.#options = options
  }

  /**
   * For sources whose values become records by `decode`, so that they can be asked for their key.
   *
   * @param line - the line that rules match
   * @param split - of values that hold several records: each of these is routed by itself
   */
  decoder(decode: DecodeRecords, line: (record: LogRecord) => string, split?: SplitValue): DecodeRecords {
    return (partition, records, readAt) => {
      const pieces = records.flatMap(record => piecesOf(record, split))
      const decodeOne = (record: KafkaRecord): Decoded => decode(partition, [record], readAt)
      return this.#route(partition, pieces, piece => this.#keyOf(partition, piece, decodeOne, line))
    }
  }

  #route(
    partition: TopicPartition,
    pieces: readonly Piece[],
    keyOf: (piece: Piece) => string | DeadRecord
  ): Decoded {
    const records: LogRecord[] = []
    const dead: DeadRecord[] = []
    const messages: KafkaMessage[] = []
    let dropped = 0
    let bytes = 0
    for (const piece of pieces) {
      const found = keyOf(piece)
      if (typeof found === 'object' && this.#options.withoutKey !== 'keep') {
        if (this.#options.withoutKey === 'drop') dropped++
        else dead.push(found)
        continue
      }
      const message = this.#message(piece, partition, typeof found === 'string' ? found : undefined)
      messages.push(message)
      bytes += (message.key?.length ?? 0) + (message.value?.length ?? 0)
    }
    this.#routed.set(records, { messages, dropped, bytes })
    return { records, dead }
  }

  /** What becomes of the records of a batch that was decoded. */
  routed(records: readonly LogRecord[]): Routed {
    return this.#routed.get(records) ?? { messages: [], dropped: 0, bytes: 0 }
  }

  /** The key; or, of a value that is no record or has none, the dead letter that it would make. */
  #keyOf(
    partition: TopicPartition,
    { record: kafka, ordinal, whole }: Piece,
    decode: (record: KafkaRecord) => Decoded,
    line: (record: LogRecord) => string
  ): string | DeadRecord {
    if (whole !== undefined) return { ...withoutKey(partition, kafka, undefined), reason: whole }
    const { records, dead } = decode(kafka)
    const [record] = records
    const key = record === undefined ? undefined : this.#options.keyOf(record, line(record))
    if (key !== undefined) return key
    const letter = dead[0] ?? withoutKey(partition, kafka, record)
    const id = `${partition.topic}/${partition.partition}/${kafka.offset}`
    return ordinal === undefined ? letter : { ...letter, id: `${id}/${ordinal}` }
  }

  #message(
    { record: { value, key: ownKey, headers, offset, timestamp }, ordinal }: Piece,
    { topic, partition }: TopicPartition,
    key: string | undefined
  ): KafkaMessage {
    return {
      topic: this.#options.topic,
      key: key === undefined ? ownKey : Buffer.from(key, 'latin1'),
      value,
      headers: routedHeaders({ headers, offset }, { topic, partition }, ordinal),
      ...(timestamp >= 0 && { timestamp })
    }
  }
}

function withoutKey(
  { topic, partition }: TopicPartition,
  { value, key, offset }: KafkaRecord,
  record: LogRecord | undefined
): DeadRecord {
  return {
    id: `${topic}/${partition}/${offset}`,
    source: record?.source ?? Buffer.from(topic).toString('latin1'),
    reason: 'no key to route it by; expected one (route.key)',
    code: 'no-key',
    value: value?.toString('latin1') ?? '',
    ...(key !== null && { key: key.toString('latin1') })
  }
}
