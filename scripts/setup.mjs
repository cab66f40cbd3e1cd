#!/usr/bin/env node
// Makes a fresh clone ready with nothing but Node.js and npm: installs the dependencies and builds dist/, each only
// if it is missing or out of date. `--servers` also prepares the programs that tests run against. Uses no dependency,
// because there are none yet.
import { spawnSync } from 'node:child_process'
import { lstatSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

function changed(name) {
  return statSync(join(root, name), { throwIfNoEntry: false })?.mtimeMs
}

function isLink(name) {
  return lstatSync(join(root, name), { throwIfNoEntry: false })?.isSymbolicLink() === true
}

// npm writes this file at the end of every installation.
const installed = changed('node_modules/.package-lock.json')
const isStale = installed === undefined || installed < changed('package-lock.json')
if (isStale && isLink('node_modules')) {
  // npm ci empties what a link leads to: another work tree would lose its dependencies.
  console.log('setup: node_modules is a link and is left as it is; install where it leads to, or remove it')
} else if (isStale) {
  console.log('setup: npm ci (the dependencies are missing or older than package-lock.json)')
  const started = performance.now()
  const { status, stdout, stderr } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    encoding: 'utf8'
  })
  if (status !== 0) {
    process.stderr.write(`${stdout}${stderr}setup: npm ci exited with ${status}\n`)
    process.exit(1)
  }
  console.log(`setup: dependencies installed in ${((performance.now() - started) / 1000).toFixed(1)} s`)
}

const steps = [['build.mjs', '--if-stale'], ...(process.argv.includes('--servers') ? [['servers.mjs']] : [])]
for (const [script, ...args] of steps) {
  const { status } = spawnSync(process.execPath, [join(root, 'scripts', script), ...args], {
    stdio: 'inherit'
  })
  if (status !== 0) process.exit(status ?? 1)
}
