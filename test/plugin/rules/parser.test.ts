import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseRuleFile } from '../../../plugin/rules/parser.ts'
import { randomRuleFile } from '../../parity/rule-files/generate.ts'
import { Random } from '../../parity/rule-files/random.ts'

type Fields = Readonly<Record<string, string>>

const condition = { ptype: 'SubStr', pattern: 'x' }
const single = { type: 'Single', ...condition, desc: 'd', action: 'none' }
const pair = {
  ...single,
  type: 'Pair',
  ptype2: 'RegExp',
  pattern2: 'y',
  desc2: 'd2',
  action2: 'break'
}

function rule(fields: Fields): string {
  return Object.entries(fields)
    .map(([keyword, value]) => `${keyword}=${value}\n`)
    .join('')
}

function messagesOf(...rules: Fields[]): string[] {
  return parseRuleFile('f', rules.map(rule).join('\n')).diagnostics.map(diagnostic => diagnostic.message)
}

const dontCont = { type: 'DontCont' }
const substr = { pattern: { type: 'SubStr', negated: false, lines: 1, source: 'x' }, continue: dontCont }

describe('a rule of type', () => {
  test.each<readonly [Fields, object]>([
    [
      { ...single, varmap: '1', context: '[A]', continue: 'takenext' },
      {
        type: 'Single',
        line: 1,
        condition: {
          ...substr,
          continue: { type: 'TakeNext' },
          context: { beforePattern: true, root: { type: 'context', name: 'A' } }
        },
        description: 'd',
        actions: [{ type: 'none' }]
      }
    ],
    [
      { ...single, type: 'SingleWithScript', script: 'a  b', shell: 'No' },
      {
        type: 'SingleWithScript',
        condition: substr,
        script: ['a', 'b'],
        actions: [{ type: 'none' }],
        actions2: []
      }
    ],
    [{ ...single, type: 'SingleWithScript', script: 'a  b' }, { script: 'a  b' }],
    [
      { ...single, type: 'singlewithsuppress', window: '07' },
      { type: 'SingleWithSuppress', window: 7 }
    ],
    [
      pair,
      {
        type: 'Pair',
        condition: substr,
        condition2: { pattern: { type: 'RegExp', source: 'y' }, continue: dontCont },
        description2: 'd2',
        actions2: [{ type: 'break' }],
        window: 0
      }
    ],
    [
      { ...pair, type: 'PairWithWindow', window: '5' },
      { type: 'PairWithWindow', window: 5 }
    ],
    [
      { ...single, type: 'SingleWithThreshold', window: '5', thresh: '3' },
      { type: 'SingleWithThreshold', window: 5, threshold: 3, actions2: [] }
    ],
    [
      {
        ...single,
        type: 'SingleWith2Thresholds',
        window: '5',
        thresh: '3',
        desc2: 'e',
        action2: 'none',
        window2: '6',
        thresh2: '0'
      },
      { window: 5, threshold: 3, window2: 6, threshold2: 0, description2: 'e' }
    ],
    [
      { ...single, type: 'EventGroup', window: '5' },
      {
        type: 'EventGroup',
        members: [{ condition: substr, threshold: 1, count: [] }],
        init: [],
        end: [],
        slide: [],
        multipleActions: false,
        window: 5
      }
    ],
    [
      {
        ...single,
        type: 'EventGroup02',
        ptype2: 'TValue',
        pattern2: 'true',
        thresh2: '4',
        egtoken2: 'T',
        egptype: 'NSubStr',
        egpattern: '1\\s2',
        multact: 'yes',
        window: '5'
      },
      {
        members: [{ threshold: 1 }, { threshold: 4, token: 'T', condition: { pattern: { source: 'TRUE' } } }],
        groupPattern: { type: 'SubStr', negated: true, lines: 1, source: '1 2' },
        multipleActions: true
      }
    ],
    [
      { type: 'Suppress', ...condition },
      { type: 'Suppress', condition: substr }
    ],
    [
      { type: 'Calendar', time: '0 1 2 3 7', desc: 'd', action: 'none' },
      { type: 'Calendar', time: { minutes: [0], hours: [1], days: [2], months: [3], weekdays: [0] } }
    ],
    [
      { type: 'Jump', ...condition },
      { type: 'Jump', sets: [], constantSets: true }
    ],
    [
      { type: 'Jump', ...condition, cfset: 'A  B A', constset: 'no', continue: 'GoTo  some label' },
      {
        sets: ['A', 'B', 'A'],
        constantSets: false,
        condition: { continue: { type: 'GoTo', label: 'some label' } }
      }
    ]
  ])('$type is read', (fields, expected) => {
    const { rules } = parseRuleFile('f', rule(fields))
    expect(rules).toEqual([expect.objectContaining({ line: 1 })])
    expect(rules[0]).toMatchObject(expected)
  })
})

