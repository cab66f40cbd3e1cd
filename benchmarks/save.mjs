// Where --save puts the raw figures: runs/<date>-<cores>cores/<name>.json, each with the same head.
import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, release } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Writes figures and what they were measured with. `name` is the file's, without `.json`. */
export function saveFigures(name, figures) {
  const date = new Date().toISOString().slice(0, 10)
  const folder = fileURLToPath(new URL(`runs/${date}-${cpus().length}cores`, import.meta.url))
  mkdirSync(folder, { recursive: true })
  const [, script = '', ...args] = process.argv
  const command = ['node', `benchmarks/${basename(script)}`, ...args].join(' ')
  const commit = firstLine('git', '-C', import.meta.dirname, 'rev-parse', '--short', 'HEAD')
  const machine = { cpu: cpus()[0]?.model, cores: cpus().length, kernel: release(), node: process.version }
  writeFileSync(
    join(folder, `${name}.json`),
    `${JSON.stringify({ command, commit, machine, ...figures }, null, 2)}\n`
  )
}

/** The first line that a program prints. */
export function firstLine(command, ...args) {
  return spawnSync(command, args, { encoding: 'utf8' }).stdout?.split('\n')[0]
}
