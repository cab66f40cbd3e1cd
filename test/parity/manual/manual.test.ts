import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { requireSec } from '../../helpers/requirements.ts'
import { replayInProcess } from '../ours.ts'
import { findSec, sharedDirectory } from '../sec/find.ts'
import { SecRunner } from '../sec/run.ts'
import { manualExamples } from './examples.ts'
import { manualCase, TIMELINES, writePrograms } from './surroundings.ts'

const page = join(sharedDirectory, 'oracle/sec-2.9.4/sec.man')
const found = findSec()
const sec = 'path' in found ? found.path : ''
const examples = sec !== '' && existsSync(page) ? manualExamples(readFileSync(page, 'latin1')) : []
const programs = mkdtempSync(join(tmpdir(), 'correlog-manual-'))
let runner: SecRunner | undefined

beforeAll(() => writePrograms(programs))
afterAll(async () => {
  await runner?.stop()
  rmSync(programs, { recursive: true })
})

test("SEC's manual is there, with its examples", context => {
  requireSec().need(context)
  if (process.env['CI'] !== 'true') context.skip(!existsSync(page), `SEC's manual is missing (${page})`)
  expect(examples.length).toBeGreaterThan(60)
})

const inScope = examples.flatMap((example, number) =>
  example.outOfScope === undefined ? [{ example, number }] : []
)

test.each(inScope)('example $number of the manual', async ({ example }) => {
  for (const timeline of Object.keys(TIMELINES)) {
    const parityCase = manualCase(example, timeline, programs)
    runner ??= new SecRunner(sec)
    const theirs = await runner.run(parityCase, 1)
    const ours = await replayInProcess(parityCase)
    expect({ stdout: ours.stdout, files: ours.files }).toEqual({ stdout: theirs.stdout, files: theirs.files })
  }
})