describe('a rule file', () => {
  test('gives numbers to Calendar rules, and none to Options and refused rules', () => {
    const calendar = { type: 'Calendar', time: '* * * * *', desc: 'd', action: 'none' }
    const text = [
      single,
      { type: 'Options' },
      { type: 'None' },
      calendar,
      { ...single, action: 'sigemul HUP' }
    ]
    expect(parseRuleFile('f', text.map(rule).join('\n')).rules.map(({ type, line }) => [type, line])).toEqual(
      [
        ['Single', 1],
        ['Calendar', 11],
        ['Single', 16]
      ]
    )
  })

  test('goes by its last Options rule', () => {
    const first = { type: 'Options', joincfset: 'A B', procallin: 'no' }
    expect(parseRuleFile('f', rule(first)).options).toEqual({
      joinCfSets: ['A', 'B'],
      processAllInput: false
    })
    expect(parseRuleFile('f', `${rule(first)}\n${rule({ type: 'Options' })}`).options).toEqual({
      joinCfSets: [],
      processAllInput: true
    })
  })

  test('binds a label to the rule that it stands in or before; the last of its name counts', () => {
    const text = `label=A\n\n${rule(single)}label=B\n\nlabel=C\n${rule(single)}\nlabel=D\nlabel=C\n`
    expect([...parseRuleFile('f', text).labels]).toEqual([
      ['A', 0],
      ['B', 0],
      ['C', 2],
      ['D', 2]
    ])
  })
})

