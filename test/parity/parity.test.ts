import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { correlogCommand } from '../helpers/correlog-command.ts'
import { requirePerl } from '../helpers/requirements.ts'
import type { ParityCase, ParityOutput } from './case.ts'
import { replayInProcess } from './ours.ts'
import { loadRecordedCases } from './recorded.ts'
import { layOut, writtenFiles } from './sec/run.ts'

const perl = requirePerl()

describe('recorded from SEC', () => {
  test.each(loadRecordedCases())('$name', async recorded => {
    const { stdout, files } = recorded.options.runPrograms
      ? replayByCommand(recorded)
      : await replayInProcess(recorded)
    expect({ stdout, files }).toEqual(recorded.expected)
  })
})

describe("recorded from SEC, with the machine's Perl", () => {
  for (const recorded of loadRecordedCases().filter(({ name }) => /^(?:refused-)?perl/.test(name))) {
    test(`${recorded.name}`, async context => {
      perl.need(context)
      const { stdout, files } = await replayInProcess(recorded, 'system')
      expect({ stdout, files }).toEqual(recorded.expected)
    })
  }
})

/** Programs share standard output with the command, so these cases run it. */
function replayByCommand(recorded: ParityCase): ParityOutput {
  const { files, options } = recorded
  const directory = mkdtempSync(join(tmpdir(), 'correlog-replay-'))
  try {
    layOut(recorded, directory)
    const { stdout } = spawnSync(
      process.execPath,
      [
        correlogCommand(),
        'replay',
        'timeline',
        '--run-programs',
        ...(options.intcontexts === true ? ['--intcontexts'] : []),
        '--conf',
        ...files.map(file => file.name)
      ],
      { cwd: directory, encoding: 'latin1', env: { ...process.env, TZ: options.timeZone ?? 'UTC' } }
    )
    return { stdout, files: writtenFiles(recorded, directory) }
  } finally {
    rmSync(directory, { recursive: true })
  }
}
