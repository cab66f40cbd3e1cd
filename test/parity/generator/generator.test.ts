import { afterAll, describe, expect, test } from 'vitest'
import { requireCurrentSec } from '../../helpers/requirements.ts'
import type { ParityCase } from '../case.ts'
import { compareCase } from './compare.ts'
import { ACTIONS, FIELDS, featuresOf, OPERATORS, PATTERN_TYPES, RULE_TYPES } from './coverage.ts'
import { generateCase } from './generate.ts'
import { SecAnswers } from './sec-answers.ts'
import { shrink } from './shrink.ts'

/** `npm run parity:diff -- --seed 3 --from N --cases 1` does one of them alone, and makes it small. */
const SEED = 3
const CASES = 200
/** Of `--perl`. */
const PERL_CASES = 60
const CASES_A_TEST = 20
const MOST_SKIPPED = 0.1

const sec = requireCurrentSec()
let answers: SecAnswers | undefined
let skipped = 0
afterAll(() => answers?.stop())

/** The first case that differs. */
async function difference(from: number, perl: boolean, secPath: string): Promise<unknown> {
  answers ??= new SecAnswers(secPath)
  for (let number = from; number < from + CASES_A_TEST; number++) {
    const verdict = await compareCase(answers, generateCase(SEED, number, { perl }))
    if (verdict.kind === 'skipped') skipped++
    if (verdict.kind === 'different') return { number, ...verdict }
  }
  return undefined
}

describe('random rule files and timelines', () => {
  const starts = Array.from({ length: CASES / CASES_A_TEST }, (_, test) => test * CASES_A_TEST)

  test.for(starts)(
    `cases from %i of seed ${SEED} do what SEC does`,
    { timeout: 120_000 },
    async (from, context) => {
      expect(await difference(from, false, sec.need(context))).toBeUndefined()
    }
  )

  test.for(starts.slice(0, PERL_CASES / CASES_A_TEST))(
    `cases from %i of seed ${SEED} do what SEC does with Perl code in their rules`,
    { timeout: 120_000 },
    async (from, context) => {
      expect(await difference(from, true, sec.need(context))).toBeUndefined()
    }
  )

  test("most of them are compared: SEC's own order is rarely undefined", context => {
    sec.need(context)
    expect(skipped).toBeLessThanOrEqual((CASES + PERL_CASES) * MOST_SKIPPED)
  })
})

test('all that rules are made of stands in random cases', () => {
  const features = new Set(
    Array.from({ length: 300 }, (_, number) => [...featuresOf(generateCase(SEED, number))]).flat()
  )
  const wanted = Object.entries({
    'rule type': RULE_TYPES,
    field: FIELDS,
    operator: OPERATORS,
    action: ACTIONS,
    'pattern type': PATTERN_TYPES
  }).flatMap(([kind, names]) => names.map(name => `${kind} ${name}`))
  expect(wanted.filter(name => !features.has(name))).toEqual([])
})

test('the same seed and number make the same case', () => {
  expect(generateCase(5, 17)).toEqual(generateCase(5, 17))
  expect(generateCase(5, 17)).not.toEqual(generateCase(5, 18))
  expect(generateCase(5, 17)).not.toEqual(generateCase(6, 17))
})

test('shrinking leaves only what makes a case fail', async () => {
  const smallest = await shrink(generateCase(3, 3), smaller => Promise.resolve(mentionsWrite(smaller)))
  const rules = smallest.files.map(({ text }) => text).join('')
  expect(smallest.timeline.trim().split('\n')).toHaveLength(1)
  expect(rules.trim().split('\n')).toHaveLength(1)
  expect(rules).toMatch(/write - \d/)
})

function mentionsWrite({ files }: ParityCase): boolean {
  return files.some(({ text }) => /write - \d/.test(text))
}
