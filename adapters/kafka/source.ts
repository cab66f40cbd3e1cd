import {
  AdapterError,
  type Batch,
  type LateBatch,
  type Source,
  type SourceStart
} from '../../plugin/adapter.ts'
import type { KafkaBatch, KafkaRecord, KafkaRecords, TopicPartition } from './client.ts'
import { type KafkaPosition, parsePosition } from './position.ts'
import type { DecodeRecords } from './records.ts'
import { RoutedRecords } from './router/routed-records.ts'

/** Records of one batch of the stage. */
const MOST_RECORDS = 1000

/** Bytes of values in one batch of the stage, where a value holds many records. */
const MOST_BYTES = 256 * 1024

export interface KafkaSourceOptions extends TopicPartition {
  readonly name: string
  readonly decode: DecodeRecords
  /** Milliseconds since Epoch. */
  readonly now: () => number
  /** Whether a value may hold many records. */
  readonly holdsMany?: boolean
  /** Whether other partitions wait for this one's batches to be settled. */
  readonly isHurried: () => boolean
  /** Reads on from an offset: what was fetched and not given before is dropped. */
  readonly readFrom: (partition: TopicPartition, offset: number) => void
}

/** A batch of Kafka's on its way through the stage. */
interface BatchInWork {
  readonly batch: KafkaBatch
  /** The first record that was not given to the stage. */
  next: number
  /** Batches of the stage that were given and are not acknowledged. */
  unsettled: number
  isGiven: boolean
  readonly settled: () => void
}

/**
 * One partition as the source of a task's stage. It begins to read when the stage asks for records first, and the
 * next batch of the partition is asked for when all of this one is settled: by then its transaction has ended.
 */
export class KafkaSource implements Source {
  readonly name: string
  readonly live = true
  readonly #options: KafkaSourceOptions
  #inWork: BatchInWork[] = []
  /** Where the next record is that the stage has not got; `undefined`: it has not begun. */
  #next: number | undefined
  #settledTo: number | undefined
  #endOffset = 0
  #isJoining = false
  #isOver = false
  #routed = new RoutedRecords()
  #wake: () => void = () => {}

  constructor(options: KafkaSourceOptions) {
    this.#options = options
    this.name = options.name
  }

  get partition(): TopicPartition {
    const { topic, partition } = this.#options
    return { topic, partition }
  }

  /** The position that is settled; `undefined`: it has not begun. */
  get settledTo(): number | undefined {
    return this.#settledTo
  }

  /** Records that a router had sent before. */
  get duplicates(): number {
    return this.#routed.dropped
  }

