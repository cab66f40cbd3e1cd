import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { correlogCommand } from '../helpers/correlog-command.ts'
import { RunningCommand } from '../helpers/running-command.ts'

const RULE = `type=Single
ptype=RegExp
pattern=(\\S+) down
desc=$1 is down
action=writen - half a line; write - %s; shellcmd echo printed by a program; pipe '%s'; alert error %s
`

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'correlog-output-'))
  writeFileSync(join(folder, 'down.sec'), RULE)
})

afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

async function run(source: string, sinks: string, more = '', input = 'web1 down\n'): Promise<RunningCommand> {
  const text = `rules: down.sec\nsources: ${source}\nsinks: ${sinks}\neffects: { programs: true }\n${more}`
  writeFileSync(join(folder, 'correlog.yaml'), text)
  const command = new RunningCommand(
    [process.execPath, correlogCommand(), 'run', '--config', 'correlog.yaml'],
    {
      folder,
      input
    }
  )
  expect(await command.ended()).toBe(0)
  return command
}

test('nothing of what rules and their programs write stands between alerts on standard output', async () => {
  const command = await run('stdin', 'stdout')
  const [line = '', ...rest] = command.stdout.split('\n')
  expect(JSON.parse(line)).toMatchObject({ body: 'web1 is down' })
  expect(rest).toEqual([''])
  expect(command.stderr).toMatch(
    /"level":"warn".*Rule in down.sec at line 1: writes to standard output \(writen, write, pipe\)/
  )
  expect(command.stderr).toContain('"message":"half a line"')
  expect(command.stderr).toContain('"message":"web1 is down"')
})

test('nor between the answers to who writes to standard input', async () => {
  const command = await run('"stdin:?confirm=true"', 'file:alerts.jsonl')
  expect(command.stdout).toBe('OK\nOK\n')
})

test('a standard output that nobody else uses is that of the rules', async () => {
  const command = await run('stdin', 'file:alerts.jsonl')
  expect(command.stdout).toContain('half a lineweb1 is down\n')
  expect(command.stderr).not.toContain('writes to standard output')
})

test('what becomes an alert is not warned about', async () => {
  const command = await run('stdin', 'stdout', 'alertsFrom: [write, pipe]\n')
  expect(command.stdout.split('\n')).toHaveLength(5)
  expect(command.stderr).not.toContain('writes to standard output')
})

test('what rules complain of for each record, and what they write in vain, is said once and counted', async () => {
  const rule = `type=Single\nptype=RegExp\npattern=(\\S+) down\ndesc=$1\naction=report C_$1 cat; write gone/file %s\n`
  writeFileSync(join(folder, 'down.sec'), rule)
  const command = await run('stdin', 'stdout', 'log: { format: json }\n', 'a down\nb down\nc down\n')
  const messages = command.stderr
    .split('\n')
    .slice(0, -1)
    .map(line => JSON.parse(line) as object)
  const warnings = messages.filter(message => 'level' in message && message.level === 'warn')
  expect(warnings).toEqual([
    expect.objectContaining({ message: "Context 'C_a' does not exist, can't report", times: 1 }),
    expect.objectContaining({
      message: 'what a rule writes is lost',
      path: 'gone/file',
      reason: 'No such file or directory'
    })
  ])
  expect(messages.at(-1)).toMatchObject({ writesLost: { dropped: 0, failed: 3 } })
})
