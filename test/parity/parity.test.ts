import { describe, expect, test } from 'vitest'
import { requirePerl } from '../helpers/requirements.ts'
import { replayByCommand } from './by-command.ts'
import { replayInProcess } from './ours.ts'
import { loadRecordedCases } from './recorded.ts'

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
      // A program takes its time zone from the environment that it is started with.
      const needsCommand = recorded.options.runPrograms || recorded.options.timeZone !== undefined
      const { stdout, files } = needsCommand
        ? replayByCommand(recorded, 'system')
        : await replayInProcess(recorded, 'system')
      expect({ stdout, files }).toEqual(recorded.expected)
    })
  }
})
