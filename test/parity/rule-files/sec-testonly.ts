import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface TestOnlyAnswer {
  /** Exit status of `--testonly`. */
  readonly status: number | null
  /** The log entries of each file, the one that names it first left out. */
  readonly entries: readonly (readonly string[])[]
  /** All entries that a `--debug` of 2 and of 3 lets through. */
  readonly errors: readonly string[]
  readonly warnings: readonly string[]
}

/** What `sec --testonly` says to rule files, read one after the other. Each is known as `rules<index>`. */
export function testOnly(sec: string, texts: readonly string[]): TestOnlyAnswer {
  const directory = mkdtempSync(join(tmpdir(), 'correlog-testonly-'))
  try {
    for (const [index, text] of texts.entries()) {
      writeFileSync(join(directory, `rules${index}`), text, 'latin1')
    }
    const names = texts.map((_, index) => `rules${index}`)
    const all = run(sec, directory, names, 6)
    return {
      status: all.status,
      entries: perFile(all.entries, names),
      errors: run(sec, directory, names, 2).entries,
      warnings: run(sec, directory, names, 3).entries
    }
  } finally {
    rmSync(directory, { recursive: true })
  }
}

function run(
  sec: string,
  directory: string,
  names: readonly string[],
  debug: number
): { status: number | null; entries: string[] } {
  const log = join(directory, `log${debug}`)
  writeFileSync(log, '')
  const options = ['--testonly', `--debug=${debug}`, `--log=${log}`, ...names.map(name => `--conf=${name}`)]
  const { status } = spawnSync('perl', [sec, ...options], { cwd: directory, stdio: 'ignore' })
  return { status, entries: logEntries(readFileSync(log, 'latin1')) }
}

const STAMP = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}: /m

function logEntries(text: string): string[] {
  return text
    .split(STAMP)
    .slice(1)
    .map(entry => entry.replace(/\n$/, ''))
}

function perFile(entries: readonly string[], names: readonly string[]): string[][] {
  const result: string[][] = []
  for (const entry of entries) {
    if (entry === `Reading configuration from ${names[result.length]}`) result.push([])
    else result.at(-1)?.push(entry)
  }
  return result
}
