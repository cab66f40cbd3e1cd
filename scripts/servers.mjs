#!/usr/bin/env node
// Installs the programs that tests compare with or run against, where this machine lets us: Debian packages, as root.
// Removes nothing (a machine with another syslog daemon keeps it) and starts no service. What cannot be had is a
// skipped test, which the test run names.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/** Program → the Debian package that holds it. */
const packages = { perl: 'perl', sec: 'sec', 'syslog-ng': 'syslog-ng-core', logger: 'bsdutils', ps: 'procps' }

function onPath(program) {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/local/sbin', '/usr/sbin', '/sbin']
  return folders.some(folder => existsSync(`${folder}/${program}`))
}

function apt(...args) {
  // Run level 1 keeps invoke-rc.d from starting what is installed.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
  return spawnSync('apt-get', ['-q', '-y', '-o', 'DPkg::Lock::Timeout=120', ...args], {
    env,
    encoding: 'utf8'
  })
}

const missing = Object.keys(packages).filter(program => !onPath(program))
if (missing.length > 0 && process.getuid?.() === 0 && onPath('apt-get')) {
  const names = missing.map(program => packages[program])
  console.log(`setup: apt-get install ${names.join(' ')}`)
  const started = performance.now()
  const install = () => apt('install', '--no-install-recommends', '--no-remove', ...names)
  let result = install()
  if (result.status !== 0) {
    apt('update')
    result = install()
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  if (result.status === 0) console.log(`setup: ${names.join(' ')} installed in ${seconds} s`)
  else console.log(`setup: not installed after ${seconds} s: ${result.stderr.trim().split('\n').at(-1)}`)
}
