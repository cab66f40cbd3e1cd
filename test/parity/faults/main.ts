import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { findSec, projectRoot } from '../sec/find.ts'
import { compare } from './comparison.ts'
import { FAULTS, type Fault } from './faults.ts'
import { plant } from './plant.ts'

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
 * Plants each fault alone into a copy of the engine and lets random cases look for it, for as many faults at a time as
 * there are processors: `[--cases N] [--seed S] [NAME-PART]`. Returns the exit status: 1 if a fault is not found.
 */
export async function main(args: readonly string[]): Promise<number> {
  const found = findSec()
  if ('missing' in found) {
    report(`parity:faults: ${found.missing}`)
    return 2
  }
  const option = (name: string, otherwise: string): string =>
    args[args.indexOf(name) + 1 || args.length] ?? otherwise
  const wanted = args.length % 2 === 1 ? args.at(-1) : undefined
  const faults = FAULTS.filter(({ name }) => wanted === undefined || name.includes(wanted))
  const waiting = [...faults]
  let missed = 0
  const work = async (): Promise<void> => {
    for (let fault = waiting.shift(); fault !== undefined; fault = waiting.shift()) {
      const verdict = await look(fault, found.path, option('--cases', '2000'), option('--seed', '1'))
      if (verdict === undefined) missed++
      report(`${fault.name}: ${verdict ?? 'NOT FOUND'}`)
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, work))
  report(`${faults.length} faults, ${missed} not found`)
  return missed === 0 ? 0 : 1
}

/**
 * What shows the fault: the first case that differs, or that the engine does not come to an end. `undefined` if all
 * cases were compared and nothing does.
 *
 * @throws Error if the comparison broke.
 */
async function look(fault: Fault, sec: string, cases: string, seed: string): Promise<string | undefined> {
  const directory = mkdtempSync(join(tmpdir(), 'correlog-fault-'))
  try {
    for (const path of COPIED) cpSync(join(projectRoot, path), join(directory, path), { recursive: true })
    symlinkSync(join(projectRoot, 'node_modules'), join(directory, 'node_modules'))
    const file = join(directory, fault.file)
    writeFileSync(file, plant(fault, readFileSync(file, 'utf8')))
    const { stdout, stderr, ended } = await compare(directory, sec, ['--cases', cases, '--seed', seed])
    if (!ended) return 'does not end'
    const [first] = /case \d+ differs/.exec(stdout) ?? []
    // The exit status says no more than that: it also speaks of the coverage.
    if (first === undefined && !stdout.includes(`\n${cases} cases: 0 differ`))
      throw new Error(`${fault.name}: ${stdout}${stderr}`)
    return first
  } finally {
    // Programs of a killed run may still write.
    rmSync(directory, { recursive: true, maxRetries: 5 })
  }
}

function report(line: string): void {
  process.stdout.write(`${line}\n`)
}
