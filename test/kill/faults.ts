import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { projectRoot } from '../parity/sec/find.ts'

/** What is wrong with a copy of the built command, which the comparison of killed and undisturbed lives has to find. */
const FAULTS = {
  /** Of each uid the 80 bits are random. */
  'random-uids': {
    file: 'plugin/alerts/uid.js',
    right: 'const hash = hashOf(',
    wrong: 'const hash = hashOf(Math.random() + '
  },
  /** Checkpoints hold all but what Perl code remembers. */
  'no-perl-memory': {
    file: 'plugin/state/keeper.js',
    right: 'core.perl?.memory && ',
    wrong: 'undefined && '
  }
} as const

export type Fault = keyof typeof FAULTS

/** Copies the built command into a folder, with a fault. Yields the path of the copy. */
export function commandWith(fault: Fault, folder: string): string {
  const { file, right, wrong } = FAULTS[fault]
  mkdirSync(folder)
  cpSync(join(projectRoot, 'dist'), join(folder, 'dist'), { recursive: true })
  cpSync(join(projectRoot, 'package.json'), join(folder, 'package.json'))
  symlinkSync(join(projectRoot, 'node_modules'), join(folder, 'node_modules'))
  const path = join(folder, 'dist', file)
  const [before, after, ...more] = readFileSync(path, 'utf8').split(right)
  if (after === undefined || more.length > 0) throw new Error(`"${right}" is not once in ${path}`)
  writeFileSync(path, `${before}${wrong}${after}`)
  return join(folder, 'dist/cli/main.js')
}
