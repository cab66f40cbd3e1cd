/**
 * Where a task stands in a partition, as its state has it under `position/TOPIC`: the next record is the first whose
 * offset is not less.
 */
export interface KafkaPosition {
  readonly offset: number
}

/** `undefined`: it is none of ours. */
export function parsePosition(value: unknown): KafkaPosition | undefined {
  if (typeof value !== 'object' || value === null || !('offset' in value)) return undefined
  const { offset } = value
  return typeof offset === 'number' && Number.isSafeInteger(offset) && offset >= 0 ? { offset } : undefined
}
