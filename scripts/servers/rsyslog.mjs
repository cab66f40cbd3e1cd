// rsyslog, unpacked from Debian's packages: it can't be installed beside syslog-ng. Needs no root.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { onPath } from './on-path.mjs'

const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'correlog-test')

const PROGRAM = 'usr/sbin/rsyslogd'

/** The folder that it is unpacked to; `undefined`: there is none. */
export function rsyslogPath() {
  const names = existsSync(cache) ? readdirSync(cache) : []
  const folders = names.filter(name => name.startsWith('rsyslog-')).map(name => join(cache, name))
  return folders.sort().findLast(folder => existsSync(join(folder, PROGRAM)))
}

export function isPrepared() {
  return onPath('rsyslogd') || rsyslogPath() !== undefined
}

export function prepare() {
  if (!onPath('apt-get')) throw new Error('no apt-get to download it')
  try {
    unpack()
  } catch (error) {
    if (process.getuid?.() !== 0) throw error
    // The list of packages may be missing or old.
    output('apt-get', ['-q', 'update'])
    unpack()
  }
}

function unpack() {
  const version = /Candidate: (\d\S*)/.exec(output('apt-cache', ['policy', 'rsyslog']))?.[1]
  if (version === undefined) throw new Error('no package rsyslog')
  mkdirSync(cache, { recursive: true })
  // Whole or not at all: two runs at once each unpack it, and the first one is kept.
  const folder = mkdtempSync(join(cache, 'unpacking-rsyslog-'))
  try {
    const [packages, root] = ['packages', 'root'].map(name => join(folder, name))
    mkdirSync(packages)
    output('apt-get', ['-q', 'download', 'rsyslog', ...missingLibraries()], { cwd: packages })
    for (const name of readdirSync(packages)) output('dpkg', ['-x', join(packages, name), root])
    const path = join(cache, `rsyslog-${version}`)
    if (!existsSync(path)) renameSync(root, path)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Of the libraries that it depends on, those that are not installed. */
function missingLibraries() {
  const depends = output('apt-cache', ['depends', '--important', 'rsyslog'])
  const names = [...depends.matchAll(/Depends: (lib[^\s<>]+)/g)].map(([, name]) => name)
  const isInstalled = name => {
    const { stdout } = spawnSync('dpkg-query', ['-W', '-f', '${db:Status-Status}', name], {
      encoding: 'utf8'
    })
    return stdout === 'installed'
  }
  return names.filter(name => !isInstalled(name))
}

/** What a command prints. */
function output(program, args, options = {}) {
  const env = { ...process.env, LC_ALL: 'C' }
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8', env, ...options })
  if (status === 0) return stdout
  throw new Error(`${program}: ${error?.message ?? stderr.trim().split('\n').at(-1)}`)
}
