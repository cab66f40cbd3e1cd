import { describe, expect, test } from 'vitest'
import { generateCase } from '../../parity/generator/generate.ts'
import { byAdvance, byTicking, run } from './both-ways.ts'

const SEED = 11
const CASES = 60
const MOST_SKIPPED = 0.1

describe('advance does what a pass in every second does', () => {
  test.for([0, 1, 3, 7, 61])('in random cases with long silences, cleantime %i', cleanTime => {
    let skipped = 0
    for (let number = 0; number < CASES; number++) {
      const parityCase = generateCase(SEED, number)
      const expected = run(parityCase, cleanTime, byTicking)
      if (expected === undefined) skipped++
      else expect({ number, ...run(parityCase, cleanTime, byAdvance) }).toEqual({ number, ...expected })
    }
    expect(skipped).toBeLessThanOrEqual(CASES * MOST_SKIPPED)
  })
})
