import type { SyntheticEvents } from '../synthetic-events.ts'
import type { EntryWriter } from './entry-writer.ts'
import { segmentKey } from './fields.ts'
import type { SegmentedList } from './segmented-list.ts'
import type { TrackedMap } from './tracked-map.ts'

/** Writes a part of the state. */
export interface Entries {
  /** From now on `writeChanges` may be called. What there is now is not new. */
  track(): void
  writeAll(writer: EntryWriter): void
  /** Writes what has changed since `track` or the last call. */
  writeChanges(writer: EntryWriter): void
}

/** How the things of one kind are kept: the entry `<prefix>/<key>` each, and their lists' segments. */
export interface EntryForm<Value> {
  readonly prefix: string
  /** Plain data, but for lists. */
  encode(value: Value): unknown
  /** The lists in it, with names. */
  lists?(value: Value): readonly (readonly [name: string, list: SegmentedList<unknown>])[]
}

export class TrackedEntries<Key extends string | number, Value> implements Entries {
  readonly #map: TrackedMap<Key, Value>
  readonly #form: EntryForm<Value>

  constructor(map: TrackedMap<Key, Value>, form: EntryForm<Value>) {
    this.#map = map
    this.#form = form
  }

  track(): void {
    this.#map.track()
  }

  writeAll(writer: EntryWriter): void {
    for (const [id, value] of this.#map) {
      const key = this.#keyOf(id)
      for (const [name, list] of this.#listsOf(value)) {
        list.arrange()
        for (const number of list.segmentNumbers()) {
          writer.put(segmentKey(key, name, number), list.segment(number) ?? '[]')
        }
      }
      writer.put(key, JSON.stringify(this.#form.encode(value)))
    }
  }

  writeChanges(writer: EntryWriter): void {
    for (const { key: id, before, now } of this.#map.takeChanges()) {
      const key = this.#keyOf(id)
      if (before !== undefined && before !== now) this.#removeSegments(writer, key, before)
      if (now === undefined) {
        writer.remove(key)
        continue
      }
      for (const [name, list] of this.#listsOf(now)) {
        list.arrange()
        for (const number of list.takeChanged()) {
          const segment = list.segment(number)
          if (segment === undefined) writer.remove(segmentKey(key, name, number))
          else writer.put(segmentKey(key, name, number), segment)
        }
      }
      writer.put(key, JSON.stringify(this.#form.encode(now)))
    }
  }

  #removeSegments(writer: EntryWriter, key: string, value: Value): void {
    for (const [name, list] of this.#listsOf(value)) {
      for (const number of [...list.segmentNumbers(), ...list.takeChanged()]) {
        writer.remove(segmentKey(key, name, number))
      }
    }
  }

  #listsOf(value: Value): readonly (readonly [string, SegmentedList<unknown>])[] {
    return this.#form.lists?.(value) ?? []
  }

  #keyOf(id: Key): string {
    return `${this.#form.prefix}/${id}`
  }
}

/** The synthetic events that wait. Their numbers tell which are new: nothing is remembered of each. */
export class QueueEntries implements Entries {
  readonly #events: SyntheticEvents
  #writtenFrom = 0
  #writtenTo = 0

  constructor(events: SyntheticEvents) {
    this.#events = events
  }

  track(): void {
    this.#writtenFrom = this.#events.firstWaiting
    this.#writtenTo = this.#end
  }

  writeAll(writer: EntryWriter): void {
    this.#write(this.#events.firstWaiting, writer)
  }

  writeChanges(writer: EntryWriter): void {
    const { firstWaiting } = this.#events
    const last = Math.min(firstWaiting, this.#writtenTo)
    for (let number = this.#writtenFrom; number < last; number++) writer.remove(eventKey(number))
    this.#write(Math.max(firstWaiting, this.#writtenTo), writer)
    this.track()
  }

  #write(from: number, writer: EntryWriter): void {
    for (let number = from; number < this.#end; number++) {
      writer.put(eventKey(number), JSON.stringify(this.#events.waiting(number)))
    }
  }

  get #end(): number {
    return this.#events.firstWaiting + this.#events.size
  }
}

function eventKey(number: number): string {
  return `event/${number}`
}

/** Entries that are few, `<prefix>` or `<prefix>/…`: each time all are made and compared with those written last. */
export class ComparedEntries implements Entries {
  readonly #prefix: string
  readonly #make: () => ReadonlyMap<string, string>
  #written: ReadonlyMap<string, string> = new Map()

  /** `make`: the same map says that nothing has changed. */
  constructor(prefix: string, make: () => ReadonlyMap<string, string>) {
    this.#prefix = prefix
    this.#make = make
  }

  track(): void {}

  /** Takes those of these that are its own for written. */
  restore(entries: ReadonlyMap<string, string>): void {
    const isOwn = (key: string): boolean => key === this.#prefix || key.startsWith(`${this.#prefix}/`)
    const written = new Map<string, string>()
    for (const [key, value] of entries) if (isOwn(key)) written.set(key, value)
    this.#written = written
  }

  writeAll(writer: EntryWriter): void {
    for (const [key, value] of this.#make()) writer.put(key, value)
  }

  writeChanges(writer: EntryWriter): void {
    const entries = this.#make()
    if (entries === this.#written) return
    for (const [key, value] of entries) if (this.#written.get(key) !== value) writer.put(key, value)
    for (const key of this.#written.keys()) if (!entries.has(key)) writer.remove(key)
    this.#written = entries
  }
}
