import type { StateChanges } from '../adapter.ts'
import type { LogRecord } from '../record.ts'
import type { MergeState, MergeStateOfSource, RecordMerge } from './merge.ts'

/** A value of state may be 256 KiB long; records that came together are cut into pieces of so many characters. */
const PIECE = 200 * 1024

/** `held/SOURCE/GROUP/PIECE`: records that came together, as JSON. */
const PIECES = 'held/'
/** `held-from/SOURCE`: what of them is taken already. */
const FROM = 'held-from/'

/** Records that were offered at once. */
interface Group {
  readonly number: number
  readonly records: readonly LogRecord[]
  /** How many records of its source were offered before it. */
  readonly start: number
  /** Keys under which a checkpoint keeps it; none: no one does yet. */
  keys: readonly string[]
}

interface Lane {
  readonly groups: Group[]
  offered: number
  nextGroup: number
  /** The entry `held-from/…` as it is kept. */
  from: string
}

interface From {
  readonly takenToMs: number | null
  /** How many records of the first group that is kept are taken already. */
  readonly skip: number
}

/**
 * Keeps the records that wait for their turn, for checkpoints: a position means that all before it is in the state or
 * among these. Records are written once, and only if they wait when a checkpoint is made.
 */
export class HeldRecords {
  readonly #lanes: ReadonlyMap<string, Lane>
  /** Keys of what is kept no longer, since the last checkpoint. */
  #goneKeys: string[] = []

  constructor(sources: readonly string[]) {
    this.#lanes = new Map(sources.map(name => [name, { groups: [], offered: 0, nextGroup: 0, from: '' }]))
  }

  /**
   * Takes over what a checkpoint holds. Gives it as the merge wants it. `onLoss` hears of records of sources that are
   * there no more.
   */
  restore(
    entries: ReadonlyMap<string, string>,
    onLoss: (source: string, records: number) => void = () => {}
  ): MergeState {
    const state = new Map<string, MergeStateOfSource>()
    for (const [source, groups] of keptGroups(entries)) {
      const lane = this.#lanes.get(source)
      if (lane === undefined) {
        this.#goneKeys.push(...[...groups.values()].flat(), FROM + source)
        const records = [...groups.values()].reduce((sum, keys) => sum + recordsOf(entries, keys).length, 0)
        if (records > 0) onLoss(source, records)
        continue
      }
      const text = entries.get(FROM + source) ?? '{"takenToMs":null,"skip":0}'
      const { takenToMs, skip } = JSON.parse(text) as From
      lane.from = text
      const all: LogRecord[] = []
      for (const [number, keys] of groups) {
        const records = recordsOf(entries, keys)
        lane.groups.push({ number, records, start: all.length - skip, keys })
        lane.nextGroup = number + 1
        all.push(...records)
      }
      lane.offered = all.length - skip
      state.set(source, { takenToMs, records: all.slice(skip) })
    }
    return state
  }

  /** Records were offered to the merge. */
  offered(source: string, records: readonly LogRecord[]): void {
    if (records.length === 0) return
    const lane = this.#lane(source)
    lane.groups.push({ number: lane.nextGroup++, records, start: lane.offered, keys: [] })
    lane.offered += records.length
  }

  /** How many records of a source were taken out of the merge. What is taken whole is kept no longer. */
  taken(source: string, merge: RecordMerge): number {
    const lane = this.#lane(source)
    const taken = lane.offered - merge.heldOf(source)
    while (lane.groups[0] !== undefined && lane.groups[0].start + lane.groups[0].records.length <= taken) {
      this.#goneKeys.push(...(lane.groups.shift()?.keys ?? []))
    }
    return taken
  }

  /** What changed since the last call, or since `restore`. */
  changes(merge: RecordMerge): StateChanges {
    const set = new Map<string, string>()
    for (const [source, lane] of this.#lanes) {
      const taken = this.taken(source, merge)
      for (const group of lane.groups) {
        if (group.keys.length === 0) keep(source, group, set)
      }
      const skip = taken - (lane.groups[0]?.start ?? taken)
      const from = JSON.stringify({ takenToMs: merge.takenToMsOf(source), skip } satisfies From)
      if (from !== lane.from) set.set(FROM + source, from)
      lane.from = from
    }
    const deleted = this.#goneKeys
    this.#goneKeys = []
    return { set, deleted }
  }

  #lane(source: string): Lane {
    const lane = this.#lanes.get(source)
    if (lane === undefined) throw new RangeError(`no source "${source}"`)
    return lane
  }
}

function recordsOf(entries: ReadonlyMap<string, string>, keys: readonly string[]): LogRecord[] {
  return JSON.parse(keys.map(key => entries.get(key)).join('')) as LogRecord[]
}

function keep(source: string, group: Group, set: Map<string, string>): void {
  const text = JSON.stringify(group.records)
  const keys: string[] = []
  for (let start = 0; start < text.length; start += PIECE) {
    const key = `${PIECES}${source}/${group.number}/${keys.length}`
    set.set(key, text.slice(start, start + PIECE))
    keys.push(key)
  }
  group.keys = keys
}

/** Source → number of the group, ascending → keys of its pieces, in order. Sources of which nothing waits have none. */
function keptGroups(entries: ReadonlyMap<string, string>): Map<string, Map<number, string[]>> {
  const found: { source: string; group: number; piece: number; key: string }[] = []
  const groups = new Map<string, Map<number, string[]>>()
  for (const key of entries.keys()) {
    if (key.startsWith(FROM)) groups.set(key.slice(FROM.length), new Map())
    const parts = /^held\/(.*)\/(\d+)\/(\d+)$/s.exec(key)
    if (parts === null) continue
    const [, source = '', group, piece] = parts
    found.push({ source, group: Number(group), piece: Number(piece), key })
  }
  found.sort((left, right) => left.group - right.group || left.piece - right.piece)
  for (const { source, group, key } of found) {
    const ofSource = groups.get(source) ?? new Map<number, string[]>()
    ofSource.set(group, [...(ofSource.get(group) ?? []), key])
    groups.set(source, ofSource)
  }
  return groups
}
