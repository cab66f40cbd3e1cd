import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { backtrackingMatcher } from '../../../../plugin/patterns/perl-regexp/backtracker.ts'
import { compilePerlRegExp, quotemeta } from '../../../../plugin/patterns/perl-regexp/index.ts'
import { parsePattern } from '../../../../plugin/patterns/perl-regexp/parser.ts'
import { compileProgram } from '../../../../plugin/patterns/perl-regexp/program.ts'
import { RandomPatterns } from './random-patterns.ts'

const byteString = fc.string({
  unit: fc.integer({ min: 0, max: 255 }).map(byte => String.fromCharCode(byte))
})
const syntax = fc
  .array(
    fc.oneof(
      fc.constantFrom(...'()[]{}|*+?^$.\\:=!<>#-&,\'"PRxnk1'.split(''), '(?', '(?<', '\\p{', '\\x{', '\\g{'),
      byteString
    )
  )
  .map(parts => parts.join(''))

describe('the compiler of Perl regular expressions', () => {
  test('says something about every pattern', () => {
    fc.assert(
      fc.property(fc.oneof(byteString, syntax), pattern => {
        const compiled = compilePerlRegExp(pattern)
        if (compiled.ok) compiled.regexp.exec('abc 12\n')
        else expect(compiled.message).not.toBe('')
      }),
      { seed: 1, numRuns: 3000 }
    )
  })

  test('takes quoted text for that text', () => {
    fc.assert(
      fc.property(byteString, byteString, byteString, (before, text, after) => {
        const compiled = compilePerlRegExp(`^${quotemeta(before)}(${quotemeta(text)})${quotemeta(after)}\\z`)
        if (!compiled.ok) throw new Error(compiled.message)
        expect(compiled.regexp.exec(before + text + after)?.slice(1)).toEqual([text])
        expect(compiled.regexp.exec(`${before}${text}${after}x`)).toBeUndefined()
      }),
      { seed: 1, numRuns: 300 }
    )
  })

  test('quotes every byte that is not a letter, digit or underscore', () => {
    expect(quotemeta('a_1.b-\xe9\n')).toBe('a_1\\.b\\-\\\xe9\\\n')
  })

  test('requires only literals that every match contains', () => {
    const random = new RandomPatterns(7)
    let matches = 0
    for (let round = 0; round < 2000; round++) {
      const pattern = random.pattern()
      const compiled = compilePerlRegExp(pattern)
      if (!compiled.ok || pattern.length > 60) continue
      const { root, groupCount } = parsePattern(pattern)
      // Without the check of literals in front.
      const match = backtrackingMatcher(compileProgram(root, groupCount), () => {})
      for (let subject = 0; subject < 8; subject++) {
        const text = random.subject()
        if (!match(text)) continue
        matches++
        const missing = compiled.regexp.required.filter(({ anyOf, ignoreCase }) => {
          const searched = ignoreCase ? text.replace(/[A-Z]/g, upper => upper.toLowerCase()) : text
          return !anyOf.some(literal => searched.includes(literal))
        })
        expect({ pattern, text, missing }).toEqual({ pattern, text, missing: [] })
      }
    }
    expect(matches).toBeGreaterThan(1000)
  })

  test.each([
    ['sshd\\[\\d+\\]: (Failed|Accepted) password', [']: Failed password', ']: Accepted password'], false],
    ['^(\\S+) kernel: .*link (?:up|down)$', [' kernel: '], false],
    ['(?i)link (up|down) now', ['link up now', 'link down now'], true],
    ['(?:ab){3}c+', ['abababc'], false],
    ['[Ff]ailed', ['Failed', 'failed'], false],
    ['(?=.*needle)\\w+', ['needle'], false]
  ])('finds what %s requires', (pattern, anyOf, ignoreCase) => {
    const compiled = compilePerlRegExp(pattern)
    expect(compiled.ok && compiled.regexp.required[0]).toEqual({ anyOf, ignoreCase })
  })
})
