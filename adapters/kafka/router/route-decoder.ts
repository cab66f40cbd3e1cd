import type { DeadRecord, LogRecord } from '../../../plugin/record.ts'
import type { KeyOf } from '../../../plugin/record-key.ts'
import type { KafkaBatch, KafkaMessage, KafkaRecord } from '../client.ts'
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
   */
  decoder(decode: DecodeRecords, line: (record: LogRecord) => string): DecodeRecords {
    return (batch, from, to) => this.#route(batch, from, to, index => this.#keyOf(batch, index, decode, line))
  }

  #route(
    batch: KafkaBatch,
    from: number,
    to: number,
    keyOf: (index: number) => string | DeadRecord
  ): Decoded {
    const records: LogRecord[] = []
    const dead: DeadRecord[] = []
    const messages: KafkaMessage[] = []
    let dropped = 0
    let bytes = 0
    for (let index = from; index < to; index++) {
      const kafka = batch.records[index] as KafkaRecord
      const found = keyOf(index)
      if (typeof found === 'object' && this.#options.withoutKey !== 'keep') {
        if (this.#options.withoutKey === 'drop') dropped++
        else dead.push(found)
        continue
      }
      const message = this.#message(kafka, batch, typeof found === 'string' ? found : undefined)
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
    batch: KafkaBatch,
    index: number,
    decode: DecodeRecords,
    line: (record: LogRecord) => string
  ): string | DeadRecord {
    const { records, dead } = decode(batch, index, index + 1)
    const [record] = records
    const key = record === undefined ? undefined : this.#options.keyOf(record, line(record))
    return key ?? dead[0] ?? withoutKey(batch, batch.records[index] as KafkaRecord, record)
  }

  #message(
    { value, key: ownKey, headers, offset, timestamp }: KafkaRecord,
    { topic, partition }: KafkaBatch,
    key: string | undefined
  ): KafkaMessage {
    return {
      topic: this.#options.topic,
      key: key === undefined ? ownKey : Buffer.from(key, 'latin1'),
      value,
      headers: routedHeaders({ headers, offset }, { topic, partition }),
      ...(timestamp >= 0 && { timestamp })
    }
  }
}

function withoutKey(
  { topic, partition }: KafkaBatch,
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
