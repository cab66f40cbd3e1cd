import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { correlogCommand } from './helpers/correlog-command.ts'

function demo(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  correlogCommand()
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(import.meta.dirname, '../scripts/demo.mjs'), ...args],
    { encoding: 'utf8', env: { ...process.env, NO_COLOR: '1' }, timeout: 20_000 }
  )
  return { status, stdout, stderr }
}

test('the demonstration raises its eleven alerts and ends by itself', () => {
  const { status, stdout, stderr } = demo()
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  expect(stdout.match(/^\d\d:\d\d:\d\d {2}.*$/gm)).toHaveLength(11)
})

test('with --json its output is the alerts alone, with the same uids each time', () => {
  const { status, stdout } = demo('--json')
  expect(status).toBe(0)
  const alerts = stdout
    .split('\n')
    .slice(0, -1)
    .map(line => JSON.parse(line) as { attributes: Record<string, string> })
  expect(new Set(alerts.map(({ attributes }) => attributes['log.record.uid'])).size).toBe(11)
  expect(demo('--json').stdout).toBe(stdout)
})
