import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { correlogCommand } from '../helpers/correlog-command.ts'

const RULES = `type=Single
ptype=RegExp
pattern=^error (\\S+)
desc=error $1
action=write - before; alert critical $1 is down; write - after
`

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'correlog-alerts-'))
  writeFileSync(join(folder, 'rules.sec'), RULES)
  writeFileSync(join(folder, 'timeline'), '@100 error caf\u00e9\n')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test.each([
  ['correlog replay', ['replay', 'timeline', '--conf', 'rules.sec']],
  ['correlog sec', ['sec', '--conf=rules.sec', '--input=-', '--notail', '--log=log']]
])('%s writes alerts to standard output, each a line of JSON in its place', (_name, options) => {
  const { status, stdout } = spawnSync(process.execPath, [correlogCommand(), ...options], {
    cwd: folder,
    encoding: 'utf8',
    input: 'error caf\u00e9\n'
  })
  expect(status).toBe(0)
  const [before, alert = '', after, end] = stdout.split('\n')
  expect([before, after, end]).toEqual(['before', 'after', ''])
  expect(JSON.parse(alert)).toMatchObject({
    event_name: 'correlog.alert',
    severity_text: 'CRITICAL',
    body: 'caf\u00e9 is down',
    attributes: { 'correlog.application': 'correlog', 'correlog.task': '', 'correlog.cause': 'line/1' }
  })
})
