import type { EntryReader } from './entry-reader.ts'
import { SegmentedList } from './segmented-list.ts'
import { damaged } from './state-error.ts'

/** The fields of an entry, or of an object in one, as they should be. Every method throws StateError if one is not. */
export class Fields {
  readonly key: string
  readonly #reader: EntryReader
  readonly #values: Readonly<Record<string, unknown>>

  /** Those of an entry. */
  static of(reader: EntryReader, key: string): Fields {
    return new Fields(reader, key, reader.value(key))
  }

  constructor(reader: EntryReader, key: string, value: unknown) {
    this.key = key
    this.#reader = reader
    this.#values = isObject(value) ? value : damaged(key, 'expected an object')
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#values, name)
  }

  number(name: string): number {
    const value = this.#value(name)
    return typeof value === 'number' ? value : this.#expected(name, 'a number')
  }

  string(name: string): string {
    const value = this.#value(name)
    return typeof value === 'string' ? value : this.#expected(name, 'a string')
  }

  boolean(name: string): boolean {
    const value = this.#value(name)
    return typeof value === 'boolean' ? value : this.#expected(name, 'true or false')
  }

  array<Item>(name: string, isItem: (value: unknown) => value is Item): Item[] {
    const value = this.#value(name)
    return isArrayOf(value, isItem) ? value : this.#expected(name, 'a list')
  }

  /** An object whose fields all are of one kind. */
  record<Item>(name: string, isItem: (value: unknown) => value is Item): Record<string, Item> {
    const value = this.#value(name)
    return isRecordOf(value, isItem) ? value : this.#expected(name, 'an object')
  }

  /** An object in this one. */
  fields(name: string): Fields {
    return new Fields(this.#reader, this.key, this.#value(name))
  }

  list<Item>(name: string, isItem: (value: unknown) => value is Item): SegmentedList<Item> {
    const value = this.#value(name)
    if (Array.isArray(value)) return new SegmentedList(this.array(name, isItem))
    const range = this.fields(name)
    const [first, last] = [range.number('first'), range.number('last')]
    const segments: Item[][] = []
    for (let number = first; number <= last; number++) {
      const key = segmentKey(this.key, name, number)
      const segment = this.#reader.value(key)
      segments.push(isArrayOf(segment, isItem) ? segment : damaged(key, 'expected a list'))
    }
    return SegmentedList.restored(segments, first)
  }

  #value(name: string): unknown {
    return Object.hasOwn(this.#values, name) ? this.#values[name] : undefined
  }

  #expected(name: string, what: string): never {
    return damaged(
      this.key,
      `"${name}" is ${JSON.stringify(this.#value(name)) ?? 'missing'}; expected ${what}`
    )
  }
}

export function segmentKey(owner: string, list: string, segment: number): string {
  return `${owner}/${list}/${segment}`
}

export const isNumber = (value: unknown): value is number => typeof value === 'number'
export const isString = (value: unknown): value is string => typeof value === 'string'
export const isNumberOrNull = (value: unknown): value is number | null => value === null || isNumber(value)

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function isRecordOf<Item>(
  value: unknown,
  isItem: (value: unknown) => value is Item
): value is Record<string, Item> {
  return isObject(value) && Object.values(value).every(isItem)
}

function isArrayOf<Item>(value: unknown, isItem: (value: unknown) => value is Item): value is Item[] {
  return Array.isArray(value) && (value as unknown[]).every(isItem)
}
