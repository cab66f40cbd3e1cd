import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import { describe, expect, test } from 'vitest'
import { addSplitOption, addStageOptions, type StageArguments } from '../../cli/stage-arguments.ts'
import { perlLoader } from '../../plugin/perl/source.ts'
import { parseRuleFile } from '../../plugin/rules/parser.ts'
import { observedPerl } from '../helpers/wasm-perl.ts'
import { problemsOf } from '../config/stage/resolved.ts'

// Every example that people may copy: code in README.md and docs/, and what lies in examples/.

const root = join(import.meta.dirname, '../..')
const read = (name: string): string => readFileSync(join(root, name), 'utf8')

const documents = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' }).map(name => `docs/${name}`)
].filter(name => name.endsWith('.md'))

interface Block {
  readonly place: string
  readonly text: string
}

function blocks(language: string): Block[] {
  return documents.flatMap(name => {
    const text = read(name)
    return [...text.matchAll(/^```(\w+)\n([^]*?)^```$/gm)]
      .filter(([, found]) => found === language)
      .map(({ index, 2: block = '' }) => ({
        place: `${name}:${text.slice(0, index).split('\n').length}`,
        text: block
      }))
  })
}

const examples = readdirSync(join(root, 'examples'), { recursive: true, encoding: 'utf8' })
  .filter(name => /correlog\.ya?ml$/.test(name))
  .map(name => ({ place: `examples/${name}`, text: read(`examples/${name}`) }))

test.each([...blocks('yaml'), ...examples])('$place is a configuration that is right', ({ text }) => {
  expect(problemsOf(text)).toEqual([])
})

test.each(blocks('sec'))('$place is a rule file that is right', ({ place, text }) => {
  const perl = perlLoader(observedPerl().host)
  const { diagnostics, rules } = parseRuleFile(place, Buffer.from(text, 'utf8').toString('latin1'), { perl })
  expect(diagnostics).toEqual([])
  expect(rules.length).toBeGreaterThan(0)
})

describe('command lines', () => {
  const lines = blocks('sh').flatMap(({ place, text }) =>
    [...text.replaceAll('\\\n', ' ').matchAll(/(?:^|[|;&(] *)correlog (?:run|check) [^|;&#\n]*/gm)].map(
      ([line]) => ({
        place,
        line: line.replace(/^[^c]*/, '').trim()
      })
    )
  )

  test('there are some', () => {
    expect(lines).not.toEqual([])
  })

  test.each(lines)('$place: $line is right', ({ line }) => {
    const [, , ...args] = [...line.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g)].map(([word]) =>
      word.replaceAll(/['"]/g, '')
    )
    const { config, options } = argumentsOf(args)
    expect(problemsOf(config === undefined ? '' : read(config), { options })).toEqual([])
  })
})

function argumentsOf(args: readonly string[]): StageArguments {
  const command = new Command().exitOverride().action(() => {})
  const given = addStageOptions(command)
  addSplitOption(command)
  command.parse(args, { from: 'user' })
  return given()
}
