import { describe, expect, test } from 'vitest'
import { compilePerlRegExp } from '../../../../plugin/patterns/perl-regexp/index.ts'
import { type Recorded, readCases } from './recorded.ts'

const patterns = readCases<{ readonly pattern: string }>('bytes.json')
const recorded = readCases<Recorded>('bytes.recorded.json')

// Under Unicode rules \xdf and "ss" match each other, and letters above 255 have their other case below.
const refusedConstructs = [
  'the letter \\xdf with the i modifier under Unicode rules',
  'a character above 255 with the i modifier'
]

describe('matches the bytes that Perl 5.36 matches', () => {
  test('one construct against each of the 256 bytes', () => {
    const differences: string[] = []
    const refused = new Set<string>()
    for (const [index, { pattern }] of patterns.entries()) {
      const own = matchedBytes(pattern, refused)
      const perl = recorded[index]
      const expected = perl?.error ?? perl?.matched
      if (own !== undefined && own !== expected) {
        differences.push(`${JSON.stringify(pattern)}: Perl ${expected}, own ${own}`)
      }
    }
    expect(differences).toEqual([])
    expect([...refused].filter(construct => !refusedConstructs.includes(construct))).toEqual([])
  })
})

/** The bytes as Perl's were recorded, or the message of a pattern that Perl refuses; undefined where it is refused. */
function matchedBytes(pattern: string, refused: Set<string>): string | undefined {
  const compiled = compilePerlRegExp(pattern)
  if (!compiled.ok) {
    if (compiled.reason === 'syntax') return compiled.message
    refused.add(compiled.construct)
    return undefined
  }
  const ranges: [number, number][] = []
  for (let byte = 0; byte < 256; byte++) {
    if (!compiled.regexp.exec(String.fromCharCode(byte))) continue
    const last = ranges.at(-1)
    if (last && last[1] === byte - 1) last[1] = byte
    else ranges.push([byte, byte])
  }
  return ranges.map(([low, high]) => (low === high ? hex(low) : `${hex(low)}-${hex(high)}`)).join(' ')
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, '0')
}
