import type { LogRecord, RecordValue } from '../record.ts'
import { timeOf } from '../time/record-clock.ts'

export interface MergeSource {
  readonly name: string
  /** Whether more may come after a pause: it is waited for no longer than `waitMs`. A file is waited for to its end. */
  readonly live: boolean
}

export interface MergeOptions {
  readonly sources: readonly MergeSource[]
  /** How long a record waits, at most, for those of other live sources that may belong before it. */
  readonly waitMs: number
  /** A source that has so many records held back, or records of so many bytes, is not to be read. */
  readonly mostHeld: number
  readonly mostHeldBytes: number
  readonly maxAheadMs: number
  /** What was held back when a checkpoint was taken. */
  readonly state?: MergeState
}

/** Source name → what of it. */
export type MergeState = ReadonlyMap<string, MergeStateOfSource>

export interface MergeStateOfSource {
  /** The place of the last record that was taken out, milliseconds since Epoch; `null`: none was, or it has no time. */
  readonly takenToMs: number | null
  /** In the order of the source. */
  readonly records: readonly LogRecord[]
}

/** A record, and the source that brought it, whatever the record itself says. */
export interface TakenRecord {
  readonly source: string
  readonly record: LogRecord
}

/** Records that came together: nothing is made for each of them. */
interface Group {
  readonly records: readonly LogRecord[]
  /** The place of each among all: milliseconds since Epoch, never less than that of the one before it from its source. */
  readonly places: readonly number[]
  /** Of each; none where nothing is ever held back. */
  readonly bytes: readonly number[]
  readonly arrivedMs: number
}

interface Lane {
  readonly name: string
  readonly live: boolean
  /** The place of the last record that it has brought. */
  cameToMs: number
  /** The place of the last record that was taken out. */
  takenToMs: number
  /** Of which not all records are taken, in their order. */
  groups: Group[]
  /** How many records of the first group are taken. */
  taken: number
  /** Records that are not taken, and their bytes. */
  held: number
  bytes: number
  hasEnded: boolean
}

/**
 * Brings the records of several sources, each in its own order, into one: by time, then by the name of the source. A
 * record waits until no other source can bring one that belongs before it: until each of the others has brought a
 * later one, has ended, or, being live, has been waited for long enough. A record that is out of order in its source,
 * or says no time, has the place of the one before it.
 *
 * With a single source nothing waits. Wall times are milliseconds that only ever go on.
 */
export class RecordMerge {
  readonly #waitMs: number
  readonly #mostHeld: number
  readonly #mostHeldBytes: number
  readonly #maxAheadMs: number
  /** By name, ascending. */
  readonly #lanes: readonly Lane[]
  readonly #byName: ReadonlyMap<string, Lane>

  /** `wallMs`: when it begins; what `state` holds back has arrived then. */
  constructor(options: MergeOptions, wallMs: number) {
    const { sources, waitMs, mostHeld, mostHeldBytes, maxAheadMs, state } = options
    this.#waitMs = waitMs
    this.#mostHeld = mostHeld
    this.#mostHeldBytes = mostHeldBytes
    this.#maxAheadMs = maxAheadMs
    this.#lanes = sources
      .map(({ name, live }): Lane => {
        const places = { cameToMs: -Infinity, takenToMs: -Infinity }
        return { name, live, ...places, groups: [], taken: 0, held: 0, bytes: 0, hasEnded: false }
      })
      .sort((a, b) => (a.name < b.name ? -1 : 1))
    this.#byName = new Map(this.#lanes.map(lane => [lane.name, lane]))
    for (const lane of this.#lanes) {
      const { takenToMs, records } = state?.get(lane.name) ?? { takenToMs: null, records: [] }
      lane.takenToMs = takenToMs ?? -Infinity
      lane.cameToMs = lane.takenToMs
      this.offer(lane.name, records, wallMs)
    }
  }

