import { type ByteSet, complement, ranges, single, union } from './byte-set.ts'

/**
 * How Perl reads characters: `bytes` is its default for byte strings (only ASCII has properties and case), `unicode`
 * gives the bytes 128–255 their Latin-1 meaning (`/u`), `ascii` restricts classes to ASCII but not case (`/a`, `/aa`).
 */
export type CharacterRules = 'bytes' | 'unicode' | 'ascii'

const upper = ranges([0x41, 0x5a])
const lower = ranges([0x61, 0x7a])
const digit = ranges([0x30, 0x39])
const alpha = union(upper, lower)
const alnum = union(alpha, digit)
const punct = ranges([0x21, 0x2f], [0x3a, 0x40], [0x5b, 0x60], [0x7b, 0x7e])
const asciiOnly: Readonly<Record<string, ByteSet>> = {
  alpha,
  digit,
  alnum,
  lower,
  upper,
  punct,
  word: union(alnum, single(0x5f)),
  space: ranges([0x09, 0x0d], [0x20, 0x20]),
  blank: union(single(0x09), single(0x20)),
  cntrl: ranges([0x00, 0x1f], [0x7f, 0x7f]),
  graph: ranges([0x21, 0x7e]),
  print: ranges([0x20, 0x7e]),
  xdigit: union(digit, ranges([0x41, 0x46], [0x61, 0x66])),
  ascii: ranges([0x00, 0x7f])
}

const upperHigh = ranges([0xc0, 0xd6], [0xd8, 0xde])
const lowerHigh = union(ranges([0xdf, 0xf6], [0xf8, 0xff]), single(0xaa), single(0xb5), single(0xba))
const alphaHigh = union(upperHigh, lowerHigh)
const punctHigh = union(
  single(0xa1),
  single(0xa7),
  single(0xab),
  single(0xb6),
  single(0xb7),
  single(0xbb),
  single(0xbf)
)
const highPart: Readonly<Record<string, ByteSet>> = {
  alpha: alphaHigh,
  alnum: alphaHigh,
  lower: lowerHigh,
  upper: upperHigh,
  punct: punctHigh,
  word: alphaHigh,
  space: union(single(0x85), single(0xa0)),
  blank: single(0xa0),
  cntrl: ranges([0x80, 0x9f]),
  graph: ranges([0xa1, 0xff]),
  print: ranges([0xa0, 0xff])
}

/** The bytes of `[:name:]`, or undefined when Perl has no such class. */
export function posixClass(name: string, rules: CharacterRules): ByteSet | undefined {
  const base = Object.hasOwn(asciiOnly, name) ? asciiOnly[name] : undefined
  const high = rules === 'unicode' && Object.hasOwn(highPart, name) ? highPart[name] : undefined
  return base && high ? union(base, high) : base
}

/** Like `posixClass` under the i modifier: a class of case holds both cases. */
export function caselessPosixClass(name: string, rules: CharacterRules): ByteSet | undefined {
  if (name !== 'upper' && name !== 'lower') return posixClass(name, rules)
  return rules === 'unicode' ? union(alpha, alphaHigh) : alpha
}

const horizontalSpace = union(single(0x09), single(0x20), single(0xa0))
/** `\v`: it holds the byte 85 whatever the rules, as `\h` holds A0. */
export const verticalSpace = ranges([0x0a, 0x0d], [0x85, 0x85])
const notNewline = complement(single(0x0a))

/** The bytes of `\w`, `\D` and their like; undefined for a letter that is no class. */
export function escapeClass(letter: string, rules: CharacterRules): ByteSet | undefined {
  switch (letter) {
    case 'w':
    case 'W':
      return negatedIf(letter === 'W', posixClass('word', rules))
    case 'd':
    case 'D':
      return negatedIf(letter === 'D', digit)
    case 's':
    case 'S':
      return negatedIf(letter === 'S', posixClass('space', rules))
    case 'h':
    case 'H':
      return negatedIf(letter === 'H', horizontalSpace)
    case 'v':
    case 'V':
      return negatedIf(letter === 'V', verticalSpace)
    case 'N':
      return notNewline
    default:
      return undefined
  }
}

function negatedIf(negative: boolean, set: ByteSet | undefined): ByteSet | undefined {
  return set && negative ? complement(set) : set
}

/** The other case of a byte, or the byte itself. `ÿ` and `µ` have their upper case above 255. */
export function otherCase(byte: number, rules: CharacterRules): number {
  const high = rules !== 'bytes'
  if ((byte >= 0x41 && byte <= 0x5a) || (high && upperHigh[byte] === 1)) return byte + 0x20
  if ((byte >= 0x61 && byte <= 0x7a) || (high && byte >= 0xe0 && byte <= 0xfe && byte !== 0xf7))
    return byte - 0x20
  return byte
}

/** The set with the other case of every member. */
export function foldCase(set: ByteSet, rules: CharacterRules): ByteSet {
  const folded = Uint8Array.from(set)
  for (let byte = 0; byte < 256; byte++) if (set[byte] === 1) folded[otherCase(byte, rules)] = 1
  return folded
}
