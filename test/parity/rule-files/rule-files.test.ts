import { expect, test } from 'vitest'
import { requireSec } from '../../helpers/requirements.ts'
import { compareRuleFiles } from './compare.ts'
import { randomRuleFile } from './generate.ts'
import { Random } from './random.ts'

const sec = requireSec()

// `node scripts/run-ts.mjs test/parity/rule-files/main.ts COUNT SEED` compares any number. SEC 2.9.1 does not know `trim`.
test('200 random rule files are loaded, refused and reported as by SEC', context => {
  const random = new Random(20)
  const texts = Array.from({ length: 400 }, () => randomRuleFile(random))
    .filter(text => sec.version === '2.9.4' || !/trim/i.test(text))
    .slice(0, 200)
  const { differences, skipped, faultless } = compareRuleFiles(sec.need(context), texts)
  expect(differences).toEqual([])
  expect(skipped).toBeLessThan(10)
  expect(faultless).toBeGreaterThan(40)
})
