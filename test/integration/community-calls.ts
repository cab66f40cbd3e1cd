import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RuleFile } from '../parity/case.ts'
import { SecRunner } from '../parity/sec/run.ts'
import { FIRST_RULES, INPUT_CONTEXT, PROGRAMS, type RuleSetCase } from './community-cases.ts'

/*
 * How programs are called: by SEC in virtual time, and by who carries alerts out. Each program is one that records
 * its name, its arguments and what it reads.
 */

export const START = 1_795_521_600
/** Later than the end of every window. */
const END = START + 1000

/** The lines of a case, each with its second, and one after all of them. */
export function timedLines({
  groups
}: RuleSetCase): readonly { readonly second: number; readonly text: string }[] {
  const lines = groups.flatMap((group, index) => group.map(text => ({ second: START + index, text })))
  return [...lines, { second: END, text: 'the end' }]
}

/** Of the one input, which has the context that its rules look for. */
export function timelineOf(each: RuleSetCase): string {
  return timedLines(each)
    .map(({ second, text }) => `@${second}=input ${text}\n`)
    .join('')
}

/** Makes the programs that record their calls in a folder, and gives the PATH that finds them. */
export function recorders(folder: string, name: string): string {
  const bin = join(folder, `${name}-bin`)
  const records = join(folder, name)
  mkdirSync(bin)
  mkdirSync(records)
  writeFileSync(
    join(bin, 'recorder'),
    `#!/bin/sh
call=$(mktemp "${records}/.XXXXXXXX")
{ echo "\${0##*/}"; for argument; do echo "argument <$argument>"; done; sed 's/^/input /'; } > "$call"
mv "$call" "${records}/$(basename "$call" | tail -c 9)"
`
  )
  chmodSync(join(bin, 'recorder'), 0o755)
  for (const program of PROGRAMS) symlinkSync('recorder', join(bin, program))
  return `${bin}:${process.env['PATH'] ?? ''}`
}

/** The calls that are recorded so far, sorted. */
export function calls(folder: string, name: string): string[] {
  return readdirSync(join(folder, name))
    .filter(file => /^\w{8}$/.test(file))
    .map(file => readFileSync(join(folder, name, file), 'latin1'))
    .sort()
}

/** Those of SEC, which is at this path, for a case. */
export async function secCalls(
  folder: string,
  each: RuleSetCase,
  rules: readonly RuleFile[],
  path: string
): Promise<string[]> {
  const files = [{ name: 'first.sec', text: FIRST_RULES }, ...rules]
  return secCallsOf(folder, { files, timeline: timelineOf(each) }, path)
}

/** Of SEC over a timeline. Its programs are waited for before each line, so that a last tick waits for all. */
export async function secCallsOf(
  folder: string,
  { files, timeline }: { readonly files: readonly RuleFile[]; readonly timeline: string },
  path: string
): Promise<string[]> {
  const before = process.env['PATH']
  process.env['PATH'] = recorders(folder, 'theirs')
  const runner = new SecRunner(path)
  const [end = ''] = /^@\d+(?!.*^@)/ms.exec(timeline) ?? []
  try {
    await runner.run(
      { files, timeline: `${timeline}${end}\n`, options: { inputs: [`input=${INPUT_CONTEXT}`] } },
      1
    )
  } finally {
    process.env['PATH'] = before
    await runner.stop()
  }
  return calls(folder, 'theirs')
}

/** What an alert says of the notification that it is in place of. */
export interface CommandAlert {
  readonly body: string
  readonly attributes: Readonly<Record<string, unknown>>
}

/** Does what the notification would have done: runs its command, the text being the input where it is not the command. */
export async function carryOut({ body, attributes }: CommandAlert, path: string): Promise<void> {
  const child = spawn('/bin/sh', ['-c', String(attributes['correlog.command'])], {
    env: { PATH: path },
    stdio: ['pipe', 'inherit', 'inherit']
  })
  child.stdin.on('error', () => {})
  child.stdin.end(attributes['correlog.action'] === 'shellcmd' ? '' : `${body}\n`, 'latin1')
  await once(child, 'close')
}
