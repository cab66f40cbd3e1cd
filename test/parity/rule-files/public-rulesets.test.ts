import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { requireRuleSets, requireSec } from '../../helpers/requirements.ts'
import { compareRuleFiles } from './compare.ts'
import { type FileVerdict, ourVerdict, publicRulesets } from './public-rulesets.ts'

const recorded = JSON.parse(
  readFileSync(join(import.meta.dirname, 'public-rulesets.json'), 'utf8')
) as Record<string, FileVerdict>
const rulesets = publicRulesets()
const sec = requireSec()

const ruleSets = requireRuleSets()

describe('a public rule file', () => {
  test.for(Object.keys(recorded))('has the verdict that SEC gave it: %s', (name, context) => {
    ruleSets.need(context)
    const { notYet, ...verdict } = ourVerdict(rulesets.get(name) ?? '')
    expect(verdict).toEqual(recorded[name])
    expect(notYet.filter(line => verdict.refused.includes(line))).toEqual([])
  })

  test('is reported on in words of SEC', context => {
    ruleSets.need(context)
    const { differences, skipped } = compareRuleFiles(sec.need(context), [...rulesets.values()])
    expect(differences).toEqual([])
    expect(skipped).toBe(0)
  })
})
