import { spawnSync } from 'node:child_process'
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '..')

/** Packages that plugin/ may import: pure ones. */
const purePackages: readonly string[] = ['@noble/hashes/sha2.js', '@marcbachmann/cel-js', 're2js']

interface Import {
  readonly file: string
  readonly specifier: string
}

function sourcesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.ts'))
    .map(name => join(folder, name))
}

/** Every specifier of `import`, `export … from` and `import()` in a folder. */
function importsOf(folder: string): Import[] {
  const specifiers = /\b(?:from|import)\s*\(?\s*(['"])(?<specifier>[^'"\s]+)\1/g
  return sourcesBelow(folder).flatMap(file =>
    [...readFileSync(join(root, file), 'utf8').matchAll(specifiers)].map(match => ({
      file,
      specifier: match.groups?.['specifier'] ?? ''
    }))
  )
}

/** The folder at the top of the project that an import leads into; `undefined` for packages and Node.js modules. */
function layerOf({ file, specifier }: Import): string | undefined {
  if (!specifier.startsWith('.')) return undefined
  return relative(root, resolve(root, dirname(file), specifier)).split('/')[0]
}

describe('plugin/', () => {
  const imports = importsOf('plugin')

  test('has sources', () => {
    expect(imports.length).toBeGreaterThan(20)
  })

  test('imports nothing but itself and pure packages', () => {
    const outside = imports.filter(
      item => layerOf(item) !== 'plugin' && !purePackages.includes(item.specifier)
    )
    expect(outside).toEqual([])
  })

  test('asks neither for the time nor for randomness nor for a timer', () => {
    const forbidden =
      /(?<![.\w'"`])(?:new Date\b|Date\.|Date\(|performance\.|setTimeout\b|setInterval\b|setImmediate\b|process\.)|Math\.random/
    const uses = sourcesBelow('plugin').flatMap(file =>
      readFileSync(join(root, file), 'utf8')
        .split('\n')
        .map((line, index) => ({ place: `${file}:${index + 1}`, line }))
        .filter(({ line }) => !/^\s*(?:\/?\*|\/\/)/.test(line) && forbidden.test(line))
    )
    expect(uses).toEqual([])
  })
})

test('adapters/ imports plugin/ and itself, never config/ or cli/', () => {
  const layers = importsOf('adapters').map(layerOf)
  expect(new Set(layers.filter(layer => layer !== undefined))).toEqual(
    new Set(layers.filter(layer => layer === 'plugin' || layer === 'adapters'))
  )
})

test('config/ never imports cli/, compose/ or adapters/', () => {
  const layers = importsOf('config').map(layerOf)
  expect(layers.filter(layer => layer === 'cli' || layer === 'compose' || layer === 'adapters')).toEqual([])
})

test('compose/ never imports cli/', () => {
  expect(importsOf('compose').map(layerOf)).not.toContain('cli')
})

describe('the linter', () => {
  let folder: string

  const planted: Readonly<Record<string, string>> = {
    'adapters/floating.ts':
      'async function send(): Promise<void> {\n  await Promise.resolve()\n}\nexport function run(): void {\n  send()\n}\n',
    'adapters/any.ts': 'export const value: any = 1\n',
    'adapters/upwards.ts': "export { value } from '../cli/value.ts'\n",
    'plugin/switch.ts':
      "export function name(type: 'a' | 'b'): string {\n  switch (type) {\n    case 'a':\n      return 'A'\n  }\n  return ''\n}\n",
    'plugin/rules/reads.ts':
      "import { readFileSync } from 'node:fs'\nexport const text = readFileSync('a')\n",
    'plugin/rules/adapter.ts':
      "import { value } from '../../adapters/any.ts'\nexport const copy = Number(value)\n",
    'plugin/rules/clock.ts': 'export const now = (): number => Date.now()\n',
    'plugin/rules/random.ts': 'export const dice = (): number => Math.random()\n',
    'plugin/rules/timer.ts': 'export const wait = (run: () => void): unknown => setTimeout(run, 1)\n',
    'plugin/rules/process.ts': 'export const id = (): number => process.pid\n',
    'plugin/rules/clean.ts': 'export const one = 1\n'
  }
  let messages: { file: string; rule: string }[]

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'correlog-lint-'))
    for (const name of ['.oxlintrc.json', 'tsconfig.json']) copyFileSync(join(root, name), join(folder, name))
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
    for (const [name, text] of Object.entries(planted)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true })
      writeFileSync(join(folder, name), text)
    }
    const oxlint = join(root, 'node_modules/.bin/oxlint')
    const { stdout } = spawnSync(oxlint, ['--type-aware', '--format=unix', 'plugin', 'adapters'], {
      cwd: folder,
      encoding: 'utf8'
    })
    messages = [...stdout.matchAll(/^(?<file>[^:\n]+):.*\((?<rule>[\w-]+)\)\]$/gm)].map(({ groups }) => ({
      file: groups?.['file'] ?? '',
      rule: groups?.['rule'] ?? ''
    }))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test.each([
    ['adapters/floating.ts', 'no-floating-promises'],
    ['adapters/any.ts', 'no-explicit-any'],
    ['adapters/upwards.ts', 'no-restricted-imports'],
    ['plugin/switch.ts', 'switch-exhaustiveness-check'],
    ['plugin/rules/reads.ts', 'no-restricted-imports'],
    ['plugin/rules/adapter.ts', 'no-restricted-imports'],
    ['plugin/rules/clock.ts', 'no-restricted-globals'],
    ['plugin/rules/random.ts', 'no-restricted-properties'],
    ['plugin/rules/timer.ts', 'no-restricted-globals'],
    ['plugin/rules/process.ts', 'no-restricted-globals']
  ])('refuses %s by %s', (file, rule) => {
    expect(messages).toContainEqual({ file, rule })
  })

  test('accepts a clean file', () => {
    expect(messages.filter(({ file }) => file === 'plugin/rules/clean.ts')).toEqual([])
  })
})
