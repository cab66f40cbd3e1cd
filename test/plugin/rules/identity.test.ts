import { expect, test } from 'vitest'
import { compileRules } from '../../../plugin/rules/compile.ts'
import type { RuleIdentity } from '../../../plugin/rules/identity.ts'
import { parseRuleFile } from '../../../plugin/rules/parser.ts'

const RULE = 'type=Single\nptype=SubStr\npattern=x\ndesc=d\naction=none\n'
const OTHER = 'type=Suppress\nptype=SubStr\npattern=y\n'

function identities(text: string, name = 'a.sec'): RuleIdentity[] {
  return compileRules([parseRuleFile(name, text)]).rules.map(rule => rule.identity)
}

const [identity] = identities(RULE)

test.each([
  ['comments and other rules', `# a\n\n${OTHER}\n# b\n${RULE}\n`, 1],
  ['remarks and labels', `label=here\nrem=a remark\n${RULE}`, 0],
  ['order of keywords', 'action=none\npattern=x\ndesc=d\nptype=SubStr\ntype=Single\n', 0],
  ['line breaks and space', 'type = Single\n  ptype=Sub\\\nStr\npattern=x  \ndesc=d\naction=none', 0],
  ['a refused rule before it', `type=Nothing\n\n${RULE}`, 0],
  ['a value that a later one overrides', RULE.replace('desc=d', 'desc=c\ndesc=d'), 0]
])('no difference: %s', (_what, text, place) => {
  expect(identities(text)[place]).toEqual(identity)
})

test('equal rules are told apart by their order, a changed one and one of another file by what they are', () => {
  const [first, , second] = identities(`${RULE}\n${OTHER}\n${RULE}`)
  expect(first).toEqual(identity)
  expect(second).toMatchObject({ hash: identity?.hash, occurrence: 1 })
  const others = [...identities(RULE.replace('desc=d', 'desc=e')), ...identities(RULE, 'b.sec')]
  expect(new Set([first, second, ...others].map(each => each?.id)).size).toBe(4)
})

test('it is the same everywhere', () => {
  expect(identity).toEqual({
    file: 'a.sec',
    hash: 'f281080ff3404c9f3598e4dca46553ad67d603441a075b8acb18ace3d014181e',
    occurrence: 0,
    id: 'f3be236e8142e3e5d407'
  })
})
