/** A segment is full with so many characters of JSON or items. One item that is larger has a segment to itself. */
const FULL_CHARACTERS = 16 * 1024
const FULL_ITEMS = 1024

/** Items of a list that are kept as one entry. Items are counted from where the list began, whatever came before since. */
interface Segment {
  from: number
  /** After the last. */
  to: number
  /** Characters of their JSON. */
  characters: number
}

/** The numbers of a list's first and last segments, in the entry of its owner. */
export interface SegmentRange {
  readonly first: number
  readonly last: number
}

/**
 * A list of plain data, such as the event store of a context, of which a change costs what changed: what is more than
 * one segment is kept in segments, each an entry of its own, and what is less in the entry of the list's owner.
 *
 * It is an array that knows which of its items have stayed where they were; segments are seen to only when its state is
 * asked for. Its owner's store has to be told of each change, as of any other.
 */
export class SegmentedList<Item> {
  #items: Item[]
  /** The number of the first item. */
  #start = 0
  #segments: Segment[] = []
  #firstSegment = 0
  /** The items from the one number to before the other are as they were when the segments were last seen to. */
  #keptFrom = 0
  #keptTo = 0
  /** Numbers of segments that were written or dropped since `takeChanged`. */
  #changed: Set<number> | undefined

  constructor(items: Item[] = []) {
    this.#items = items
  }

  /** A list as its state was. */
  static restored<Item>(segments: readonly (readonly Item[])[], first: number): SegmentedList<Item> {
    const list = new SegmentedList(segments.flat())
    list.#firstSegment = first
    let from = 0
    for (const items of segments) {
      const characters = items.reduce((total: number, item) => total + charactersOf(item), 0)
      list.#segments.push({ from, to: from + items.length, characters })
      from += items.length
    }
    list.#keptTo = from
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
    this.#keptTo = Math.min(this.#keptTo, this.#end)
    return item
  }

  shift(): Item | undefined {
    if (this.#items.length === 0) return undefined
    this.#start++
    this.#keptFrom = Math.max(this.#keptFrom, this.#start)
    return this.#items.shift()
  }

  /** Puts items before the first, in their order. */
  unshift(items: readonly Item[]): void {
    this.#items = items.concat(this.#items)
    this.#start -= items.length
  }

  clear(): void {
    this.#items = []
    this.#keptTo = this.#keptFrom
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
    this.#start += leading
    this.#keptFrom = Math.max(this.#keptFrom, this.#start)
    if (removed.length > leading) this.#keptTo = Math.min(this.#keptTo, this.#start + unmoved)
    return removed
  }

  /** For JSON, in the entry of its owner: its items, or where its segments are. `arrange` comes before. */
  toJSON(): readonly Item[] | SegmentRange {
    if (this.#segments.length === 0) return this.#items
    return { first: this.#firstSegment, last: this.#firstSegment + this.#segments.length - 1 }
  }

  /** Sees to the segments. */
  arrange(): void {
    const segments = this.#segments
    while (segments.length > 0 && (segments[0] as Segment).from < this.#keptFrom) this.#dropFirst()
    while (segments.length > 0 && (segments[segments.length - 1] as Segment).to > this.#keptTo)
      this.#dropLast()
    if (segments.length <= 1 && this.#fitsInline()) {
      if (segments.length === 1) this.#dropLast()
    } else {
      this.#extendBackwards()
      this.#extendForwards()
    }
    this.#keptFrom = this.#start
    this.#keptTo = this.#end
  }

  /** The numbers of its segments. */
  segmentNumbers(): number[] {
    return this.#segments.map((_, index) => this.#firstSegment + index)
  }

  /** The JSON of a segment; `undefined`: there is none of that number. */
  segment(number: number): string | undefined {
    const segment = this.#segments[number - this.#firstSegment]
    if (segment === undefined) return undefined
    return JSON.stringify(this.#items.slice(segment.from - this.#start, segment.to - this.#start))
  }

  /** The numbers of the segments that were written or dropped since it was last asked. */
  takeChanged(): Iterable<number> {
    const changed = this.#changed ?? []
    this.#changed = undefined
    return changed
  }

  get #end(): number {
    return this.#start + this.#items.length
  }

  #at(number: number): Item {
    return this.#items[number - this.#start] as Item
  }

  #hasChanged(segment: number): void {
    this.#changed ??= new Set()
    this.#changed.add(segment)
  }

  #fitsInline(): boolean {
    if (this.#items.length > FULL_ITEMS) return false
    let characters = 0
    for (const item of this.#items) {
      characters += charactersOf(item)
      if (characters > FULL_CHARACTERS) return false
    }
    return true
  }

  #extendForwards(): void {
    let segment = this.#segments[this.#segments.length - 1]
    for (let number = segment?.to ?? this.#start; number < this.#end; number++) {
      const characters = charactersOf(this.#at(number))
      if (segment === undefined || !hasRoom(segment, characters)) {
        segment = { from: number, to: number, characters: 0 }
        this.#segments.push(segment)
      }
      segment.to++
      segment.characters += characters
      this.#hasChanged(this.#firstSegment + this.#segments.length - 1)
    }
  }

  #extendBackwards(): void {
    let [segment] = this.#segments
    if (segment === undefined) return
    const added: Segment[] = []
    for (let number = segment.from - 1; number >= this.#start; number--) {
      const characters = charactersOf(this.#at(number))
      if (!hasRoom(segment, characters)) {
        segment = { from: number + 1, to: number + 1, characters: 0 }
        added.unshift(segment)
        this.#firstSegment--
      }
      segment.from--
      segment.characters += characters
      this.#hasChanged(this.#firstSegment)
    }
    this.#segments = added.concat(this.#segments)
  }

  #dropFirst(): void {
    this.#hasChanged(this.#firstSegment)
    this.#firstSegment++
    this.#segments.shift()
  }

  #dropLast(): void {
    this.#segments.pop()
    this.#hasChanged(this.#firstSegment + this.#segments.length)
  }
}

function hasRoom(segment: Segment, characters: number): boolean {
  return (
    segment.to - segment.from < FULL_ITEMS &&
    (segment.characters + characters <= FULL_CHARACTERS || segment.to === segment.from)
  )
}

/** With the comma after it. */
function charactersOf(item: unknown): number {
  return typeof item === 'number' ? 20 : JSON.stringify(item).length + 1
}
