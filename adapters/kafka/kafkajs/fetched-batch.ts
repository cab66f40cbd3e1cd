import { type KafkaBatch, KafkaClientError } from '../client.ts'
import { type AbortedTransaction, withoutAborted } from './aborted.ts'
import type { FetchedSet } from './record-batches.ts'
import { WireRecords } from './records.ts'

/** One partition of a fetch response, as kafkajs hands it on; `messages` is what `readRecordBatches` made. */
export interface PartitionData {
  readonly partition: number
  readonly highWatermark: string
  readonly lastStableOffset: string
  readonly abortedTransactions: readonly AbortedTransaction[] | null
  readonly messages: FetchedSet
}

/**
 * What a fetch gave of one partition. Stands in for kafkajs' `Batch`, whose filter of aborted records leaks, and which
 * does not go on behind records that compaction took away (https://github.com/tulios/kafkajs/issues/1072). The methods
 * are those that kafkajs calls.
 */
export class FetchedBatch implements KafkaBatch {
  readonly topic: string
  readonly partition: number
  readonly highWatermark: string
  readonly records: WireRecords
  readonly fetchOffset: number
  readonly nextOffset: number
  readonly endOffset: number

  /** @throws KafkaClientError for a batch that can't be decoded; what comes before it is given first */
  constructor(topic: string, fetchOffset: string, data: PartitionData) {
    this.topic = topic
    this.partition = data.partition
    this.highWatermark = data.highWatermark
    this.fetchOffset = Number(fetchOffset)
    this.endOffset = Number(data.lastStableOffset)
    const { batches, failure } = data.messages
    const records = new WireRecords()
    let nextOffset = batches.at(-1)?.lastOffset ?? -1
    nextOffset = Math.max(nextOffset + 1, this.fetchOffset)
    let undecodable = failure
    for (const batch of withoutAborted(batches, data.abortedTransactions ?? [])) {
      try {
        records.add(batch, this.fetchOffset)
      } catch (error) {
        nextOffset = Math.max(batch.baseOffset, this.fetchOffset)
        undecodable = { offset: batch.baseOffset, reason: (error as Error).message, cause: error }
        break
      }
    }
    if (undecodable !== undefined && records.length === 0) {
      const { offset, reason, cause } = undecodable
      throw new KafkaClientError(
        `${topic}/${this.partition}: the record batch at offset ${offset} can't be decoded: ${reason}; ` +
          'nothing behind it is read. Start behind it, or delete what is before its end (kafka-delete-records)',
        { code: 'CODEC', retryable: false, cause }
      )
    }
    this.records = records
    this.nextOffset = nextOffset
  }

  get bytes(): number {
    return this.records.bytes
  }

  /** kafkajs asks how many there are. */
  get messages(): WireRecords {
    return this.records
  }

  isEmpty(): boolean {
    return this.records.length === 0
  }

  /** Read on without a record. */
  isEmptyDueToFiltering(): boolean {
    return this.records.length === 0 && this.nextOffset > this.fetchOffset
  }

  firstOffset(): string {
    return String(this.fetchOffset)
  }

  lastOffset(): string {
    return String(this.nextOffset - 1)
  }

  offsetLag(): string {
    return String(Number(this.highWatermark) - this.nextOffset)
  }

  offsetLagLow(): string {
    return String(Number(this.highWatermark) - this.fetchOffset)
  }
}
