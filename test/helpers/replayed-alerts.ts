import { spawnSync } from 'node:child_process'
import { expect } from 'vitest'
import { correlogCommand } from './correlog-command.ts'

/** The alerts, as JSON, that `correlog replay` raises of a timeline. */
export function replayedAlerts(timeline: string, rules: string): string[] {
  const { stdout, status, stderr } = spawnSync(
    process.execPath,
    [correlogCommand(), 'replay', timeline, '--conf', rules],
    { encoding: 'latin1', env: { ...process.env, TZ: 'UTC' } }
  )
  expect({ status, stderr }).toMatchObject({ status: 0 })
  return stdout.split('\n').filter(line => line.startsWith('{'))
}