// SEC's own lines, except for what follows a semicolon or "not yet".
describe('the log says', () => {
  test.each<readonly [name: string, fields: Fields, messages: readonly string[]]>([
    [
      'which keyword is missing',
      { type: 'Suppress', ptype: 'SubStr' },
      ["Rule in f at line 1: Keyword 'pattern' missing (needed for SUPPRESS rule)"]
    ],
    [
      'which keyword is not allowed',
      { ...single, foo: '1' },
      ["Rule in f at line 1: Keyword 'foo' illegal (not allowed for SINGLE rule)"]
    ],
    ['that the type is missing', { desc: 'd' }, ["Rule in f at line 1: Keyword 'type' missing"]],
    ['which type is none', { type: 'Foo' }, ['Rule in f at line 1: Invalid rule type FOO']],
    [
      'that EventGroup needs a member',
      { type: 'EventGroup00' },
      ['Rule in f at line 1: Invalid rule type EVENTGROUP00 (N must be at least 1 for EventGroupN rule)']
    ],
    [
      'what continue may be',
      { ...single, continue: 'x' },
      [
        "Rule in f at line 1: Invalid continue value 'x'; expected TakeNext, DontCont, EndMatch or GoTo <label>"
      ]
    ],
    [
      'which number is wrong',
      { ...single, type: 'SingleWithSuppress', window: '0' },
      ["Rule in f at line 1: Invalid time window ' 0 '; expected an integer of at least 1"]
    ],
    [
      'which second threshold is wrong',
      {
        ...single,
        type: 'SingleWith2Thresholds',
        window: '1',
        thresh: '1',
        desc2: 'd',
        action2: 'none',
        window2: '1',
        thresh2: '-1'
      },
      ["Rule in f at line 1: Invalid 2nd threshold ' -1 '"]
    ],
    [
      'what shell may be',
      { ...single, type: 'SingleWithScript', script: 'x', shell: 'x' },
      ["Rule in f at line 1: Invalid shell value ' x '; expected Yes or No"]
    ],
    [
      'what procallin may be, and goes on',
      { type: 'Options', procallin: 'x' },
      ["Rule in f at line 1: Invalid procallin value ' x ', assuming procallin=Yes"]
    ],
    [
      'that a variable map is ignored',
      { ...single, varmap: '-' },
      [
        "Variable maps are supported for RegExp and PerlFunc patterns only, ignoring variable map '-'; " +
          'expected pattern type RegExp, PerlFunc or Record'
      ]
    ],
    [
      'that a label is unknown',
      { ...pair, continue2: 'GoTo L' },
      ['Rule in f at line 1: label L does not exist, assuming continue2=DontCont']
    ],
    [
      'that a label stands before the rule',
      { label: 'L', ...single, continue: 'GoTo L' },
      ["Rule in f at line 1: can't go backwards to label L, assuming continue=DontCont"]
    ],
    [
      'that egtoken needs egpattern',
      { ...single, type: 'EventGroup', window: '1', egtoken: 'x' },
      ["Rule in f at line 1: 'egtoken' keyword requires the 'egpattern' keyword"]
    ],
    [
      'that egptype needs egpattern',
      { ...single, type: 'EventGroup', window: '1', egptype: 'SubStr' },
      ["Rule in f at line 1: 'egptype' keyword requires the 'egpattern' keyword"]
    ],
    [
      'what is not built yet',
      { ...single, action: 'sigemul HUP; sigemul INT' },
      ['f:1: action "sigemul" emulates a signal, not yet']
    ],
    [
      'where Perl is needed and is off',
      { ...single, action: 'eval %a 1' },
      [
        "Rule in f at line 1: Can't run the action eval: it needs Perl, which is off",
        "Rule in f at line 1: Invalid action list ' eval %a 1 '"
      ]
    ],
    [
      'what a refused rule needs besides not',
      { ...single, action: 'sigemul HUP; foo' },
      [
        "Rule in f at line 1: Invalid action 'foo'",
        "Rule in f at line 1: Invalid action list ' sigemul HUP; foo '"
      ]
    ],
    [
      'the first fault only',
      { ...single, continue: 'x', ptype: 'x', context: 'a b', action: 'x' },
      ["Rule in f at line 1: Invalid continue value 'x'"]
    ]
  ])('%s', (_name, fields, messages) => {
    expect(messagesOf(fields)).toEqual(messages.map(message => expect.stringContaining(message) as string))
  })

  test('which line is malformed and which keyword repeated, in the order of the file', () => {
    expect(parseRuleFile('f', `${rule(single)}foo\ndesc=e\n\ntype=None\n`).diagnostics).toEqual([
      {
        severity: 'error',
        line: 6,
        message: 'f line 6 (foo): Line not in keyword=value format or non-alphanumeric keyword'
      },
      {
        severity: 'warning',
        line: 7,
        message: "Several 'desc' keywords specified, overriding previous value 'd' with 'e'; f line 7"
      },
      { severity: 'error', line: 9, message: expect.stringContaining('Invalid rule type NONE') as string }
    ])
  })

  test('of an EventGroup of any size what it lacks, within bounds', () => {
    expect(messagesOf({ type: 'EventGroup999999999999' }).length).toBeLessThan(3000)
  })
})

describe('parsing never throws', () => {
  test('for bytes of any kind', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), bytes => {
        const text = Buffer.from(bytes).toString('latin1')
        expect(() => parseRuleFile('f', text)).not.toThrow()
      })
    )
  })

  test('for rule files in which anything is replaced', () => {
    const damage = fc.tuple(fc.nat(), fc.nat({ max: 20 }), fc.string({ unit: 'binary', maxLength: 20 }))
    fc.assert(
      fc.property(fc.nat(), fc.array(damage, { maxLength: 5 }), (seed, damages) => {
        let text = randomRuleFile(new Random(seed))
        for (const [at, removed, added] of damages) {
          const start = at % (text.length + 1)
          text = text.slice(0, start) + added + text.slice(start + removed)
        }
        const bytes = Buffer.from(text, 'latin1').toString('latin1')
        expect(() => parseRuleFile('f', bytes)).not.toThrow()
      })
    )
  })
})
