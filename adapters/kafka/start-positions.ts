import { AdapterError } from '../../plugin/adapter.ts'
import { positionKey } from '../../plugin/stage/settlement.ts'
import type { KafkaAdmin, TopicPartition } from './client.ts'
import { parsePosition, type KafkaPosition } from './position.ts'

/** Where to begin where no state says it; a number is a time, in milliseconds since Epoch. */
export type StartAt = 'earliest' | 'latest' | number

export interface StartOptions {
  readonly admin: KafkaAdmin
  readonly groupId: string
  readonly startAt: StartAt
  readonly inputs: readonly (TopicPartition & { readonly source: string })[]
  /** The state is left as if it had not been there. */
  readonly isReset: boolean
  /** Something is gone, or is not as it was. */
  readonly report: (message: string, fields: Readonly<Record<string, unknown>>) => void
}

/**
 * Where a task begins in each of its partitions, as entries of its state: those that the state does not have yet, and
 * those that the topic does not have any more.
 *
 * @throws AdapterError where the group has read before and the state does not know of it
 */
export async function startPositions(
  entries: ReadonlyMap<string, string>,
  { admin, groupId, startAt, inputs, isReset, report }: StartOptions
): Promise<ReadonlyMap<string, string>> {
  const topics = [...new Set(inputs.map(({ topic }) => topic))]
  const groupOffsets = isReset ? [] : await admin.groupOffsets(groupId, topics)
  const changed = new Map<string, string>()
  for (const { source, topic, partition } of inputs) {
    const key = positionKey(source)
    const kept = isReset ? undefined : keptPosition(entries.get(key))
    const ofTopic = groupOffsets.filter(each => each.topic === topic)
    if (kept === undefined && ofTopic.some(each => each.partition === partition)) {
      throw new AdapterError(
        `the group "${groupId}" has read partition ${partition} of topic "${topic}", but its state is lost (no "${key}" in it); expected the state that belongs to it, or --reset-state to begin anew`,
        { code: 'STATE_LOST', retryable: false }
      )
    }
    const { low, end } = await admin.offsets({ topic, partition })
    const at = { topic, partition }
    let offset: number
    let routed: KafkaPosition['routed']
    if (kept !== undefined && kept.offset >= low && kept.offset <= end) continue
    if (kept !== undefined) {
      const isGone = kept.offset < low
      report(
        isGone
          ? 'records are gone from the topic that were not read: it is read on from its first one'
          : 'the topic ends before what was read of it, as a new one of the same name does: it is read from its beginning',
        { ...at, position: kept.offset, low, end, records: isGone ? low - kept.offset : 0 }
      )
      offset = low
      // A new topic of the same name is routed to anew.
      if (isGone) routed = kept.routed
    } else {
      // A partition that the others' group offsets have no match for is new: nothing of it was passed over.
      offset = await startOffset(ofTopic.length > 0 ? 'earliest' : startAt, { low, end }, at, admin)
    }
    changed.set(
      key,
      JSON.stringify({ offset, ...(routed !== undefined && { routed }) } satisfies KafkaPosition)
    )
  }
  return changed
}

function keptPosition(text: string | undefined): KafkaPosition | undefined {
  return text === undefined ? undefined : parsePosition(JSON.parse(text))
}

async function startOffset(
  startAt: StartAt,
  { low, end }: { readonly low: number; readonly end: number },
  partition: TopicPartition,
  admin: KafkaAdmin
): Promise<number> {
  if (startAt === 'earliest') return low
  return startAt === 'latest' ? end : admin.offsetAt(partition, startAt)
}
