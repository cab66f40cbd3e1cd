import { expect, test } from 'vitest'
import { parseRuleFile } from '../../../plugin/rules/parser.ts'

function parseSingle(pattern: string): ReturnType<typeof parseRuleFile> {
  return parseRuleFile('r.sec', `type=Single\nptype=RegExp\npattern=${pattern}\ndesc=x\naction=none\n`)
}

test.each([
  ['(?[ [a-z] & [aeiou] ])', 'an extended class (?[ ])'],
  ['a(*COMMIT)b', 'the verb (*COMMIT)'],
  ['a(*SKIP)b', 'the verb (*SKIP)']
])('a rule with %s is refused with the construct named', (pattern, construct) => {
  const { rules, diagnostics } = parseSingle(pattern)
  expect(rules).toEqual([])
  expect(diagnostics.map(({ severity }) => severity)).toEqual(['error'])
  expect(diagnostics[0]?.message).toContain(`'${pattern}' can't be translated: ${construct}`)
})

test('a rule with what Perl itself refuses has its message', () => {
  expect(parseSingle('a(?{ 1 })b').diagnostics[0]?.message).toContain('Eval-group not allowed at runtime')
})
