import { describe, expect, test } from 'vitest'
import { compilePerlRegExp } from '../../../../plugin/patterns/perl-regexp/index.ts'
import { capturesOf, ownCaptures, type Recorded, readCases } from './recorded.ts'

interface Construct {
  readonly feature: string
  readonly pattern: string
  readonly subjects: readonly string[]
}

const constructs = readCases<Construct>('constructs.json')
const recorded = readCases<Recorded>('constructs.recorded.json')

// Valid Perl that is refused by name, because it would not be exact.
const refused = new Map([
  ['\\N{LATIN SMALL LETTER A}', 'a character name \\N{NAME}'],
  ['aa(*SKIP)(*F)|a', 'the verb (*SKIP)'],
  ['a+(*COMMIT)b', 'the verb (*COMMIT)'],
  ['a(b(*ACCEPT)c)d', 'the verb (*ACCEPT)'],
  ['(*sr:a+)', 'a script run (*sr:…)'],
  ['(?[ [a-z] - [aeiou] ])', 'an extended class (?[ ])'],
  ['\\b{wb}a', 'the boundary \\b{wb}']
])

const cases = constructs.map((construct, index) => ({
  ...construct,
  perl: recorded[index] ?? { warnings: [], error: 'nothing was recorded' }
}))

describe('compiles and matches as Perl 5.36', () => {
  test.each(cases)('$feature: $pattern', ({ pattern, subjects, perl }) => {
    const compiled = compilePerlRegExp(pattern)
    const construct = refused.get(pattern)
    if (construct !== undefined) {
      expect(compiled).toMatchObject({ ok: false, reason: 'unsupported', construct })
      return
    }
    if (perl.error !== undefined) {
      expect(compiled).toEqual({ ok: false, reason: 'syntax', message: perl.error })
      return
    }
    if (!compiled.ok) throw new Error(`refused: ${compiled.message}`)
    expect(compiled.regexp.warnings).toEqual(perl.warnings)
    const own = subjects.map(subject => ownCaptures(compiled.regexp.exec(subject)))
    expect(own).toEqual((perl.results ?? []).map(capturesOf))
  })
})