  /** Takes in records of a source, in its order. */
  offer(source: string, records: readonly LogRecord[], wallMs: number): void {
    if (records.length === 0) return
    const lane = this.#lane(source)
    const places: number[] = []
    const bytes: number[] = []
    for (const record of records) {
      const { ms } = timeOf(record, this.#maxAheadMs)
      if (ms !== undefined && ms > lane.cameToMs) lane.cameToMs = ms
      places.push(lane.cameToMs)
      // Of one source alone nothing is ever held back.
      if (this.#lanes.length === 1) continue
      const size = bytesOf(record)
      bytes.push(size)
      lane.bytes += size
    }
    lane.held += records.length
    lane.groups.push({ records, places, bytes, arrivedMs: wallMs })
  }

  /** A source has nothing more: nobody waits for it. */
  end(source: string): void {
    this.#lane(source).hasEnded = true
  }

  /** Takes the next record out, if it need not wait at this moment. */
  take(wallMs: number): TakenRecord | undefined {
    const lane = this.#first()
    if (lane === undefined || this.#waitsUntil(lane) > wallMs) return undefined
    const { records, places, bytes } = lane.groups[0] as Group
    const record = records[lane.taken] as LogRecord
    lane.takenToMs = places[lane.taken] as number
    lane.bytes -= bytes[lane.taken] ?? 0
    lane.taken++
    lane.held--
    if (lane.taken === records.length) {
      lane.groups.shift()
      lane.taken = 0
    }
    return { source: lane.name, record }
  }

  /** When the next record need not wait any longer; `undefined`: when something arrives or ends, if ever. */
  get nextWallMs(): number | undefined {
    const lane = this.#first()
    const until = lane === undefined ? Infinity : this.#waitsUntil(lane)
    return until === Infinity ? undefined : until
  }

  /** Whether a source is to be read: one that has much held back is not, until others have caught up. */
  wants(source: string): boolean {
    const lane = this.#lane(source)
    const isFull = lane.held >= this.#mostHeld || lane.bytes >= this.#mostHeldBytes
    return !lane.hasEnded && !isFull
  }

  /** How many records of a source are held back. */
  heldOf(source: string): number {
    return this.#lane(source).held
  }

  /** The place of the last record of a source that was taken out, milliseconds since Epoch; `null`: none was. */
  takenToMsOf(source: string): number | null {
    const { takenToMs } = this.#lane(source)
    return takenToMs === -Infinity ? null : takenToMs
  }

  /** The source whose first record comes before those of all others; of equal times the first name's. */
  #first(): Lane | undefined {
    let first: Lane | undefined
    let firstMs = Infinity
    for (const lane of this.#lanes) {
      const [group] = lane.groups
      if (group === undefined) continue
      const ms = group.places[lane.taken] as number
      if (first !== undefined && ms >= firstMs) continue
      first = lane
      firstMs = ms
    }
    return first
  }

  /** Until when the first record of `lane`, which is first of all, is to wait for other sources. */
  #waitsUntil(lane: Lane): number {
    const { places, arrivedMs } = lane.groups[0] as Group
    const ms = places[lane.taken] as number
    let until = -Infinity
    for (const other of this.#lanes) {
      if (other === lane || other.hasEnded || other.held > 0) continue
      // What it has brought may say that all that is to come belongs after this one.
      if (other.cameToMs > ms || (other.cameToMs === ms && other.name > lane.name)) continue
      if (!other.live) return Infinity
      until = Math.max(until, arrivedMs + this.#waitMs)
    }
    return until
  }

  #lane(source: string): Lane {
    const lane = this.#byName.get(source)
    if (lane === undefined) throw new RangeError(`no source "${source}" to merge`)
    return lane
  }
}

/** What a record holds of memory, roughly: texts that are long are in its body or are attributes. */
function bytesOf(record: LogRecord): number {
  if (record.late !== undefined) return 200 + record.late.bytes
  const { body, attributes } = record
  let bytes = 200 + textBytes(body)
  for (const name in attributes) bytes += name.length + textBytes(attributes[name] as RecordValue)
  return bytes
}

function textBytes(value: RecordValue): number {
  if (typeof value === 'string') return value.length
  return typeof value === 'object' && value !== null ? JSON.stringify(value).length : 8
}
