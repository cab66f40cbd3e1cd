import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { glob } from '../../adapters/glob.ts'
import { requirePerl } from '../helpers/requirements.ts'

const perl = requirePerl()
const names =
  'a|b|A|aB|Ab|ab|_x|Zz|zz|é|~t|-a| b|[|]|^|\\|a b|a,b|{a|a"b|c.sec|d/B|d/a|d/.dot|d/[x]|d/s/f|.hid|.h/x'.split(
    '|'
  )
const before = process.cwd()
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'correlog-glob-'))
  for (const name of ['d/s', '.h']) mkdirSync(join(folder, name), { recursive: true })
  for (const name of names) writeFileSync(join(folder, name), '')
  symlinkSync('/nonexistent', join(folder, 'broken'))
  process.chdir(folder)
})
afterAll(() => {
  process.chdir(before)
  rmSync(folder, { recursive: true, force: true })
})

/** What Perl's own glob gives for each pattern. */
function perlGlob(patterns: readonly string[]): string[][] {
  const program = 'local $/ = "\\0"; while (<STDIN>) { chomp; print join("\\1", glob($_)), "\\0" }'
  const output = execFileSync('perl', ['-e', program], {
    input: Buffer.from(patterns.map(pattern => `${pattern}\0`).join(''), 'latin1'),
    env: { ...process.env, LC_ALL: 'C' },
    encoding: 'latin1'
  })
  return output
    .split('\0')
    .slice(0, -1)
    .map(line => (line === '' ? [] : line.split('\u0001')))
}

/** One empty name and none look alike in what the Perl program prints. */
function comparable(found: readonly string[]): readonly string[] {
  return found.length === 1 && found[0] === '' ? [] : found
}

test.each([
  ['*.sec', ['c.sec']],
  ['nosuch', ['nosuch']],
  ['nosuch*', []],
  ['b a', ['b', 'a']],
  ['{b,a}', ['b', 'a']],
  ['"a b"', ['a b']],
  ['a\\ b', ['a b']],
  ['d/*', ['d/[x]', 'd/a', 'd/B', 'd/s']],
  ['d/{s/f,nosuch}', ['d/s/f', 'd/nosuch']],
  ['[!a]b', [' b', 'Ab']],
  ['bro*', ['broken']],
  ['**/f', []],
  ['', []]
])('%s stands for %j', (pattern, expected) => {
  expect(glob(pattern)).toEqual(expected)
})

test('a tilde is the home of this user or of another', () => {
  expect(glob('~/x')).toEqual([`${process.env.HOME}/x`])
  expect(glob('~root')).toEqual(['/root'])
  expect(glob('~nosuchuser/x')).toEqual(['~nosuchuser/x'])
  expect(glob('\\~')).toEqual(['~'])
})

describe('as in Perl', () => {
  test('special cases', context => {
    perl.need(context)
    const patterns =
      `*|.*|\\.*|?|[aA]|[a-c]*|[^a]*|[]-a]*|[--a]*|[!-a]*|[!!]|[!]|[^]a]*|[z-a]|[[:alpha:]]b|[a|[a-|[a\\]|[a\\-c]|[\\a-c]*|
{}|{a}|{,}|{,,}|{a,}|{a|x{a b|{a b}|{a,{b}|{a}}|a{}b|{}a|{}{a,b}|{[,],a}|[{a,b}]|{a,b\\}|{a\\,b}|{\\{,a}|\\{a,b}|{1..3}|{*,a}|{~,a}|~{,root}|
"a b|b "a|'a' 'b|a"b c"d|a'b'|"a"b|""|"" ""|"*"|"{a,b}"|"\\*"|'\\*'|"a\\"b"|\\'a|'|"|x"|d/'*'|[\\"a"]*|
d//a|./a|./*|d/*/|d/*//|d/*/f|d/**|**|/e[t]c|//e[t]c//passw?|*/|bro*/|a/b|d/../a|d/s//|nosuch/|nosuch{a,b}*|
\\|\\\\|a\\|\\n|\\ a|a \\ |$HOME|-|~t*|~root"/"x|d/?é|[é]|é`
        .replaceAll('\n', '')
        .split('|')
        .map(pattern => Buffer.from(pattern).toString('latin1'))
    const expected = perlGlob(patterns)
    expect(patterns.map(pattern => [pattern, comparable(glob(pattern))])).toEqual(
      patterns.map((pattern, index) => [pattern, expected[index]])
    )
  })

  test('any pattern', context => {
    perl.need(context)
    const piece = fc.constantFrom(...'aabBd{},[]!-*?\\ \'"~./^'.split(''), 'd/', '{a,', '[a-', '*')
    const patterns = fc
      .sample(fc.array(piece, { maxLength: 9 }), { numRuns: 3000, seed: 4 })
      .map(pieces => pieces.join(''))
    const expected = perlGlob(patterns)
    const different = patterns
      .map((pattern, index) => ({ pattern, ours: comparable(glob(pattern)), perl: expected[index] }))
      .filter(({ ours, perl: theirs }) => JSON.stringify(ours) !== JSON.stringify(theirs))
    expect(different).toEqual([])
  })
})
