import { describe, expect, test } from 'vitest'
import { createStageLog } from '../../../adapters/log/stage-log.ts'
import type { LogLevel } from '../../../plugin/host.ts'

const é = 'é'
const bytes = Buffer.from(é, 'utf8').toString('latin1')

interface Said {
  readonly lines: () => string
  readonly log: (level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>) => void
}

function said(level: LogLevel, isText: boolean): Said {
  let written = ''
  const stageLog = createStageLog({ level, isText, write: lines => (written += lines) })
  return {
    lines: () => Buffer.from(written, 'latin1').toString('utf8'),
    log: (messageLevel, message, fields) => stageLog.log(messageLevel, message, fields)
  }
}

describe('messages as JSON', () => {
  test('are one a line, with their fields, and UTF-8', () => {
    const { lines, log } = said(4, false)
    log(4, `a message ${bytes}`, { name: bytes, names: [bytes], counts: { [bytes]: 1 } })
    expect(lines()).toMatch(/^[^\n]+\n$/)
    expect(JSON.parse(lines())).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as unknown,
      message: `a message ${é}`,
      name: é,
      names: [é],
      counts: { [é]: 1 }
    })
  })

  test('have four levels', () => {
    const { lines, log } = said(6, false)
    for (const level of [1, 2, 3, 4, 5, 6] as const) log(level, String(level))
    const levels = lines()
      .trimEnd()
      .split('\n')
      .map(line => (JSON.parse(line) as { readonly level: string }).level)
    expect(levels).toEqual(['error', 'error', 'warn', 'info', 'debug', 'debug'])
  })
})

test.each([false, true])('messages above the level are not written (text: %s)', isText => {
  const { lines, log } = said(3, isText)
  log(4, 'too much')
  expect(lines()).toBe('')
  log(3, 'enough')
  expect(lines()).toContain('enough')
})

test('lines to read hold the same', () => {
  const { lines, log } = said(4, true)
  log(3, `a message ${bytes}`, { name: bytes, count: 1 })
  expect(lines()).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z WARN {2}a message é name="é" count=1\n$/)
})
