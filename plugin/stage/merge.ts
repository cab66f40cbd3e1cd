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

interface Held extends TakenRecord {
  /** Its place among all: milliseconds since Epoch, never less than that of the one before it from its source. */
  readonly ms: number
  readonly arrivedMs: number
  readonly bytes: number
}

interface Lane {
  readonly name: string
  readonly live: boolean
  /** The place of the last record that it has brought. */
  cameToMs: number
  /** The place of the last record that was taken out of `held`. */
  takenToMs: number
  held: Held[]
  /** How many at the front of `held` are gone. */
  taken: number
  /** Of those that are not. */
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
        return { name, live, ...places, held: [], taken: 0, bytes: 0, hasEnded: false }
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
    const lane = this.#lane(source)
    for (const record of records) {
      const { ms } = timeOf(record, this.#maxAheadMs)
      if (ms !== undefined && ms > lane.cameToMs) lane.cameToMs = ms
      // Of one source alone nothing is ever held back.
      const bytes = this.#lanes.length > 1 ? bytesOf(record) : 0
      lane.bytes += bytes
      lane.held.push({ source, record, ms: lane.cameToMs, arrivedMs: wallMs, bytes })
    }
  }

  /** A source has nothing more: nobody waits for it. */
  end(source: string): void {
    this.#lane(source).hasEnded = true
  }

  /** Takes the next record out, if it need not wait at this moment. */
  take(wallMs: number): TakenRecord | undefined {
    const lane = this.#first()
    if (lane === undefined || this.#waitsUntil(lane) > wallMs) return undefined
    const next = lane.held[lane.taken++] as Held
    lane.takenToMs = next.ms
    lane.bytes -= next.bytes
    // Taking from the front of a long list would move all the rest each time.
    if (lane.taken === lane.held.length || lane.taken > 1024) {
      lane.held.splice(0, lane.taken)
      lane.taken = 0
    }
    return next
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
    const isFull = lane.held.length - lane.taken >= this.#mostHeld || lane.bytes >= this.#mostHeldBytes
    return !lane.hasEnded && !isFull
  }

  /** How many records of a source are held back. */
  heldOf(source: string): number {
    const { held, taken } = this.#lane(source)
    return held.length - taken
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
      const head = lane.held[lane.taken]
      if (head === undefined || (first !== undefined && head.ms >= firstMs)) continue
      first = lane
      firstMs = head.ms
    }
    return first
  }

  /** Until when the first record of `lane`, which is first of all, is to wait for other sources. */
  #waitsUntil(lane: Lane): number {
    const { ms, arrivedMs } = lane.held[lane.taken] as Held
    let until = -Infinity
    for (const other of this.#lanes) {
      if (other === lane || other.hasEnded || other.held.length > other.taken) continue
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
function bytesOf({ body, attributes }: LogRecord): number {
  let bytes = 200 + textBytes(body)
  for (const name in attributes) bytes += name.length + textBytes(attributes[name] as RecordValue)
  return bytes
}

function textBytes(value: RecordValue): number {
  if (typeof value === 'string') return value.length
  return typeof value === 'object' && value !== null ? JSON.stringify(value).length : 8
}
