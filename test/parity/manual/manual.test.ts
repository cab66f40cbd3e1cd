import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { requireCurrentSec, requireShared } from '../../helpers/requirements.ts'
import { replayInProcess } from '../ours.ts'
import { SecRunner } from '../sec/run.ts'
import { manualExamples } from './examples.ts'
import { manualCase, TIMELINES, writePrograms } from './surroundings.ts'

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

test.for(inScope)('example $number of the manual', async ({ example }, context) => {
  for (const timeline of Object.keys(TIMELINES)) {
    const parityCase = manualCase(example, timeline, programs)
    runner ??= new SecRunner(sec.need(context))
    const theirs = await runner.run(parityCase, 1)
    const ours = await replayInProcess(parityCase)
    expect({ stdout: ours.stdout, files: ours.files }).toEqual({ stdout: theirs.stdout, files: theirs.files })
  }
})
