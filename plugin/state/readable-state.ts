import { EntryReader } from './entry-reader.ts'
import { PERL_MEMORY } from '../perl/memory.ts'
import { isObject, segmentKey } from './fields.ts'

/** A snapshot to be read by people and tests: each entry parsed, its chunks and segments joined; without Perl's memory. */
export function readableState(snapshot: ReadonlyMap<string, string>): Readonly<Record<string, unknown>> {
  const reader = new EntryReader(snapshot)
  const state: Record<string, unknown> = {}
  for (const key of snapshot.keys()) {
    if (key.startsWith('chunk/') || key.startsWith(PERL_MEMORY) || /^(?:op|ctx)\/\d+\//.test(key)) continue
    state[key] = joined(reader, key, reader.value(key))
  }
  return state
}

function joined(reader: EntryReader, key: string, value: unknown): unknown {
  if (!isObject(value)) return value
  if (key.startsWith('ctx/')) return withLists(reader, key, value)
  if (!key.startsWith('op/') || !isObject(value['state'])) return value
  return { ...value, state: withLists(reader, key, value['state']) }
}

function withLists(
  reader: EntryReader,
  key: string,
  fields: Readonly<Record<string, unknown>>
): Readonly<Record<string, unknown>> {
  const lists = Object.entries(fields).map(([name, value]): [string, unknown] => {
    if (!isObject(value) || typeof value['first'] !== 'number' || typeof value['last'] !== 'number') {
      return [name, value]
    }
    const { first, last } = value
    const segments = Array.from({ length: last - first + 1 }, (_, index) =>
      reader.value(segmentKey(key, name, first + index))
    )
    return [name, segments.flat()]
  })
  return Object.fromEntries(lists)
}
