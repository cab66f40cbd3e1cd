import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { correlogCommand } from '../helpers/correlog-command.ts'
import { requirePerl, requireSec } from '../helpers/requirements.ts'
import { RunningCommand } from '../helpers/running-command.ts'
import type { RuleFile } from '../parity/case.ts'
import { FIRST_RULES, handled, INPUT_CONTEXT, PROGRAMS, ruleSetCases, rulesOf } from './community-cases.ts'

// Rule files that people use, beside the real SEC: both read the same lines, and each program that they start is one
// of ours that records how it was called. The rule files are read where they lie and never become ours.

const perl = requirePerl()
const sec = requireSec()

// A call is a file: the program's name, its arguments, what it read.
const RECORDER = `#!/bin/sh
call=$(mktemp "$RECORDS/.XXXXXXXX")
{ echo "\${0##*/}"; for argument; do echo "argument <$argument>"; done; sed 's/^/input /'; } > "$call"
mv "$call" "$RECORDS/$(basename "$call" | tail -c 9)"
`

let folder: string
let running: RunningCommand[]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'correlog-community-'))
  running = []
  mkdirSync(join(folder, 'bin'))
  const recorder = join(folder, 'bin/recorder')
  writeFileSync(recorder, RECORDER)
  chmodSync(recorder, 0o755)
  for (const name of PROGRAMS) symlinkSync('recorder', join(folder, 'bin', name))
})
afterEach(async () => {
  await Promise.all(running.map(command => command.kill()))
  rmSync(folder, { recursive: true, force: true })
})

/** The rules' copy and what goes before them. */
function layOutRules(files: readonly RuleFile[]): void {
  writeFileSync(join(folder, '1-first.sec'), FIRST_RULES)
  for (const { name, text } of files) writeFileSync(join(folder, name), text, 'latin1')
}

function start(name: string, command: readonly string[]): RunningCommand {
  mkdirSync(join(folder, name))
  execFileSync('mkfifo', [join(folder, name, 'fifo')])
  const started = new RunningCommand(
    [
      ...command,
      `--conf=${folder}/*.sec`,
      `--input=${folder}/${name}/fifo=${INPUT_CONTEXT}`,
      `--log=${folder}/${name}/sec.log`
    ],
    {
      folder: join(folder, name),
      env: { PATH: `${folder}/bin:${process.env['PATH'] ?? ''}`, RECORDS: join(folder, name) }
    }
  )
  running.push(started)
  return started
}

/** The calls recorded so far, sorted; times of day are left out, since the two do not start in the same second. */
function calls(name: string): string[] {
  return readdirSync(join(folder, name))
    .filter(file => /^\w{8}$/.test(file))
    .map(file => readFileSync(join(folder, name, file), 'latin1'))
    .map(call => call.replace(/\w{3} \w{3} [ \d]\d [\d:]{8} \d{4}/g, '<time>'))
    .sort()
}

/** Then both handle a line in the same whole second, which is all that they measure. */
function earlyInTheNextSecond(): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, 1200 - (Date.now() % 1000)))
}

test.for(ruleSetCases)(
  '$file calls the same programs as under SEC',
  { timeout: 90_000 },
  async (each, context) => {
    const [perlPath, secPath] = [perl.need(context), sec.need(context)]
    layOutRules(rulesOf(each, context))
    const commands = [
      start('ours', [process.execPath, correlogCommand(), 'sec']),
      start('theirs', [perlPath, secPath])
    ]
    const names = ['ours', 'theirs']
    for (const command of commands) await command.logged(/^Opening input file/)
    await earlyInTheNextSecond()
    for (const [number, group] of each.groups.entries()) {
      const lines = [...group, handled(String(number)), ''].join('\n')
      for (const name of names) appendFileSync(join(folder, name, 'fifo'), lines, 'latin1')
      for (const command of commands) await command.logged(handled(String(number)))
      await earlyInTheNextSecond()
    }
    for (const [index, command] of commands.entries()) {
      const name = names[index] ?? ''
      await command.until(() => calls(name).length >= each.calls, `${each.calls} calls of ${name}`)
    }
    // Whatever comes too often comes by now.
    await new Promise(resolve => setTimeout(resolve, 1500))
    expect(calls('ours')).toEqual(calls('theirs'))
    expect(calls('ours')).toHaveLength(each.calls)
  }
)
