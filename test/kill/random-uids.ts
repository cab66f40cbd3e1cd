import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { projectRoot } from '../parity/sec/find.ts'

const COMPUTED = 'const hash = hashOf('

/**
 * Copies the built command into a folder, with a fault: of each uid the 80 bits are random. Yields the path of the copy.
 * What compares the alerts of killed and undisturbed lives has to find it.
 */
export function commandWithRandomUids(folder: string): string {
  mkdirSync(folder)
  cpSync(join(projectRoot, 'dist'), join(folder, 'dist'), { recursive: true })
  cpSync(join(projectRoot, 'package.json'), join(folder, 'package.json'))
  symlinkSync(join(projectRoot, 'node_modules'), join(folder, 'node_modules'))
  const path = join(folder, 'dist/plugin/alerts/uid.js')
  const [before, after, ...more] = readFileSync(path, 'utf8').split(COMPUTED)
  if (after === undefined || more.length > 0) throw new Error(`"${COMPUTED}" is not once in ${path}`)
  writeFileSync(path, `${before}${COMPUTED}Math.random() + ${after}`)
  return join(folder, 'dist/cli/main.js')
}
