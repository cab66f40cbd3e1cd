import type { StateChanges } from '../../../plugin/adapter.ts'

/** What is kept after a change, as a checkpoint store keeps it. */
export function applyChanges(
  kept: ReadonlyMap<string, string>,
  { set, deleted }: StateChanges
): Map<string, string> {
  const entries = new Map(kept)
  for (const key of deleted) entries.delete(key)
  for (const [key, value] of set) entries.set(key, value)
  return entries
}
