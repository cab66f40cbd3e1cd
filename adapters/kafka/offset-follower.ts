import { type KafkaConsumer, keyOfPartition } from './client.ts'
import type { KafkaSource } from './source.ts'

/** The group's offsets, behind what is settled: for those who watch them, and never read. */
export class OffsetFollower {
  readonly #committed = new Map<string, number>()

  /** Commits what has moved since the last time that it succeeded. @throws KafkaClientError */
  async follow(consumer: KafkaConsumer, sources: readonly KafkaSource[]): Promise<void> {
    const offsets = sources.flatMap(({ partition, settledTo }) =>
      settledTo === undefined || this.#committed.get(keyOfPartition(partition)) === settledTo
        ? []
        : [{ ...partition, offset: settledTo }]
    )
    if (offsets.length === 0) return
    await consumer.commitOffsets(offsets)
    for (const each of offsets) this.#committed.set(keyOfPartition(each), each.offset)
  }
}
