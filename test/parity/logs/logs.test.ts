import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { requireCurrentSec, requireShared } from '../../helpers/requirements.ts'
import { replayInProcess } from '../ours.ts'
import { SecRunner } from '../sec/run.ts'
import { logTimelines, STAMPS } from './timelines.ts'

/** Longer than all windows and lifetimes in the rules. */
const SILENCE_SECONDS = 700

const sec = requireCurrentSec()
let runner: SecRunner | undefined
afterAll(() => runner?.stop())

const logs = [
  { log: 'Apache', rules: ['apache.sec'] },
  { log: 'Linux', rules: ['linux.sec'] },
  { log: 'Thunderbird', rules: ['thunderbird.sec', 'thunderbird-cluster.sec'] }
] as const

test.for(logs)(
  'rules over a real log, $log, in its own time',
  { timeout: 180_000 },
  async ({ log, rules }, context) => {
    runner ??= new SecRunner(sec.need(context))
    const path = requireShared(`the log ${log}`, `logs/${log}_2k.log`).need(context)
    const files = rules.map(name => ({ name, text: readFileSync(join(import.meta.dirname, name), 'latin1') }))
    let written = 0
    for (const timeline of logTimelines(readFileSync(path, 'latin1'), STAMPS[log], SILENCE_SECONDS)) {
      const parityCase = { files, timeline, options: {} }
      const theirs = await runner.run(parityCase, 1)
      const ours = await replayInProcess(parityCase)
      expect(theirs.log).not.toMatch(/Rule in/)
      expect(ours.stdout).toBe(theirs.stdout)
      written += theirs.stdout.split('\n').length - 1
    }
    expect(written).toBeGreaterThan(20)
  }
)
