#!/usr/bin/env node
// Builds dist/ from the sources. `--if-stale`: only if a source is newer than dist/.
import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, readdirSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const at = (...names) => join(root, ...names)
const sources = [
  'plugin',
  'adapters',
  'config',
  'compose',
  'cli',
  'tsconfig.json',
  'tsconfig.build.json',
  'package.json'
]

/** Perl code that runs as it is. */
const perlFiles = [
  'adapters/perl/driver.pl',
  'adapters/perl/lib',
  'adapters/perl/sec-internals.pl',
  'adapters/perl/system/backend.pl',
  'adapters/perl/wasm/overrides.pl'
]

/** Newest change below `path`, folders included: a removed source changes only its folder. */
function newestChange(path) {
  const { mtimeMs } = statSync(path)
  if (!statSync(path).isDirectory()) return mtimeMs
  return Math.max(mtimeMs, ...readdirSync(path).map(name => newestChange(join(path, name))))
}

function isStale() {
  try {
    statSync(at('dist/cli/main.js'))
    return Math.max(...sources.map(name => newestChange(at(name)))) > statSync(at('dist')).mtimeMs
  } catch {
    return true
  }
}

/** @returns {boolean} whether the build succeeded; if not, dist/ is what it was */
function build() {
  const started = new Date()
  // Built beside dist/ and moved, so that a running `correlog` or another build never sees half of it.
  const partial = at(`dist.partial-${process.pid}`)
  const tsc = at('node_modules/typescript/bin/tsc')
  const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', partial], {
    cwd: root,
    stdio: 'inherit'
  })
  if (status !== 0) {
    rmSync(partial, { recursive: true, force: true })
    return false
  }
  chmodSync(join(partial, 'cli/main.js'), 0o755)
  for (const name of perlFiles) cpSync(at(name), join(partial, name), { recursive: true })
  // What changes while the compiler runs is newer than dist/.
  utimesSync(partial, started, started)
  rmSync(at('dist'), { recursive: true, force: true })
  renameSync(partial, at('dist'))
  return true
}

if (!process.argv.includes('--if-stale') || isStale()) {
  const started = performance.now()
  if (!build()) {
    console.error('build: the sources do not compile; dist/ is unchanged')
    process.exit(1)
  }
  console.log(`build: dist/ written in ${((performance.now() - started) / 1000).toFixed(1)} s`)
}
