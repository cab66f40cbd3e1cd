import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, type TestContext } from 'vitest'
import { requireCurrentSec, requireShared } from '../../helpers/requirements.ts'
import { scratchFolder } from '../../helpers/scratch.ts'
import type { ParityCase, ParityOutput } from '../case.ts'
import { replayByCommand } from '../by-command.ts'
import { replayInProcess } from '../ours.ts'
import { SecRunner } from '../sec/run.ts'
import { type ManualExample, manualExamples, together } from './examples.ts'
import {
  manualCase,
  PERL_TIMELINES,
  RESTORED_TIMELINE,
  SAVED_TIMELINE,
  TIMELINES,
  writePrograms
} from './surroundings.ts'

const sec = requireCurrentSec()
const manual = requireShared("SEC's manual", 'oracle/sec-2.9.4/sec.man')
const examples =
  sec.available && manual.path !== undefined ? manualExamples(readFileSync(manual.path, 'latin1')) : []
const programs = mkdtempSync(join(tmpdir(), 'correlog-manual-'))
let runner: SecRunner | undefined

beforeAll(() => writePrograms(programs))
afterAll(async () => {
  await runner?.stop()
  rmSync(programs, { recursive: true })
})

test("SEC's manual is there, with its examples", context => {
  sec.need(context)
  manual.need(context)
  expect(examples.length).toBeGreaterThan(60)
})

const inScope = examples.flatMap((example, number) =>
  example.outOfScope === undefined ? [{ example, number }] : []
)
const withPerl = inScope.filter(({ example }) => example.usesPerl)

/** Written by Storable, whose format is each one's own. */
const STORED = 'SEC_CONTEXTS'

function shown({ stdout, files }: ParityOutput): ParityOutput {
  return { stdout, files: STORED in files ? { ...files, [STORED]: 'stored' } : files }
}

async function answerOfSec(parityCase: ParityCase, context: TestContext): Promise<ParityOutput> {
  runner ??= new SecRunner(sec.need(context))
  return shown(await runner.run(parityCase, 1))
}

test.for(inScope)('example $number of the manual', async ({ example }, context) => {
  for (const timeline of Object.values(TIMELINES)) {
    const parityCase = manualCase(example, timeline, programs)
    const theirs = await answerOfSec(parityCase, context)
    expect(shown(await replayInProcess(parityCase))).toEqual(theirs)
  }
})

/** Some are told to work together: by variables, by an entry of the cache. */
const joint = [
  { number: 'parts', examples: withPerl.filter(({ example }) => example.isPart) },
  {
    number: 'IPTABLES',
    examples: withPerl.filter(({ example }) => /pattern=IPTABLES|varmap=IPTABLES/.test(example.text))
  }
].map(({ number, examples: parts }) => ({ number, example: together(parts.map(({ example }) => example)) }))

test.for([...withPerl, ...joint])(
  'Perl in example $number of the manual, on both Perls',
  async ({ example }, context) => {
    for (const timeline of Object.values(PERL_TIMELINES)) {
      const parityCase = manualCase(example, timeline, programs)
      const theirs = await answerOfSec(parityCase, context)
      expect(shown(await replayInProcess(parityCase))).toEqual(theirs)
      // What code prints in the machine's Perl is standard output of the command alone.
      const prints = parityCase.files.some(({ text }) => /\bprint\b/.test(text))
      const system = prints
        ? replayByCommand(parityCase, 'system')
        : await replayInProcess(parityCase, 'system')
      expect(shown(system)).toEqual(theirs)
    }
  }
)

test("contexts are saved at one end and there at the next start, by the manual's example", async context => {
  sec.need(context)
  manual.need(context)
  const example = withPerl.find(({ example: { text } }) => text.includes('context_list'))
    ?.example as ManualExample
  const folder = scratchFolder(context)
  const lives = async (
    name: string,
    run: (parityCase: ParityCase) => Promise<ParityOutput>
  ): Promise<string[]> => {
    const outputs: string[] = []
    for (const timeline of [SAVED_TIMELINE, RESTORED_TIMELINE]) {
      const { files, ...rest } = manualCase(example, timeline, programs)
      const kept = files.map(file => ({ ...file, text: file.text.replaceAll(STORED, `${folder}/${name}`) }))
      outputs.push((await run({ ...rest, files: kept })).stdout)
    }
    return outputs
  }
  const theirs = await lives('theirs', parityCase => answerOfSec(parityCase, context))
  expect(theirs[1]).toMatch(/^a\nb\n/m)
  expect(theirs[1]).toMatch(/^expired make up$/m)
  expect(await lives('wasm', parityCase => replayInProcess(parityCase))).toEqual(theirs)
  expect(await lives('system', parityCase => replayInProcess(parityCase, 'system'))).toEqual(theirs)
})

test("the manual's Perl examples are all there", context => {
  manual.need(context)
  expect(withPerl.length).toBeGreaterThan(25)
})
