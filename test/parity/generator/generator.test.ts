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
const CASES_A_TEST = 20
const MOST_SKIPPED = 0.1

const sec = requireCurrentSec()
let answers: SecAnswers | undefined
let skipped = 0
afterAll(() => answers?.stop())

describe('random rule files and timelines', () => {
  const starts = Array.from({ length: CASES / CASES_A_TEST }, (_, test) => test * CASES_A_TEST)

  test.for(starts)(
    `cases from %i of seed ${SEED} do what SEC does`,
    { timeout: 120_000 },
    async (from, context) => {
      answers ??= new SecAnswers(sec.need(context))
      for (let number = from; number < from + CASES_A_TEST; number++) {
        const verdict = await compareCase(answers, generateCase(SEED, number))
        if (verdict.kind === 'skipped') skipped++
        const { ours, sec } = verdict.kind === 'different' ? verdict : { ours: '', sec: '' }
        expect({ number, output: ours }).toEqual({ number, output: sec })
      }
    }
  )

  test("most of them are compared: SEC's own order is rarely undefined", context => {
    sec.need(context)
    expect(skipped).toBeLessThanOrEqual(CASES * MOST_SKIPPED)
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
