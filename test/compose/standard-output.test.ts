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

async function run(source: string, sinks: string, more = ''): Promise<RunningCommand> {
  const text = `rules: down.sec\nsources: ${source}\nsinks: ${sinks}\neffects: { programs: true }\n${more}`
  writeFileSync(join(folder, 'correlog.yaml'), text)
  const command = new RunningCommand(
    [process.execPath, correlogCommand(), 'run', '--config', 'correlog.yaml'],
    {
      folder,
      input: 'web1 down\n'
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