  /** There is more behind what the stage has. */
  get hasBacklog(): boolean {
    return (this.#next ?? 0) < this.#endOffset
  }

  /** Where records or a join wait for what is in work, nobody waits for the interval. */
  get awaitsAck(): boolean {
    return this.#isJoining || this.hasBacklog || this.#options.isHurried()
  }

  async *read({ position, signal }: SourceStart): AsyncGenerator<LateBatch> {
    const start = parsePosition(position)
    if (start === undefined) {
      const { topic, partition } = this.#options
      throw new AdapterError(
        `no position of partition ${partition} of topic "${topic}" in the state; expected one`,
        { code: 'POSITION', retryable: false }
      )
    }
    this.#next = start.offset
    this.#settledTo = start.offset
    this.#routed = new RoutedRecords(start.routed)
    this.#options.readFrom(this.partition, start.offset)
    const wake = (): void => this.#wake()
    signal.addEventListener('abort', wake)
    while (!signal.aborted && !this.#isOver) {
      const work = this.#inWork.find(({ isGiven }) => !isGiven)
      if (work !== undefined) yield this.#some(work)
      else
        await new Promise<void>(resolve => {
          this.#wake = resolve
        })
    }
    signal.removeEventListener('abort', wake)
    this.#giveBack()
  }

  /** Takes a batch in. Resolves when all that was taken of it is settled, or never will be. */
  take(batch: KafkaBatch): Promise<void> {
    const next = this.#next
    if (next === undefined || this.#isOver) return Promise.resolve()
    this.#endOffset = batch.endOffset
    // After a join what was taken before may come again.
    const first = firstFrom(batch.records, next)
    if (first === -1) {
      this.#passed(batch.nextOffset)
      return Promise.resolve()
    }
    return new Promise(resolve => {
      this.#inWork.push({ batch, next: first, unsettled: 0, isGiven: false, settled: resolve })
      this.#wake()
    })
  }

  /** Read on without a record. */
  passed(nextOffset: number): void {
    if (this.#next !== undefined && this.#inWork.length === 0) this.#passed(nextOffset)
  }

  /** Its topic was made anew and is read from there: what was seen of the old one says nothing of this one. */
  madeAnew(offset: number): void {
    if (this.#next === undefined || this.#isOver) return
    this.#next = offset
    // A batch that is made later goes on with those of the old one.
    this.#routed = new RoutedRecords({}, this.#routed.dropped)
  }

  /** A join waits: what the stage has not got goes back to the topic, and the rest is to be settled at once. */
  giveBackForJoin(): void {
    if (this.#next === undefined || this.#isOver) return
    this.#isJoining = true
    if (this.#giveBack()) this.#options.readFrom(this.partition, this.#next)
  }

  /** The join is over and the partition still ours: it is read on behind what the stage has. */
  rejoined(): void {
    this.#isJoining = false
    if (this.#next !== undefined && !this.#isOver) this.#options.readFrom(this.partition, this.#next)
  }

  /** It is not ours any more, or its task is no more: nobody waits for what is in work. */
  drop(): void {
    this.#isOver = true
    const dropped = this.#inWork
    this.#inWork = []
    for (const { settled } of dropped) settled()
    this.#wake()
  }

  lag(): { readonly value: number; readonly unit: 'records' } {
    return { value: Math.max(this.#endOffset - (this.#settledTo ?? this.#endOffset), 0), unit: 'records' }
  }

  close(): Promise<void> {
    this.drop()
    return Promise.resolve()
  }

  #some(work: BatchInWork): LateBatch {
    const { batch, next: from } = work
    const to = this.#endOfSome(batch.records, from)
    work.next = to
    work.isGiven = to === batch.records.length
    work.unsettled++
    const end = work.isGiven ? batch.nextOffset : offsetOf(batch.records, to - 1) + 1
    this.#next = end
    const readAt = this.#options.now()
    const routed = this.#routed
    return () => {
      const unseen = routed.unseen(batch.records.slice(from, to))
      const { offsets } = routed
      const position: KafkaPosition = { offset: end, ...(offsets !== undefined && { routed: offsets }) }
      return { ...this.#options.decode(batch, unseen, readAt), position, ack: this.#ackOf(work, end) }
    }
  }

  #endOfSome(records: KafkaRecords, from: number): number {
    const to = Math.min(from + MOST_RECORDS, records.length)
    return this.#options.holdsMany === true ? from + countByBytes(records.slice(from, to)) : to
  }

  /** It knows nothing of the records. */
  #ackOf(work: BatchInWork, end: number): Batch['ack'] {
    return () => this.#settled(work, end)
  }

  #settled(work: BatchInWork, end: number): void {
    work.unsettled--
    this.#settledTo = end
    this.#endIfSettled(work)
  }

  #endIfSettled(work: BatchInWork): void {
    if (!work.isGiven || work.unsettled > 0) return
    this.#inWork = this.#inWork.filter(each => each !== work)
    work.settled()
  }

  /** True if there was something. */
  #giveBack(): boolean {
    const kept = this.#inWork.filter(({ isGiven }) => !isGiven)
    for (const work of kept) {
      work.isGiven = true
      this.#endIfSettled(work)
    }
    return kept.length > 0
  }

  #passed(nextOffset: number): void {
    // Not settled: the group's offset is never ahead of the position in the state.
    if ((this.#next ?? 0) < nextOffset) this.#next = nextOffset
  }
}

function offsetOf(records: KafkaRecords, index: number): number {
  const [record] = records.slice(index, index + 1)
  return (record as KafkaRecord).offset
}

/** How many come first. At least one record: what it holds is never split. */
function countByBytes(records: readonly KafkaRecord[]): number {
  let taken = 0
  for (let bytes = 0; taken < records.length && (taken === 0 || bytes <= MOST_BYTES); taken++) {
    bytes += records[taken]?.value?.length ?? 0
  }
  return taken
}

/** -1: all are before the offset. */
function firstFrom(records: KafkaRecords, offset: number): number {
  const [first] = records.slice(0, 1)
  if (first !== undefined && first.offset >= offset) return 0
  return records.slice(0, records.length).findIndex(record => record.offset >= offset)
}
