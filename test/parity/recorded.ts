import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ParityCase, ParityOptions, ParityOutput, RuleFile } from './case.ts'

export interface RecordedCase extends ParityCase {
  readonly name: string
  /** `undefined` before it is recorded. */
  readonly expected: ParityOutput | undefined
}

const casesDirectory = join(import.meta.dirname, 'cases')

/** Reads `cases/`: the layout is described in its README. */
export function loadRecordedCases(): RecordedCase[] {
  const entries = readdirSync(casesDirectory, { withFileTypes: true })
  const names = entries.filter(entry => entry.isDirectory()).map(entry => entry.name)
  return names.sort().map(loadRecordedCase)
}

function loadRecordedCase(name: string): RecordedCase {
  const directory = join(casesDirectory, name)
  const texts = (ending: string): RuleFile[] =>
    readdirSync(directory)
      .filter(file => file.endsWith(ending))
      .sort()
      .map(file => ({ name: file, text: readFileSync(join(directory, file), 'latin1') }))
  const optionsFile = join(directory, 'options.json')
  const options: unknown = existsSync(optionsFile) ? JSON.parse(readFileSync(optionsFile, 'utf8')) : {}
  return {
    name,
    files: texts('.sec'),
    modules: texts('.pm'),
    timeline: readFileSync(join(directory, 'timeline'), 'latin1'),
    options: options as ParityOptions,
    expected: loadExpected(directory)
  }
}

function loadExpected(directory: string): ParityOutput | undefined {
  const stdout = join(directory, 'expected.out')
  return existsSync(stdout)
    ? { stdout: readFileSync(stdout, 'latin1'), files: readFiles(join(directory, 'expected-files')) }
    : undefined
}

function readFiles(directory: string): Record<string, string> {
  const names = existsSync(directory) ? readdirSync(directory).sort() : []
  return Object.fromEntries(names.map(name => [name, readFileSync(join(directory, name), 'latin1')]))
}

export function saveExpected(name: string, { stdout, files }: ParityOutput): void {
  const directory = join(casesDirectory, name)
  const filesDirectory = join(directory, 'expected-files')
  writeFileSync(join(directory, 'expected.out'), stdout, 'latin1')
  rmSync(filesDirectory, { recursive: true, force: true })
  if (Object.keys(files).length === 0) return
  mkdirSync(filesDirectory)
  for (const [file, text] of Object.entries(files)) writeFileSync(join(filesDirectory, file), text, 'latin1')
}
