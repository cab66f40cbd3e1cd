import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { correlogCommand } from '../../helpers/correlog-command.ts'
import { requireCurrentSec, requirePerl, requireRuleSets } from '../../helpers/requirements.ts'
import { scratchFolder } from '../../helpers/scratch.ts'
import { writePrograms } from '../manual/surroundings.ts'
import { replayInProcess } from '../ours.ts'
import { layOut, SecRunner } from '../sec/run.ts'
import { HAS_PERL, PERL_RULE_SETS, perlRuleSetCase } from './public-perl.ts'
import { publicRulesets } from './public-rulesets.ts'

const sec = requireCurrentSec()
const perl = requirePerl()
const ruleSets = requireRuleSets()
const texts = publicRulesets()
const programs = mkdtempSync(join(tmpdir(), 'correlog-rulesets-'))
let runner: SecRunner | undefined

beforeAll(() => writePrograms(programs))
afterAll(async () => {
  await runner?.stop()
  rmSync(programs, { recursive: true })
})

test('every public rule file with Perl code is looked at', context => {
  ruleSets.need(context)
  const withPerl = [...texts].filter(([, text]) => HAS_PERL.test(text)).map(([name]) => name)
  expect(withPerl).toEqual(PERL_RULE_SETS.flatMap(({ names }) => names).sort())
})

test.for(PERL_RULE_SETS)(
  'Perl code of $names gives what it gives in SEC, on both Perls',
  async (ruleSet, context) => {
    ruleSets.need(context)
    const parityCase = perlRuleSetCase(ruleSet, texts, programs)
    runner ??= new SecRunner(sec.need(context))
    const { stdout, files } = await runner.run(parityCase, 1)
    expect(stdout.length + Object.keys(files).length).toBeGreaterThan(0)
    for (const runtime of ['wasm', 'system'] as const) {
      const ours = await replayInProcess(parityCase, runtime)
      expect({ stdout: ours.stdout, files: ours.files }).toEqual({ stdout, files })
    }
  }
)

const loading = PERL_RULE_SETS.filter(({ modules }) => modules.some(({ name }) => name.endsWith('.pm')))

test.for(loading)(
  '$names end the program with 1, as in SEC, where their module is missing',
  async (ruleSet, context) => {
    ruleSets.need(context)
    const parityCase = { ...perlRuleSetCase(ruleSet, texts, programs), modules: [] }
    runner ??= new SecRunner(sec.need(context))
    await expect(runner.run(parityCase, 1)).rejects.toThrow(/^SEC ended with 1: /)
    perl.need(context)
    const folder = scratchFolder(context)
    layOut(parityCase, folder)
    for (const runtime of ['wasm', 'system']) {
      const options = [
        `--perl=${runtime}`,
        '--conf=*.sec',
        '--input=timeline',
        '--notail',
        '--intevents',
        '--log=log'
      ]
      const { status } = spawnSync(process.execPath, [correlogCommand(), 'sec', ...options], { cwd: folder })
      expect([runtime, status]).toEqual([runtime, 1])
    }
  }
)
