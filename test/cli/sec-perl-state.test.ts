import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { correlogCommand } from '../helpers/correlog-command.ts'
import { RunningCommand } from '../helpers/running-command.ts'
import { scratchFolder } from '../helpers/scratch.ts'

const RULES = `
type=Single
ptype=PerlFunc
pattern=do { my $n = 0; sub { return $_[0] =~ /^line (\\w+)$/ ? (++$n, ++$all, ++$of{$1}) : 0 } }
desc=count
action=write counts $1 $2 $3

type=Single
ptype=SubStr
pattern=make
desc=make
action=eval %sum ( my $sum = 0; sub { $sum += $_[0] } )

type=Single
ptype=RegExp
pattern=add (\\d+)
desc=add
action=call %told %sum $1; write counts sum %told
`

/** Longer than the interval between two checkpoints. */
const CHECKPOINT_MS = 600

function setUp(folder: string): () => RunningCommand {
  writeFileSync(join(folder, 'test.sec'), RULES)
  writeFileSync(join(folder, 'log'), '')
  return () => {
    const options = ['--conf=test.sec', '--input=log', '--log=sec.log', '--debug=4', '--state=kept']
    const run = new RunningCommand([process.execPath, correlogCommand(), 'sec', ...options], { folder })
    onTestFinished(() => run.kill())
    return run
  }
}

async function counted(run: RunningCommand, folder: string, line: string, expected: string): Promise<void> {
  appendFileSync(join(folder, 'log'), `${line}\n`)
  await run.until(() => run.file('counts').endsWith(`${expected}\n`), `"${expected}" for "${line}"`)
}

test('what Perl variables, closures and references hold goes on after a kill', async context => {
  const folder = scratchFolder(context)
  const start = setUp(folder)
  const first = start()
  await first.logged(/^Opening input file log/)
  await counted(first, folder, 'line a', '1 1 1')
  appendFileSync(join(folder, 'log'), 'make\n')
  await counted(first, folder, 'add 5', 'sum 5')
  await counted(first, folder, 'line b', '2 2 1')
  await sleep(CHECKPOINT_MS)
  await first.kill()
  const second = start()
  await counted(second, folder, 'line a', '3 3 2')
  await counted(second, folder, 'add 7', 'sum 12')
  expect(second.log.filter(line => /Perl/.test(line))).toEqual([])
}, 60_000)

test('on HUP closures begin anew and package variables stay, for the next start too', async context => {
  const folder = scratchFolder(context)
  const start = setUp(folder)
  const first = start()
  await first.logged(/^Opening input file log/)
  await counted(first, folder, 'line a', '1 1 1')
  await counted(first, folder, 'line a', '2 2 2')
  first.signal('SIGHUP')
  await first.logged('SIGHUP received: full restart of SEC')
  await counted(first, folder, 'line a', '1 3 3')
  await sleep(CHECKPOINT_MS)
  await first.kill()
  const second = start()
  await counted(second, folder, 'line a', '2 4 4')
  expect(second.file('counts')).toBe('1 1 1\n2 2 2\n1 3 3\n2 4 4\n')
}, 60_000)
