import { join } from 'node:path'
import { inject } from 'vitest'

const main = join(import.meta.dirname, '../../dist/cli/main.js')

/**
 * The built command, to be run with `process.execPath` (`spawn(process.execPath, [correlogCommand(), ...])`).
 *
 * @throws if the sources do not build
 */
export function correlogCommand(): string {
  const failure = inject('buildFailure')
  if (failure !== '') throw new Error(`dist/ does not build:\n${failure}`)
  return main
}
