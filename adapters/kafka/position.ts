import type { RoutedOffset, RoutedOffsets } from './router/routed-records.ts'

/**
 * Where a task stands in a partition, as its state has it under `position/TOPIC`: the next record is the first whose
 * offset is not less.
 */
export interface KafkaPosition {
  readonly offset: number
  /** What was seen of the partitions that routed records come from. */
  readonly routed?: RoutedOffsets
}

/** `undefined`: it is none of ours. */
export function parsePosition(value: unknown): KafkaPosition | undefined {
  if (typeof value !== 'object' || value === null || !('offset' in value)) return undefined
  const { offset } = value
  if (!isOffset(offset)) return undefined
  const routed = 'routed' in value ? value.routed : undefined
  if (typeof routed !== 'object' || routed === null) return { offset }
  const offsets = Object.entries(routed).filter((entry): entry is [string, RoutedOffset] =>
    isRoutedOffset(entry[1])
  )
  return { offset, routed: Object.fromEntries(offsets) }
}

function isRoutedOffset(value: unknown): value is RoutedOffset {
  return Array.isArray(value) ? value.length === 2 && value.every(isOffset) : isOffset(value)
}

function isOffset(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}
