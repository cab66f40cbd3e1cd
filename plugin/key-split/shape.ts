import { type ByteSet, fullSet, single, union } from '../patterns/perl-regexp/byte-set.ts'

/** Part of a text that is not known before a line is matched. */
export interface Value {
  /** The bytes that it may hold. It may be empty. */
  readonly bytes: ByteSet
  readonly key?: KeyValue | undefined
}

/** A value that is the key of the line, or from which the key follows. */
export interface KeyValue {
  /** `line`: the whole line, of which the router makes the key. */
  readonly of: 'key' | 'line'
  /** Under which that is so. */
  readonly assumptions: readonly string[]
  /** Whether a line without a key can't have brought it. */
  readonly isPresent: boolean
}

/** What a text of a rule may come out as: literal parts and values in their order. */
export type Shape = readonly (string | Value)[]

export const ANYTHING: Value = { bytes: fullSet }

export function joinShapes(shapes: readonly Shape[]): Shape {
  const joined: (string | Value)[] = []
  for (const part of shapes.flat()) {
    const last = joined.at(-1)
    if (part === '') continue
    if (typeof part === 'string' && typeof last === 'string') joined[joined.length - 1] = last + part
    else joined.push(part)
  }
  return joined
}

/** What a text may come out as that is one of several. It has the key if all of them are nothing but the key. */
export function eitherShape(shapes: readonly Shape[]): Shape {
  const [first = []] = shapes
  if (shapes.length < 2) return first
  const bytes = union(...shapes.flatMap(shape => shape.map(bytesOfPart)))
  const keys = shapes.map(shape =>
    shape.length === 1 && typeof shape[0] === 'object' ? shape[0].key : undefined
  )
  const [key] = keys
  if (key === undefined || keys.some(each => each?.of !== key.of)) return [{ bytes }]
  const assumptions = [...new Set(keys.flatMap(each => each?.assumptions ?? []))]
  return [
    { bytes, key: { of: key.of, assumptions, isPresent: keys.every(each => each?.isPresent === true) } }
  ]
}

function bytesOfPart(part: string | Value): ByteSet {
  if (typeof part !== 'string') return part.bytes
  return union(...Array.from(part, character => single(character.charCodeAt(0))))
}

/** How the key is read out of a text, the same words for the same way; each text that has it in several ways has several. */
export type KeyReadings = ReadonlyMap<string, KeyValue>

/**
 * The ways in which the key can be told from what a text comes out as, whatever its values are. None: it has no key, or its
 * parts may run into each other, so that two keys may give the same text.
 */
export function keyReadings(shape: Shape): KeyReadings {
  const readings = new Map<string, KeyValue>()
  for (const [index, part] of shape.entries()) {
    if (typeof part === 'string' || part.key === undefined) continue
    const { key, bytes } = part
    if (key.of === 'line') {
      if (shape.length === 1) readings.set('line', key)
      continue
    }
    const left = shape.slice(0, index)
    const right = shape.slice(index + 1)
    const fromLeft = isReadFromLeft(left) ? `after ${form(left)}` : undefined
    const fromRight = isReadFromRight(right) ? `before ${form(right)}` : undefined
    const [next] = right
    const previous = left.at(-1)
    const end =
      typeof next === 'string' && !has(bytes, next[0]) ? `up to ${JSON.stringify(next[0])}` : undefined
    const start =
      typeof previous === 'string' && !has(bytes, previous.at(-1))
        ? `from ${JSON.stringify(previous.at(-1))}`
        : undefined
    if (fromLeft !== undefined && end !== undefined) readings.set(`${fromLeft} ${end}`, key)
    if (fromLeft !== undefined && fromRight !== undefined) readings.set(`${fromLeft} ${fromRight}`, key)
    if (start !== undefined && fromRight !== undefined) readings.set(`${start} ${fromRight}`, key)
  }
  return readings
}

/** Whether it has the key at all, be it in a way in which it can't be told. */
export function hasKey(shape: Shape): boolean {
  return shape.some(part => typeof part === 'object' && part.key !== undefined)
}

function isReadFromLeft(parts: Shape): boolean {
  return parts.every((part, index) => {
    const next = parts[index + 1]
    return typeof part === 'string' || (typeof next === 'string' && !has(part.bytes, next[0]))
  })
}

function isReadFromRight(parts: Shape): boolean {
  return parts.every((part, index) => {
    const previous = parts[index - 1]
    return typeof part === 'string' || (typeof previous === 'string' && !has(part.bytes, previous.at(-1)))
  })
}

function form(parts: Shape): string {
  return JSON.stringify(parts.map(part => (typeof part === 'string' ? part : null)))
}

function has(bytes: ByteSet, character: string | undefined): boolean {
  return character !== undefined && bytes[character.charCodeAt(0)] === 1
}
