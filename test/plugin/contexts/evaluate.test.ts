import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compileContextExpression, type ContextTest } from '../../../plugin/contexts/compile.ts'
import type { ContextNode } from '../../../plugin/contexts/definition.ts'
import { evaluateContextExpression } from '../../../plugin/contexts/evaluate.ts'
import { parseContextExpression } from '../../../plugin/contexts/parser.ts'
import type { Core } from '../../../plugin/core.ts'
import { anyPerl } from '../../helpers/perl-loader.ts'
import { NO_BINDINGS } from '../../../plugin/patterns/match-variables.ts'
import type { Rule } from '../../../plugin/rules/rule.ts'
import { decisions, type Evaluation } from './decisions.ts'

function compile(text: string): ContextTest {
  const fail = (message: string): never => {
    throw new Error(message)
  }
  const definition = parseContextExpression(text, { error: fail, plainError: fail, perl: anyPerl })
  if (definition === undefined) throw new Error(text)
  return compileContextExpression(definition).root
}

/** Only the names in `existing` are contexts. */
function evaluate(root: ContextTest, existing: string): Evaluation {
  let asked = ''
  const contexts = {
    findInternal: () => undefined,
    find(name: string) {
      asked += name
      return existing.includes(name) ? {} : undefined
    },
    isDue: () => false
  }
  const core = { contexts } as unknown as Core
  return { value: evaluateContextExpression(root, NO_BINDINGS, {} as Rule, core), asked }
}

const recorded = JSON.parse(
  readFileSync(join(import.meta.dirname, 'mixed-operators.json'), 'utf8')
) as Readonly<Record<string, string>>

test.each(Object.entries(recorded))('%s is evaluated as by SEC: %s', (text, expected) => {
  const root = compile(text)
  expect(decisions(existing => evaluate(root, existing))).toBe(expected)
})

const NAMES = ['A', 'B', 'C', 'D', 'E']

const { expression } = fc.letrec<{ expression: ContextNode }>(tie => ({
  expression: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(...NAMES).map((name): ContextNode => ({ type: 'context', name })),
    tie('expression').map((operand): ContextNode => ({ type: 'not', operand })),
    fc
      .record({
        type: fc.constantFrom('and' as const, 'or' as const),
        left: tie('expression'),
        right: tie('expression')
      })
      .map((node): ContextNode => node)
  )
}))

function show(node: ContextNode): string {
  if (node.type === 'context') return node.name
  if (node.type === 'not') return `!(${show(node.operand)})`
  if (node.type !== 'and' && node.type !== 'or') throw new Error(node.type)
  return `(${show(node.left)}) ${node.type === 'and' ? '&&' : '||'} (${show(node.right)})`
}

/** `A && (B || C)` as JavaScript has it. */
function asWritten(node: ContextNode, ask: (name: string) => boolean): boolean {
  if (node.type === 'context') return ask(node.name)
  if (node.type === 'not') return !asWritten(node.operand, ask)
  if (node.type !== 'and' && node.type !== 'or') throw new Error(node.type)
  const left = asWritten(node.left, ask)
  return left === (node.type === 'or') ? left : asWritten(node.right, ask)
}

test('with all operations in parentheses, an expression means what is written', () => {
  fc.assert(
    fc.property(expression, fc.subarray(NAMES), (node, existing) => {
      let asked = ''
      const value = asWritten(node, name => {
        asked += name
        return existing.includes(name)
      })
      expect(evaluate(compile(show(node)), existing.join(''))).toEqual({ value, asked })
    })
  )
})

test('deep and long expressions are compiled in time', () => {
  const deep = 'A || B && ('.repeat(400) + 'A' + ')'.repeat(400)
  expect(evaluate(compile(deep), '')).toEqual({ value: false, asked: 'A' })
  const long = `${'A && '.repeat(10_000)}A`
  expect(evaluate(compile(long), 'A').asked).toHaveLength(10_001)
  expect(evaluate(compile(`B || ${long}`), 'B')).toEqual({ value: false, asked: 'BA' })
})
