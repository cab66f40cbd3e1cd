import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { generateCase } from '../../parity/generator/generate.ts'
import { byAdvance, byTicking, run } from './both-ways.ts'
import { timerLines, timerRules } from './timer-rules.ts'

const SEED = 11
const CASES = 60
const MOST_SKIPPED = 0.1

/** Seconds at which the clock is put on or back by an hour. */
const ZONES = [
  ['Europe/Berlin', 1711846800],
  ['Europe/Berlin', 1729990800],
  ['America/New_York', 1710054000],
  ['America/New_York', 1730613600]
] as const

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

  test.for(ZONES)('in rules whose timers set each other, before %s', ([timeZone, start]) => {
    const cleanTime = fc.constantFrom(0, 1, 1, 2, 7, 61)
    fc.assert(
      fc.property(timerRules, timerLines, cleanTime, fc.nat(600), (text, lines, clean, before) => {
        let second = start - before
        const stamped = lines.map(({ gap, text: line }) => `@${(second += gap)} ${line}`)
        const parityCase = {
          files: [{ name: 'timers.sec', text }],
          timeline: `${[...stamped, `@${second + 500}`].join('\n')}\n`,
          options: { timeZone }
        }
        expect(run(parityCase, clean, byAdvance)).toEqual(run(parityCase, clean, byTicking))
      }),
      { numRuns: 100 }
    )
  })
})
