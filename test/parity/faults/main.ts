import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findSec, projectRoot } from '../sec/find.ts'
import { FAULTS, type Fault } from './faults.ts'

const COPIED = [
  'plugin',
  'adapters',
  'cli',
  'config',
  'test/parity',
  'scripts',
  'package.json',
  'tsconfig.json'
]

/**
 * Plants each fault alone into a copy of the engine and lets random cases look for it: `[--cases N] [--seed S]
 * [NAME-PART]`. Returns the exit status: 1 if a fault is not found.
 */
export function main(args: readonly string[]): number {
  const found = findSec()
  if ('missing' in found) {
    report(`parity:faults: ${found.missing}`)
    return 2
  }
  const option = (name: string, otherwise: string): string =>
    args[args.indexOf(name) + 1 || args.length] ?? otherwise
  const wanted = args.length % 2 === 1 ? args.at(-1) : undefined
  const faults = FAULTS.filter(({ name }) => wanted === undefined || name.includes(wanted))
  let missed = 0
  for (const fault of faults) {
    const verdict = look(fault, found.path, option('--cases', '2000'), option('--seed', '1'))
    if (verdict === undefined) missed++
    report(`${fault.name}: ${verdict ?? 'NOT FOUND'}`)
  }
  report(`${faults.length} faults, ${missed} not found`)
  return missed === 0 ? 0 : 1
}

/**
 * The first case that shows the fault, or `undefined` if all were compared and none does.
 *
 * @throws Error if the comparison broke.
 */
function look(fault: Fault, sec: string, cases: string, seed: string): string | undefined {
  const directory = mkdtempSync(join(tmpdir(), 'correlog-fault-'))
  try {
    for (const path of COPIED) cpSync(join(projectRoot, path), join(directory, path), { recursive: true })
    symlinkSync(join(projectRoot, 'node_modules'), join(directory, 'node_modules'))
    plant(fault, directory)
    const { stdout, stderr } = spawnSync(
      process.execPath,
      [
        'scripts/run-ts.mjs',
        'test/parity/generator/main.ts',
        '--cases',
        cases,
        '--seed',
        seed,
        '--most',
        '1',
        '--as-they-are'
      ],
      { cwd: directory, encoding: 'latin1', env: { ...process.env, SEC_BIN: sec } }
    )
    const [first] = /case \d+ differs/.exec(stdout) ?? []
    // The exit status says no more than that: it also speaks of the coverage.
    if (first === undefined && !stdout.includes(`\n${cases} cases: 0 differ`))
      throw new Error(`${fault.name}: ${stdout}${stderr}`)
    return first
  } finally {
    rmSync(directory, { recursive: true })
  }
}

/** @throws Error if the engine does not hold what the fault replaces. */
function plant({ name, file, edits }: Fault, directory: string): void {
  const path = join(directory, file)
  let text = readFileSync(path, 'utf8')
  for (const [found, replacement] of edits) {
    if (text.split(found).length !== 2)
      throw new Error(`fault '${name}': expected once in ${file}: ${JSON.stringify(found)}`)
    text = text.replace(found, () => replacement)
  }
  writeFileSync(path, text)
}

function report(line: string): void {
  process.stdout.write(`${line}\n`)
}
