/** A segment is full with so many characters of JSON or items. One item that is larger has a segment to itself. */
const FULL_CHARACTERS = 16 * 1024
const FULL_ITEMS = 1024

/** The numbers of a list's first and last segments, in the entry of its owner. */
export interface SegmentRange {
  readonly first: number
  readonly last: number
}

/** Items of a list that are kept as one entry. */
interface Segment {
  from: number
  /** After the last. */
  to: number
  /** Characters of their JSON. */
  characters: number
}

/**
 * The segments of a long list. Items are counted from where the list began, whatever came before it since; so an item
 * that stays has its number for good. Which items have stayed is followed from change to change, and the segments are
 * seen to at the end.
 */
export class Segments {
  /** The number of the first item. */
  #start = 0
  #segments: Segment[] = []
  #firstSegment = 0
  /** The items from the one number to before the other are as they were when the segments were last seen to. */
  #keptFrom = 0
  #keptTo = 0
  /** Numbers of segments that were written or dropped since `takeChanged`. */
  #changed = new Set<number>()

  static restored(segments: readonly (readonly unknown[])[], first: number): Segments {
    const restored = new Segments()
    restored.#firstSegment = first
    let from = 0
    for (const items of segments) {
      const characters = items.reduce((total: number, item) => total + charactersOf(item), 0)
      restored.#segments.push({ from, to: from + items.length, characters })
      from += items.length
    }
    restored.#keptTo = from
    return restored
  }

  /** Whether all items fit into one. */
  static areNotNeeded(items: readonly unknown[]): boolean {
    if (items.length > FULL_ITEMS) return false
    let characters = 0
    for (const item of items) {
      characters += charactersOf(item)
      if (characters > FULL_CHARACTERS) return false
    }
    return true
  }

  /** `undefined`: there is none. */
  get range(): SegmentRange | undefined {
    const { length } = this.#segments
    return length === 0 ? undefined : { first: this.#firstSegment, last: this.#firstSegment + length - 1 }
  }

  /** So many items were dropped from the front. */
  droppedFirst(count: number): void {
    this.#start += count
    this.#keptFrom = Math.max(this.#keptFrom, this.#start)
  }

  /** So many were put before the first. */
  addedFirst(count: number): void {
    this.#start -= count
  }

  /** Of all after the first `count`, some were dropped. */
  droppedAfter(count: number): void {
    this.#keptTo = Math.min(this.#keptTo, this.#start + count)
  }

  /** Sees to the segments of these items. */
  arrange(items: readonly unknown[]): void {
    const segments = this.#segments
    const end = this.#start + items.length
    while (segments.length > 0 && (segments[0] as Segment).from < this.#keptFrom) this.#dropFirst()
    while (segments.length > 0 && (segments[segments.length - 1] as Segment).to > this.#keptTo)
      this.#dropLast()
    if (segments.length <= 1 && Segments.areNotNeeded(items)) {
      if (segments.length === 1) this.#dropLast()
    } else {
      this.#extendBackwards(items)
      this.#extendForwards(items, end)
    }
    this.#keptFrom = this.#start
    this.#keptTo = end
  }

  numbers(): number[] {
    return this.#segments.map((_, index) => this.#firstSegment + index)
  }

  /** Which items a segment has, as indexes; `undefined`: there is none of that number. */
  placeOf(number: number): { readonly from: number; readonly to: number } | undefined {
    const segment = this.#segments[number - this.#firstSegment]
    return segment && { from: segment.from - this.#start, to: segment.to - this.#start }
  }

  takeChanged(): Iterable<number> {
    const changed = this.#changed
    this.#changed = new Set()
    return changed
  }

  #extendForwards(items: readonly unknown[], end: number): void {
    let segment = this.#segments[this.#segments.length - 1]
    for (let number = segment?.to ?? this.#start; number < end; number++) {
      const characters = charactersOf(items[number - this.#start])
      if (segment === undefined || !hasRoom(segment, characters)) {
        segment = { from: number, to: number, characters: 0 }
        this.#segments.push(segment)
      }
      segment.to++
      segment.characters += characters
      this.#changed.add(this.#firstSegment + this.#segments.length - 1)
    }
  }

  #extendBackwards(items: readonly unknown[]): void {
    let [segment] = this.#segments
    if (segment === undefined) return
    const added: Segment[] = []
    for (let number = segment.from - 1; number >= this.#start; number--) {
      const characters = charactersOf(items[number - this.#start])
      if (!hasRoom(segment, characters)) {
        segment = { from: number + 1, to: number + 1, characters: 0 }
        added.unshift(segment)
        this.#firstSegment--
      }
      segment.from--
      segment.characters += characters
      this.#changed.add(this.#firstSegment)
    }
    this.#segments = added.concat(this.#segments)
  }

  #dropFirst(): void {
    this.#changed.add(this.#firstSegment)
    this.#firstSegment++
    this.#segments.shift()
  }

  #dropLast(): void {
    this.#segments.pop()
    this.#changed.add(this.#firstSegment + this.#segments.length)
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
