import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Random } from '../../parity/rule-files/random.ts'
import { findSec } from '../../parity/sec/find.ts'
import { SecRunner } from '../../parity/sec/run.ts'
import { decisions, type Evaluation } from './decisions.ts'

const SEED = 1
const EXPRESSIONS = 250
const NAMES = ['A', 'B', 'C', 'D', 'E', 'F']

const CHOSEN = [
  'A && B || C && D',
  'A || B && C',
  'A || B && C && D',
  'A || B && C || D',
  'A || B && C || D && E',
  'A || B && C || D && E && F',
  'A || B || C && D',
  'A || (B && C)',
  'A || (B && C) && D',
  '(A && B) || (C && D)',
  '(A || B && C)',
  '(A || B && C) && D',
  '(A || B && C) && D && E',
  '!(A || B && C) && D',
  '!!(A || B && C) && D',
  '((A || B && C)) && D',
  'A && (B || C && D) && E',
  'A || (B || C && D) && E',
  '(A || B && C) && (D || E && F)'
]

/**
 * Records what SEC makes of context expressions that mix operators, for mixed-operators.json:
 *   node scripts/run-ts.mjs test/plugin/contexts/record-mixed-operators.ts
 */
export async function main(): Promise<number> {
  const found = findSec()
  if ('missing' in found) throw new Error(found.missing)
  const random = new Random(SEED)
  const expressions = new Set(CHOSEN)
  while (expressions.size < EXPRESSIONS) expressions.add(makeExpression(random))
  const runner = new SecRunner(found.path)
  const recorded: Record<string, string> = {}
  try {
    for (const expression of expressions) recorded[expression] = await ask(runner, expression)
  } finally {
    await runner.stop()
  }
  const file = join(import.meta.dirname, 'mixed-operators.json')
  writeFileSync(file, `${JSON.stringify(recorded, undefined, 2)}\n`)
  return 0
}

function makeExpression(random: Random): string {
  return makeLevel(random, NAMES.slice(0, 4 + random.below(NAMES.length - 3)), 0)
}

function makeLevel(random: Random, names: readonly string[], depth: number): string {
  let text = ''
  for (let at = 0; at < names.length; ) {
    const isGroup = depth < 3 && random.chance(0.3)
    const size = isGroup ? 1 + random.below(Math.min(4, names.length - at)) : 1
    const part = names.slice(at, at + size)
    const not = random.pick(['', '', '', '', '!', '!!'])
    text += at === 0 ? '' : random.pick([' && ', ' || '])
    text += isGroup ? `${not}(${makeLevel(random, part, depth + 1)})` : `${not}${part.join('')}`
    at += size
  }
  return text
}

/**
 * Operands are asked for in the order in which they are written, if at all: so are the names of what exists.
 * SEC says which contexts it looked at because they are stale: they do not exist, and expire when they are asked for.
 * One that is to exist is therefore negated. Each choice of what exists has a rule and contexts of its own.
 */
async function ask(runner: SecRunner, expression: string): Promise<string> {
  const names = NAMES.filter(name => expression.includes(name))
  const choices = names.reduce((sets, name) => sets.flatMap(set => [set, set + name]), [''])
  const rules = choices.flatMap((existing, choice) => [
    rule('make', '', names.map(name => `create ${name}${choice} 1 (write - ${choice} ${name})`).join('; ')),
    rule(
      'ask',
      `context=${expression.replace(/[A-Z]/g, name => `${existing.includes(name) ? '!' : ''}${name}${choice}`)}\n`,
      `write - ${choice} =`
    )
  ])
  const { stdout } = await runner.run(
    {
      files: [{ name: 'rules.sec', text: rules.join('\n') }],
      timeline: '@100 make\n@200 ask\n',
      options: { cleantime: 100_000 }
    },
    1
  )
  const asked = choices.map(() => '')
  for (const [, choice, text] of stdout.matchAll(/^(\d+) (.)$/gm)) asked[Number(choice)] += text ?? ''
  return decisions(existing => evaluationOf(asked[choices.indexOf(existing)] ?? ''))
}

function evaluationOf(written: string): Evaluation {
  const value = written.endsWith('=')
  return { asked: value ? written.slice(0, -1) : written, value }
}

function rule(pattern: string, context: string, action: string): string {
  return `type=Single\nptype=SubStr\npattern=${pattern}\ncontinue=TakeNext\n${context}desc=x\naction=${action}\n`
}
