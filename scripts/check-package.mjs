#!/usr/bin/env node
// Checks the package as its users get it: packs it, lints the tarball, installs it in an empty project and runs it.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const folder = mkdtempSync(join(tmpdir(), 'correlog-package-'))
const project = join(folder, 'project')
const installed = join(project, 'node_modules', manifest.name)
const problems = []

/** @returns {string | undefined} standard output; undefined, with a problem noted, if the program failed */
function run(what, command, args, options = {}) {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: root, encoding: 'utf8', ...options })
  if (status === 0) return stdout
  problems.push(`${what} exited with ${status}\n${stdout}${stderr}`)
  return undefined
}

function nodeProgram(name) {
  return join(root, 'node_modules/.bin', name)
}

/** Every file that `exports` and `bin` of package.json name. */
function namedFiles(value) {
  if (typeof value === 'string') return [value]
  return Object.values(value ?? {}).flatMap(namedFiles)
}

function checkFiles() {
  for (const name of namedFiles([manifest.exports, manifest.bin])) {
    if (!existsSync(join(installed, name)))
      problems.push(`package.json names ${name}, which is not in the package`)
  }
  const machinePaths = [root, homedir()].filter(path => path.length > 3)
  for (const entry of readdirSync(installed, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.parentPath.includes('/node_modules/', installed.length)) continue
    const path = join(entry.parentPath, entry.name)
    const name = path.slice(installed.length + 1)
    if (/(^|\/)(test|tests|benchmarks|scripts|\.ci)\/|\.test\.|\.map$|(?<!\.d)\.ts$/.test(name))
      problems.push(`${name} does not belong in the package`)
    const text = readFileSync(path, 'latin1')
    for (const machinePath of machinePaths) {
      if (text.includes(machinePath)) problems.push(`${name} contains a path of this machine, ${machinePath}`)
    }
  }
}

function checkPackage() {
  const packed = run('npm pack', 'npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder])
  if (packed === undefined) return
  const tarball = join(folder, `${manifest.name}-${manifest.version}.tgz`)
  run('publint', nodeProgram('publint'), ['run', tarball, '--strict'])
  run('attw', nodeProgram('attw'), [tarball, '--profile', 'esm-only', '--no-emoji', '--no-color'])

  mkdirSync(project)
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'package-check', private: true }))
  const install = ['install', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error', tarball]
  if (run('npm install of the tarball', 'npm', install, { cwd: project }) === undefined) return
  checkFiles()

  const version = run('correlog --version', join(project, 'node_modules/.bin/correlog'), ['--version'], {
    cwd: project
  })
  if (version !== undefined && !version.includes(manifest.version))
    problems.push(`correlog --version says ${JSON.stringify(version)}; expected ${manifest.version} in it`)
  for (const entry of Object.keys(manifest.exports)) {
    const name = `${manifest.name}${entry.slice(1)}`
    const how = entry.endsWith('.json') ? ", { with: { type: 'json' } }" : ''
    const load = `await import(${JSON.stringify(name)}${how})`
    run(`import of ${name}`, process.execPath, ['--no-warnings', '--input-type=module', '--eval', load], {
      cwd: project
    })
  }
}

try {
  checkPackage()
} finally {
  rmSync(folder, { recursive: true, force: true })
}
for (const problem of problems) console.error(`package: ${problem}`)
if (problems.length > 0) process.exit(1)
console.log(`package: ${manifest.name} ${manifest.version} packs, installs and runs`)
