import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'

const VERSION = '2.9.4'

/** The project's root; `../shared` lies beside it where there is one. */
export const projectRoot = resolve(import.meta.dirname, '../../..')
export const sharedDirectory = resolve(projectRoot, '../shared')

export type FoundSec = { readonly path: string; readonly version: string } | { readonly missing: string }

/**
 * SEC is `SEC_BIN`, else the one in `../shared`, else `sec` on PATH; it must be 2.9.4, or what `accepted` says. What
 * later versions added to 2.9.1, Debian 12's: `trim`, `%.chr32` to `%.chr255`, the third parameter of an `egptype=PerlFunc`.
 */
export function findSec(accepted: readonly string[] = [VERSION]): FoundSec {
  const path = candidates().find(existsSync)
  if (path === undefined)
    return { missing: `SEC ${VERSION} not found: set SEC_BIN to its path, or put sec on PATH` }
  let answer: string
  try {
    answer = execFileSync('perl', [path, '--version'], {
      encoding: 'latin1',
      stdio: ['ignore', 'pipe', 'pipe']
    })
  } catch (error) {
    return { missing: `${path} --version: ${String(error)}` }
  }
  const version = /\d+(?:\.\d+)+/.exec(answer)?.[0] ?? answer.trim()
  return accepted.includes(version)
    ? { path, version }
    : { missing: `${path} is SEC ${version}, expected ${accepted.join(' or ')}` }
}

function candidates(): string[] {
  const chosen = process.env.SEC_BIN
  if (chosen) return [chosen]
  const onPath = (process.env.PATH ?? '').split(delimiter).map(directory => join(directory, 'sec'))
  return [join(sharedDirectory, `oracle/sec-${VERSION}/sec`), ...onPath]
}
