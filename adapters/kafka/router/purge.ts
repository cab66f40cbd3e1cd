import type { KafkaAdmin } from '../client.ts'

export interface PurgeOptions {
  readonly topic: string
  /** All groups that read the topic. */
  readonly readers: readonly string[]
}

/**
 * Deletes the records of a topic that all its readers have settled. Their offsets are never ahead of their states; where one
 * has none, nothing is deleted.
 *
 * @throws KafkaClientError
 */
export async function purgeSettled(admin: KafkaAdmin, { topic, readers }: PurgeOptions): Promise<void> {
  const settled = new Map<number, number[]>()
  for (const reader of readers) {
    for (const { partition, offset } of await admin.groupOffsets(reader, [topic])) {
      settled.set(partition, [...(settled.get(partition) ?? []), offset])
    }
  }
  for (const [partition, offsets] of settled) {
    if (offsets.length < readers.length) continue
    const { low, end } = await admin.offsets({ topic, partition })
    const to = Math.min(...offsets)
    // Offsets beyond the end are those of an earlier topic of this name.
    if (to > low && to <= end) await admin.deleteRecords({ topic, partition }, to)
  }
}
