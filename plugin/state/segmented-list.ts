import { type SegmentRange, Segments } from './segments.ts'

/**
 * A list of plain data, such as the event store of a context, of which a change costs what changed: what is more than
 * one segment is kept in segments, each an entry of its own, and what is less in the entry of the list's owner.
 *
 * It is an array and, if it has been long when its state was asked for, its segments. Its owner's store has to be told
 * of each change, as of any other.
 */
export class SegmentedList<Item> {
  #items: Item[]
  #segments: Segments | undefined

  constructor(items: Item[] = []) {
    this.#items = items
  }

  /** A list as its state was. */
  static restored<Item>(segments: readonly (readonly Item[])[], first: number): SegmentedList<Item> {
    const list = new SegmentedList(segments.flat())
    list.#segments = Segments.restored(segments, first)
    return list
  }

  get length(): number {
    return this.#items.length
  }

  /** The items, until the list is changed. Not to be changed. */
  get items(): readonly Item[] {
    return this.#items
  }

  get first(): Item | undefined {
    return this.#items[0]
  }

  push(item: Item): void {
    this.#items.push(item)
  }

  pop(): Item | undefined {
    const item = this.#items.pop()
    this.#segments?.droppedAfter(this.#items.length)
    return item
  }

  shift(): Item | undefined {
    if (this.#segments !== undefined && this.#items.length > 0) this.#segments.droppedFirst(1)
    return this.#items.shift()
  }

  /** Puts items before the first, in their order. */
  unshift(items: readonly Item[]): void {
    this.#items = items.concat(this.#items)
    this.#segments?.addedFirst(items.length)
  }

  clear(): void {
    this.#items = []
    this.#segments?.droppedAfter(0)
  }

  /** Keeps the items that `isKept`; gives back the others. */
  keep(isKept: (item: Item) => boolean): Item[] {
    const kept: Item[] = []
    const removed: Item[] = []
    let leading = 0
    let unmoved = 0
    for (const item of this.#items) {
      if (isKept(item)) {
        kept.push(item)
        if (removed.length === leading) unmoved++
      } else {
        removed.push(item)
        if (kept.length === 0) leading++
      }
    }
    if (removed.length === 0) return removed
    this.#items = kept
    this.#segments?.droppedFirst(leading)
    if (removed.length > leading) this.#segments?.droppedAfter(unmoved)
    return removed
  }

  /** For JSON, in the entry of its owner: its items, or where its segments are. `arrange` comes before. */
  toJSON(): readonly Item[] | SegmentRange {
    return this.#segments?.range ?? this.#items
  }

  /** Sees to the segments. */
  arrange(): void {
    if (this.#segments === undefined) {
      if (Segments.areNotNeeded(this.#items)) return
      this.#segments = new Segments()
    }
    this.#segments.arrange(this.#items)
  }

  /** The numbers of its segments. */
  segmentNumbers(): number[] {
    return this.#segments?.numbers() ?? []
  }

  /** The JSON of a segment; `undefined`: there is none of that number. */
  segment(number: number): string | undefined {
    const place = this.#segments?.placeOf(number)
    return place && JSON.stringify(this.#items.slice(place.from, place.to))
  }

  /** The numbers of the segments that were written or dropped since it was last asked. */
  takeChanged(): Iterable<number> {
    return this.#segments?.takeChanged() ?? []
  }
}
