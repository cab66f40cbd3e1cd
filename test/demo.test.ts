import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { correlogCommand } from './helpers/correlog-command.ts'

test('the demonstration raises its four alerts and ends by itself', () => {
  correlogCommand()
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(import.meta.dirname, '../scripts/demo.mjs')],
    {
      encoding: 'utf8',
      env: { ...process.env, NO_COLOR: '1' },
      timeout: 20_000
    }
  )
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  expect(stdout.match(/^ {2}ALERT .*$/gm)).toHaveLength(4)
})
