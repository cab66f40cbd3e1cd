// Debian packages. Removes nothing (a machine with another syslog daemon keeps it) and starts no service.
import { spawnSync } from 'node:child_process'
import { onPath } from './on-path.mjs'

/** Program → the package that holds it. */
const packages = {
  perl: 'perl',
  sec: 'sec',
  'syslog-ng': 'syslog-ng-core',
  logger: 'bsdutils',
  ps: 'procps',
  java: 'default-jre-headless',
  mvn: 'maven',
  kcat: 'kcat',
  openssl: 'openssl'
}

export function isPrepared() {
  return missing().length === 0
}

export function prepare() {
  const names = missing()
  if (!onPath('apt-get')) throw new Error(`no apt-get to install ${names.join(' ')}`)
  if (process.getuid?.() !== 0) throw new Error(`only root can install ${names.join(' ')}`)
  const install = () => apt('install', '--no-install-recommends', '--no-remove', ...names)
  let result = install()
  if (result.status !== 0) {
    apt('update')
    result = install()
  }
  if (result.status !== 0) throw new Error(result.stderr.trim().split('\n').at(-1))
}

function missing() {
  return Object.keys(packages)
    .filter(program => !onPath(program))
    .map(program => packages[program])
}

function apt(...args) {
  // Run level 1 keeps invoke-rc.d from starting what is installed.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
  return spawnSync('apt-get', ['-q', '-y', '-o', 'DPkg::Lock::Timeout=120', ...args], {
    env,
    encoding: 'utf8'
  })
}
