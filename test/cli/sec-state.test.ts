import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { correlogCommand } from '../helpers/correlog-command.ts'
import { RunningCommand } from '../helpers/running-command.ts'

const RULES = `
type=SingleWithThreshold
ptype=RegExp
pattern=login failed for (\\S+)
continue=TakeNext
desc=failures of $1
action=write alerts three failures of $1; write alerts known since %since
window=3600
thresh=3

type=Single
ptype=RegExp
pattern=login failed for (\\S+)
continue=TakeNext
desc=store
action=add FAILED $1; getsize %n FAILED; write alerts failure %n

type=Single
ptype=SubStr
pattern=SEC_STARTUP
context=SEC_INTERNAL_EVENT
desc=start
action=assign %since the start; write alerts started
`

let folder: string
let running: RunningCommand[]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'correlog-state-'))
  running = []
  writeFileSync(join(folder, 'test.sec'), RULES)
  writeFileSync(join(folder, 'log'), '')
})

afterEach(async () => {
  for (const run of running) await run.kill()
  rmSync(folder, { recursive: true, force: true })
})

function start(...more: string[]): RunningCommand {
  const options = [
    '--conf=test.sec',
    '--input=log',
    '--log=sec.log',
    '--debug=6',
    '--intevents',
    '--state=kept'
  ]
  const run = new RunningCommand([process.execPath, correlogCommand(), 'sec', ...options, ...more], {
    folder
  })
  running.push(run)
  return run
}

function fail(...users: string[]): void {
  appendFileSync(join(folder, 'log'), users.map(user => `login failed for ${user}\n`).join(''))
}

async function written(run: RunningCommand, text: string): Promise<void> {
  await run.until(() => run.file('alerts').length >= text.length, `alerts: ${text}`)
  expect(run.file('alerts')).toBe(text)
}

test('goes on after an orderly end, with what was written meanwhile, and announces neither end nor start', async () => {
  const first = start()
  await first.logged(/^Opening input file log/)
  fail('ann', 'bob', 'ann')
  await written(first, 'started\nfailure 1\nfailure 2\nfailure 3\n')
  first.signal('SIGTERM')
  expect(await first.ended()).toBe(0)
  fail('ann')
  const second = start()
  await written(
    second,
    'started\nfailure 1\nfailure 2\nfailure 3\nthree failures of ann\nknown since the start\nfailure 4\n'
  )
  expect(second.log).toContain('Going on with 1 contexts and 2 operations')
  expect(second.log).toContain('Going on with input file log at byte 63')
})

test('after a kill a line counts once, and the lines after the last checkpoint are read again', async () => {
  const first = start()
  await first.logged(/^Opening input file log/)
  fail('ann', 'bob')
  await written(first, 'started\nfailure 1\nfailure 2\n')
  // Longer than the interval between two checkpoints.
  await sleep(600)
  await first.kill()
  fail('ann', 'ann')
  const second = start()
  await written(
    second,
    'started\nfailure 1\nfailure 2\nfailure 3\nthree failures of ann\nknown since the start\nfailure 4\n'
  )
  expect(second.log).toContain('Going on with 1 contexts and 2 operations')
})

test('finds its place in a file that was rotated while it was away', async () => {
  const first = start()
  await first.logged(/^Opening input file log/)
  fail('ann')
  await written(first, 'started\nfailure 1\n')
  first.signal('SIGTERM')
  await first.ended()
  fail('ann')
  renameSync(join(folder, 'log'), join(folder, 'log.1'))
  fail('bob', 'ann')
  const second = start()
  await second.until(() => second.file('alerts').includes('failure 4'), 'the fourth failure')
  expect(second.file('alerts')).toContain('three failures of ann')
})

test('drops the operations of a rule that has changed, and says so', async () => {
  const first = start()
  await first.logged(/^Opening input file log/)
  fail('ann', 'ann')
  await written(first, 'started\nfailure 1\nfailure 2\n')
  first.signal('SIGTERM')
  await first.ended()
  writeFileSync(join(folder, 'test.sec'), RULES.replace('window=3600', 'window=1800'))
  fail('ann')
  const second = start()
  await written(second, 'started\nfailure 1\nfailure 2\nfailure 3\n')
  expect(second.log).toContain(
    'SingleWithThreshold rule that was in test.sec at line 2 has changed or is gone: dropped 1 of its operations'
  )
})

test('on HUP all is dropped, as ever, for the next start too', async () => {
  const first = start()
  await first.logged(/^Opening input file log/)
  fail('ann', 'ann')
  await written(first, 'started\nfailure 1\nfailure 2\n')
  first.signal('SIGHUP')
  await first.logged(/^SIGHUP received/)
  fail('ann')
  await written(first, 'started\nfailure 1\nfailure 2\nfailure 1\n')
  first.signal('SIGTERM')
  await first.ended()
  fail('ann')
  const second = start()
  await written(second, 'started\nfailure 1\nfailure 2\nfailure 1\nfailure 2\n')
  expect(second.log).toContain('Going on with 1 contexts and 1 operations')
})

test('a folder that another process uses is an error that names it', async () => {
  const first = start()
  await first.logged(/^Opening input file log/)
  const second = start('--log=second.log')
  expect(await second.ended()).toBe(1)
  expect(second.file('second.log')).toMatch(
    /kept is in use by process \d+; expected a folder of state for each stage, exiting!\n$/
  )
})
