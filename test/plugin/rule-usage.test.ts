import { expect, test } from 'vitest'
import { Correlator } from '../../plugin/correlator.ts'
import { parseRuleFile } from '../../plugin/rules/parser.ts'
import { UTC } from '../../plugin/time/time-zone.ts'

const rules = `
type=Single
ptype=SubStr
pattern=a
continue=TakeNext
desc=first
action=none

type=Single
ptype=SubStr
pattern=b
desc=second
action=none

type=Single
ptype=SubStr
pattern=b
desc=never reached by what the second takes
action=none
`

function create(stopwatch?: () => number): Correlator {
  return new Correlator({
    files: [parseRuleFile('test.sec', rules)],
    settings: { bufferSize: 0, eventStoreSize: 0, cleanTime: 0, internalContexts: false, quoting: false },
    host: { logLevel: 1, log: () => {}, effect: () => {}, stopwatch },
    timeZone: UTC,
    now: 0
  })
}

test('tells how often each rule was tried and matched', () => {
  const correlator = create()
  for (const text of ['a', 'ab', 'c']) correlator.observe({ text, source: '-' })
  expect([...correlator.usage.evaluations]).toEqual([3, 3, 2])
  expect([...correlator.usage.matches]).toEqual([2, 1, 0])
  expect([...correlator.usage.durationMs]).toEqual([0, 0, 0])
})

test('measures how long a rule takes if the host has a stopwatch', () => {
  let now = 0
  const correlator = create(() => now++)
  correlator.observe({ text: 'c', source: '-' })
  correlator.observe({ text: 'c', source: '-' })
  expect([...correlator.usage.durationMs]).toEqual([2, 2, 2])
})

test('begins anew with new rules', () => {
  const correlator = create()
  correlator.observe({ text: 'a', source: '-' })
  correlator.restart([parseRuleFile('test.sec', rules)], correlator.settings)
  expect([...correlator.usage.evaluations]).toEqual([0, 0, 0])
})

test('a line that no rule of a group can match is none that was matched', () => {
  const rule = 'type=Single\nptype=SubStr\npattern=text\ndesc=d\naction=none\n'
  const correlator = create()
  correlator.restart([parseRuleFile('test.sec', `${rule}\n${rule}`)], correlator.settings)
  for (const text of ['other', 'text']) correlator.observe({ text, source: '-' })
  const { matchedLines, evaluations, matches } = correlator.usage
  expect({ matchedLines, evaluations: [...evaluations], matches: [...matches] }).toEqual({
    matchedLines: 1,
    evaluations: [2, 1],
    matches: [1, 0]
  })
})
