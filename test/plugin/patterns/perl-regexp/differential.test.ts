import { spawnSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { compilePerlRegExp } from '../../../../plugin/patterns/perl-regexp/index.ts'
import { requirePerl } from '../../../helpers/requirements.ts'
import { RandomPatterns, seededRandom } from './random-patterns.ts'
import { asciiJson, capturesOf, ownCaptures, type Recorded, recorder } from './recorded.ts'

const perl = requirePerl()
const patternCount = 1200
const subjectsPerPattern = 8
/** Longer ones mostly try out how patient a matcher is. */
const maxLength = 100

interface Case {
  readonly pattern: string
  readonly subjects: readonly string[]
}

describe("agrees with the machine's Perl", () => {
  test.for([1, 2, 4])('on random patterns (seed %i)', (seed, context) => {
    const random = new RandomPatterns(seed)
    const cases = Array.from({ length: patternCount }, () => ({
      pattern: random.pattern(),
      subjects: Array.from({ length: subjectsPerPattern }, () => random.subject())
    })).filter(({ pattern }) => pattern !== '' && pattern.length <= maxLength)
    expect(differences(perl.need(context), cases)).toEqual([])
  })

  test('on random pieces of syntax, most of them wrong', context => {
    const random = seededRandom(3)
    const pick = (choices: readonly string[]): string => choices[Math.floor(random() * choices.length)] ?? ''
    const cases = Array.from({ length: patternCount }, () => ({
      pattern: Array.from({ length: 1 + Math.floor(random() * 6) }, () => pick(pieces)).join(''),
      subjects: ['ab', '', 'aA1 \n']
    }))
    expect(differences(perl.need(context), cases)).toEqual([])
  })

  test('on what it makes of lines of a system log', context => {
    expect(differences(perl.need(context), [{ pattern: '(?:)', subjects: [] }, ...logCases()])).toEqual([])
  })
})

// Without (?[ and \N{NAME}: those are refused before what follows them is read.
const pieces = [
  ...String.raw`( ( ( ) ) ) | * + ? { } {1} {1,2} {,3} {2,1} [a ] [^ ^ $ . \ a b Z 0 1 8 - : = ! < > ' #`.split(
    ' '
  ),
  ...String.raw`(?: (?=a (?! (?<= (?<! (?> (?| (?i) (?x) (?xx) (?n) (?^ (?-i: (?<n> (?P<n> (?P=n) (?(1)`.split(
    ' '
  ),
  ...String.raw`(?(<n>) (?(DEFINE) (?# (*FAIL) (*pla: (*nlb: (* (? \1 \2 \g1 \g{-1} \g{n} \k<n> \k{n}`.split(
    ' '
  ),
  ...String.raw`\x41 \x{41} \o{101} \012 \0 \8 \cA \Q \E \U \y \d \w \b \A \z \G \K \R \X \h \p{L}`.split(
    ' '
  ),
  ...String.raw`[:alpha:] [[:alpha:]] [[:foo:]] [a- [\w- -z]`.split(' '),
  '{ 1, 2 }',
  '\xe9',
  ' '
]

function logCases(): Case[] {
  const lines = [
    'Nov 24 20:53:09 gate sshd[4711]: Failed password for invalid user b\xc3\xb6b from 192.0.2.7 port 50122 ssh2',
    '<134>1 2026-11-24T20:53:09Z host app 77 ID47 - %ASA-6-302013: Built inbound TCP connection 1 for x:10.0.0.1/80',
    'kernel: [ 12.345678] eth0: link down\r',
    'a=1 b="two words" c=[3]',
    ''
  ]
  const patterns = [
    'sshd\\[(\\d+)\\]: Failed (\\S+) for (?:invalid user )?(\\S+) from ([\\d.]+) port (\\d+)',
    '^<(\\d{1,3})>(\\d)\\s+(\\S+) (\\S+) (\\S+)(?: (\\d+))?',
    '%([A-Z]+)-(\\d)-(\\d{6}): (.*?) for (\\w+):([\\d.]+)(?:/(\\d+))?$',
    '\\[\\s*(\\d+)\\.(\\d+)\\] (?<dev>\\w+): link (?<state>up|down)\\s*$',
    '(\\w+)=(?:"([^"]*)"|\\[(\\d+)\\]|(\\S+))(?: |$)',
    '(?:(\\w+)=(?:"([^"]*)"|(\\S+)) ?)+',
    '(?i)FAILED|link DOWN',
    '^(?:[^ ]++ ){4}(\\S+?)(?:\\[(\\d+)\\])?:'
  ]
  return patterns.map(pattern => ({ pattern, subjects: lines }))
}

/** One line for each result in which Perl and the translation differ; what is refused by name doesn't count. */
function differences(program: string, cases: readonly Case[]): string[] {
  const run = spawnSync(program, [recorder], {
    input: asciiJson(cases),
    encoding: 'latin1',
    maxBuffer: 2 ** 30
  })
  expect(run.stderr).toBe('')
  const recorded = JSON.parse(run.stdout) as readonly Recorded[]
  return cases.flatMap(({ pattern, subjects }, index) => {
    const perlSays = recorded[index]
    const compiled = compilePerlRegExp(pattern)
    if (!compiled.ok) {
      if (compiled.reason === 'unsupported') return []
      return compiled.message === perlSays?.error
        ? []
        : [`${pattern}: ${compiled.message}; Perl: ${perlSays?.error}`]
    }
    if (perlSays?.error !== undefined) return [`${pattern}: accepted; Perl: ${perlSays.error}`]
    return subjects.flatMap((subject, place) => {
      const expected = JSON.stringify(capturesOf(perlSays?.results?.[place] ?? null))
      const own = JSON.stringify(ownCaptures(compiled.regexp.exec(subject)))
      return own === expected || expected === '"died"'
        ? []
        : [`${pattern} on ${JSON.stringify(subject)}: ${own}; Perl: ${expected}`]
    })
  })
}
