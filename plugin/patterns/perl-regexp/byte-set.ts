/** A set of bytes: 256 entries, 1 for a member. Never changed once it is part of a tree. */
export type ByteSet = Uint8Array

export const emptySet: ByteSet = new Uint8Array(256)
export const fullSet: ByteSet = new Uint8Array(256).fill(1)

const singles: readonly ByteSet[] = Array.from({ length: 256 }, (_, byte) => {
  const set = new Uint8Array(256)
  set[byte] = 1
  return set
})

/** The set of one code point; code points above 255 have no byte, so theirs is empty. */
export function single(codePoint: number): ByteSet {
  return singles[codePoint] ?? emptySet
}

/** The set of the given inclusive ranges. */
export function ranges(...pairs: readonly (readonly [number, number])[]): ByteSet {
  const set = new Uint8Array(256)
  for (const [low, high] of pairs) set.fill(1, low, Math.min(high, 255) + 1)
  return set
}

export function union(...sets: readonly ByteSet[]): ByteSet {
  return Uint8Array.from({ length: 256 }, (_, byte) => (sets.some(set => set[byte] === 1) ? 1 : 0))
}

export function complement(set: ByteSet): ByteSet {
  return set.map(member => 1 - member)
}

export function sameSet(a: ByteSet, b: ByteSet): boolean {
  return a === b || a.every((member, byte) => member === b[byte])
}

/** The members in ascending order. */
export function members(set: ByteSet): number[] {
  const bytes: number[] = []
  for (let byte = 0; byte < 256; byte++) if (set[byte] === 1) bytes.push(byte)
  return bytes
}

export function isEmpty(set: ByteSet): boolean {
  return !set.includes(1)
}

/** The members as inclusive ranges, ascending. */
export function toRanges(set: ByteSet): [number, number][] {
  const found: [number, number][] = []
  for (const byte of members(set)) {
    const last = found.at(-1)
    if (last && last[1] === byte - 1) last[1] = byte
    else found.push([byte, byte])
  }
  return found
}
