import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Correlator } from '../../../plugin/correlator.ts'
import { compileRules } from '../../../plugin/rules/compile.ts'
import { parseRuleFile } from '../../../plugin/rules/parser.ts'
import { UTC } from '../../../plugin/time/time-zone.ts'

/** Where groups begin and where they end. */
function groupsOf(rules: readonly string[]): [number, number][] {
  const [file] = compileRules([parseRuleFile('test.sec', rules.join('\n'))]).mainFiles
  return (file?.groups ?? []).flatMap((group, start) => (group ? [[start, group.end]] : []))
}

const single = (type: string, pattern: string, more = ''): string =>
  `type=Single\nptype=${type}\npattern=${pattern}\n${more}desc=d\naction=none\n`

describe('rules are put into groups', () => {
  test('where each needs a text of the line', () => {
    expect(
      groupsOf([single('RegExp', 'abc\\d'), single('SubStr', 'def'), single('RegExp', 'ghi|jkl')])
    ).toEqual([[0, 3]])
  })

  test.each([
    ['whose text is short', single('RegExp', 'ab')],
    ['of which nothing is known', single('RegExp', '\\w+')],
    ['that match what another does not', single('NRegExp', 'xyz')],
    ['that look for what another has not', single('NSubStr', 'xyz')],
    ['that look at several lines', single('RegExp2', 'xyz')],
    ['that look for a text in several lines', single('SubStr2', 'xyz')],
    [
      'of which a second pattern says nothing',
      'type=EventGroup2\nptype=SubStr\npattern=xyz\nptype2=RegExp\npattern2=\\w+\ndesc=d\naction=none\nwindow=10\n'
    ],
    ['that ask for a context first', single('RegExp', 'xyz', 'context=[C]\n')],
    [
      'that await a second line',
      'type=Pair\nptype=SubStr\npattern=xyz\ndesc=d\naction=none\nptype2=SubStr\npattern2=uvw\ndesc2=e\naction2=none\n'
    ],
    ['that ask for no text at all', single('Cached', 'ENTRY')]
  ])('but for those %s', (_those, rule) => {
    const known = single('SubStr', 'abc')
    expect(groupsOf([known, known, rule, known, known, known])).toEqual([
      [0, 2],
      [3, 6]
    ])
  })

  test('with those that ask for a context once their pattern has matched', () => {
    expect(groupsOf([single('SubStr', 'abc'), single('SubStr', 'def', 'context=C\n')])).toEqual([[0, 2]])
  })

  test('with those whose patterns all need a text', () => {
    const group =
      'type=EventGroup2\nptype=SubStr\npattern=xyz\nptype2=SubStr\npattern2=uvw\ndesc=d\naction=none\nwindow=10\n'
    expect(groupsOf([single('SubStr', 'abc'), group])).toEqual([[0, 2]])
  })

  test('of 64 texts at most', () => {
    const texts = Array.from({ length: 20 }, (_none, index) => `text${String(index).padStart(2, '0')}`)
    const rule = single('RegExp', `(?:${texts.join('|')})`)
    expect(groupsOf([rule, rule, rule, rule])).toEqual([[0, 3]])
  })

  test('of sixteen at most', () => {
    expect(groupsOf(Array.from({ length: 20 }, () => single('SubStr', 'abc')))).toEqual([
      [0, 16],
      [16, 20]
    ])
  })
})

const word = fc.constantFrom('aba', 'ABA', 'aBa', 'a.b', 'A.B', 'axb', 'a|b', '[ab', '(\xe9$', '^ab')

/** What rules do to lines, and how often each was tried. */
function outcomeOf(rules: readonly string[], lines: readonly string[]): unknown {
  const effects: unknown[] = []
  const correlator = new Correlator({
    files: [parseRuleFile('test.sec', rules.join('\n'))],
    settings: { bufferSize: 0, eventStoreSize: 0, cleanTime: 0, internalContexts: false, quoting: false },
    host: { logLevel: 1, log: () => {}, effect: effect => effects.push(effect) },
    timeZone: UTC,
    now: 0
  })
  for (const text of lines) correlator.observe({ text, source: '-' })
  return { effects, evaluations: [...correlator.usage.evaluations], matches: [...correlator.usage.matches] }
}

test('rules of a group do what they do alone', () => {
  const rule = fc
    .tuple(
      word,
      fc.constantFrom('SubStr', 'RegExp', 'ignoring case'),
      fc.constantFrom('TakeNext', 'DontCont')
    )
    .map(([text, kind, next]) => {
      const quoted = text.replace(/[^A-Za-z0-9_]/g, '\\$&')
      const pattern = kind === 'SubStr' ? text : kind === 'RegExp' ? quoted : `(?i)${quoted}`
      const type = kind === 'SubStr' ? 'SubStr' : 'RegExp'
      return `type=Single\nptype=${type}\npattern=${pattern}\ncontinue=${next}\ndesc=${text}\naction=write - it has matched\n`
    })
  fc.assert(
    fc.property(
      fc.array(rule, { minLength: 2, maxLength: 20 }),
      fc.array(fc.array(fc.oneof(word, fc.string({ maxLength: 2 })), { maxLength: 3 }), { maxLength: 8 }),
      (rules, parts) => {
        // What belongs to no group and does nothing keeps those before and behind it apart.
        const apart = rules.flatMap(each => [each, single('TValue', 'FALSE')])
        const lines = parts.map(part => part.join(''))
        const grouped = outcomeOf(rules, lines)
        const alone = outcomeOf(apart, lines) as {
          evaluations: number[]
          matches: number[]
          effects: unknown[]
        }
        const own = (numbers: readonly number[]): number[] => numbers.filter((_one, index) => index % 2 === 0)
        expect(grouped).toEqual({
          effects: alone.effects,
          evaluations: own(alone.evaluations),
          matches: own(alone.matches)
        })
      }
    ),
    { numRuns: 500 }
  )
})
