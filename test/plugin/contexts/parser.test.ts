import { expect, test } from 'vitest'
import { type PerlLoader, perlLoader } from '../../../plugin/perl/source.ts'
import { anyPerl } from '../../helpers/perl-loader.ts'
import type { ContextNode } from '../../../plugin/contexts/definition.ts'
import { parseContextExpression } from '../../../plugin/contexts/parser.ts'

function parse(text: string, perl: PerlLoader = anyPerl): { shown: string | undefined; errors: string[] } {
  const errors: string[] = []
  const expression = parseContextExpression(text, {
    error: message => errors.push(message),
    plainError: message => errors.push(message),
    perl
  })
  const shown =
    expression && (expression.beforePattern ? `[${show(expression.root)}]` : show(expression.root))
  return { shown, errors }
}

/** With every operation in parentheses. */
function show(node: ContextNode): string {
  switch (node.type) {
    case 'context':
      return node.name
    case 'varset':
      return `varset<${node.entry}>`
    case 'not':
      return `!${show(node.operand)}`
    case 'group':
      return show(node.operand)
    case 'and':
      return `(${show(node.left)} && ${show(node.right)})`
    case 'or':
      return `(${show(node.left)} || ${show(node.right)})`
    case 'perl':
      return `perl<${node.code}>`
    case 'call':
      return `call<${node.parameters.join(',')} ${node.operator} ${node.code.text}>`
  }
}

test.each([
  ['A', 'A'],
  ['! A', '!A'],
  ['!!A', 'A'],
  ['! ! (A)', '!!A'],
  ['A && !B || C', '((A && !B) || C)'],
  ['A || B && C', '(A || (B && C))'],
  ['(A || B) && C', '((A || B) && C)'],
  ['A && B && C', '((A && B) && C)'],
  ['!(A||B)', '!(A || B)'],
  ['A&B', 'A&B'],
  ['A|||B', '(A| || B)'],
  ['A!B', 'A!B'],
  ['A=B', 'A=B'],
  ['=', '='],
  ['->', '->'],
  ['A\\(B', 'A(B'],
  ['[A && B]', '[(A && B)]'],
  ['[[A]]', '[[A]]'],
  ['[A] && B', '([A] && B)'],
  ['varset', 'varset'],
  ['varset E && A', '(varset<E> && A)'],
  ['!varset (E F)', '!varset<E F>'],
  ['=(1; 2)', 'perl<1; 2>'],
  ['= 1 && A', '(perl<1> && A)'],
  ['-> ( sub {1} )', 'call< ->  sub {1} >'],
  ['$1 x -> (sub {1}) && A', '(call<$1,x -> sub {1}> && A)'],
  ['($1! x) :> (sub {1})', 'call<$1!,x :> sub {1}>'],
  ['!A -> (sub {1})', '!call<A -> sub {1}>']
])('the context expression %s is understood as %s', (text, shown) => {
  expect(parse(text)).toMatchObject({ shown, errors: [] })
})

test.each([
  ['A B', []],
  ['A & B', []],
  ['A ||', []],
  ['&& A', []],
  ['!', []],
  ['()', []],
  ['(A', []],
  ['A)', []],
  ['(A) B', []],
  ['A =B', []],
  ['VARSET E', []],
  ['A(B)', ["Unexpected subexpression 'B' in 'A(B)'"]],
  ['(A)(B)', ["Unexpected subexpression 'A' in '(A)(B)'", "Unexpected subexpression 'B' in '(A)(B)'"]],
  ['A || B(C) && D E', []],
  ['(A(B)) || (C(D))', ["Unexpected subexpression 'B' in 'A(B)'"]],
  ['A -> ()', ["Eval '' didn't return a code reference"]]
])('the context expression %s is refused in words of SEC', (text, messages) => {
  const { shown, errors } = parse(text)
  expect(shown).toBeUndefined()
  expect(errors).toEqual(
    [...messages, `Invalid context expression ' ${text} '`].map(
      start => expect.stringContaining(start) as string
    )
  )
})

test.each(['=(1)', 'A -> (sub {1})', 'A :> (sub {1})'])('%s is refused where there is no Perl', text => {
  const { shown, errors } = parse(text, perlLoader(undefined))
  expect(shown).toBeUndefined()
  expect(errors[0]).toContain('it needs Perl, which is off')
})

test('long and deep expressions end', () => {
  expect(parse(Array(20_000).fill('A').join(' || ')).errors).toEqual([])
  expect(parse('!'.repeat(20_001) + 'A').shown).toBe('!A')
  expect(parse('('.repeat(20_000) + 'A' + ')'.repeat(20_000)).errors).toHaveLength(1)
})
