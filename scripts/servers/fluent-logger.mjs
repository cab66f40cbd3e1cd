// The Python client of the forward protocol, with the MessagePack of C, in a virtual environment of its own.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { onPath } from './on-path.mjs'

const VERSION = '0.11.1'

const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache')

/** A folder of Python modules, once it is there: for PYTHONPATH. */
export const fluentLoggerPath = join(cache, 'correlog-test', `fluent-logger-${VERSION}`)

export function isPrepared() {
  return existsSync(fluentLoggerPath)
}

/** Installs it into the cache, 2 MB. @throws Error that says what did not work */
export function prepare() {
  if (!onPath('python3')) throw new Error('no python3')
  mkdirSync(dirname(fluentLoggerPath), { recursive: true })
  // Whole or not at all.
  const folder = mkdtempSync(`${fluentLoggerPath}.`)
  try {
    const modules = join(folder, 'modules')
    const args = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--target', modules]
    const { status, stderr } = spawnSync('python3', [...args, `fluent-logger==${VERSION}`], {
      encoding: 'utf8'
    })
    if (status !== 0) throw new Error(`pip: ${stderr?.trim().split('\n').at(-1)}`)
    if (!isPrepared()) renameSync(modules, fluentLoggerPath)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
