import { isDeepStrictEqual } from 'node:util'
import type { PerlHost } from '../../../../plugin/perl/host.ts'
import { ASK_PERL, quickFunction } from '../../../../plugin/perl/quick/quick-function.ts'
import { Random } from '../../../parity/rule-files/random.ts'
import { randomCondition, randomFunction, randomLine } from './random-functions.ts'

/** What a comparison has found. */
export interface Compared {
  /** Functions that were run without Perl, of all that Perl takes. */
  quick: number
  functions: number
  /** Calls that were answered, of all of quick functions. */
  answered: number
  calls: number
  /** Calls that matched something. */
  matched: number
  readonly differences: string[]
}

const LINES = 8
const VALUES = ['', '0', '12', '7', 'a', 'ab\n', '0.0', '\xe9']

/** Runs functions with their lines, with and without Perl. */
export function compare(perl: PerlHost, seeds: readonly number[]): Compared {
  const found: Compared = { quick: 0, functions: 0, answered: 0, calls: 0, matched: 0, differences: [] }
  for (const seed of seeds) {
    const random = new Random(seed)
    if (seed % 4 === 0) compareCondition(perl, random, found)
    else compareFunction(perl, random, found)
  }
  return found
}

function compareFunction(perl: PerlHost, random: Random, found: Compared): void {
  const text = randomFunction(random)
  const lines = Array.from({ length: LINES }, () => randomLine(random))
  const code = perl.compile(text, 0)
  if (!code.ok) return
  found.functions++
  const quick = quickFunction(text)
  if (quick === undefined) return
  found.quick++
  for (const line of lines) {
    const given = [line, 'log']
    const note = (kind: string, ours: unknown, theirs: unknown): void => {
      found.calls++
      if (ours === ASK_PERL) return
      found.answered++
      if (ours !== undefined && ours !== false) found.matched++
      if (isDeepStrictEqual(ours, theirs)) return
      found.differences.push(
        `${kind} ${JSON.stringify(line)}: ${JSON.stringify(ours)}, Perl ${JSON.stringify(theirs)}\n${text}`
      )
    }
    const match = perl.match(code.value, { arguments: given }, false)
    note('match', quick.match(given), match.ok ? match.value?.variables : match)
    const test = perl.test(code.value, { arguments: given })
    note('test', quick.test(given), test.ok ? test.value : test)
  }
}

function compareCondition(perl: PerlHost, random: Random, found: Compared): void {
  const text = randomCondition(random)
  const code = perl.compile(text, 0)
  if (!code.ok) return
  found.functions++
  const quick = quickFunction(text)
  if (quick === undefined) return
  found.quick++
  for (let count = 0; count < LINES; count++) {
    const names = ['a', 'B', 'k1', 'y'].filter(() => random.below(2) === 0)
    const variables = Object.fromEntries(
      names.map(name => [name, random.chance(0.15) ? undefined : random.pick(VALUES)])
    )
    let changed: unknown
    const onHash = (_index: number, hash: { readonly hash: number; readonly changed: unknown }): void => {
      changed = hash.changed
      perl.release([hash.hash])
    }
    const test = perl.test(code.value, { arguments: [{ variables }], onHash })
    const ours = quick.test([variables])
    found.calls++
    if (ours === ASK_PERL) continue
    found.answered++
    if (ours) found.matched++
    const theirs = test.ok ? test.value : test
    if (ours === theirs && changed === undefined) continue
    found.differences.push(`${JSON.stringify(variables)}: ${ours}, Perl ${JSON.stringify(theirs)}\n${text}`)
  }
}
