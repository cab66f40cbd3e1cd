import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { SplitKey } from '../../../plugin/key-split/key.ts'
import { type SplitVerdict, splitVerdicts } from '../../../plugin/key-split/verdicts.ts'
import { compileKey } from '../../../plugin/record-key.ts'
import { lineRecord, type LogRecord } from '../../../plugin/record.ts'
import { parseRuleFile } from '../../../plugin/rules/parser.ts'
import { recordedCorrelator } from '../../helpers/correlation.ts'

/**
 * Rules that are said to be splittable, over random lines: what several correlators make of the lines, each key's lines in one
 * of them, is together what one makes of all.
 */

const key: SplitKey = {
  definition: { type: 'regexp', pattern: 'host=(?<host>\\S+)', variable: 'host' },
  variables: ['host'],
  withoutKey: 'spread'
}

interface Line {
  readonly gap: number
  readonly text: string
  readonly host: string | undefined
  /** Which part a line without a key goes to. */
  readonly part: number
}

// Such that names which run into each other do so, and keys begin with keys.
const words = fc.constantFrom('a', 'b', 'a-b', 'b-a', 'ab')

const line: fc.Arbitrary<Line> = fc
  .record({
    // Each at a second of its own: whether what has come to its end is still there at the second after depends, as in SEC,
    // on whether any line of that second came before.
    gap: fc.integer({ min: 1, max: 4 }),
    verb: fc.constantFrom('login', 'logout', 'note'),
    host: fc.option(words, { nil: undefined, freq: 5 }),
    user: words,
    part: fc.nat(2)
  })
  .map(({ gap, verb, host, user, part }) => ({
    gap,
    text: host === undefined ? `${verb} nowhere user=${user}` : `${verb} host=${host} user=${user}`,
    host,
    part
  }))

const PATTERNS = [
  'login host=(?<host>\\S+) user=(?<user>\\S+)',
  'logout host=(?<host>\\S+) user=(?<user>\\S+)',
  'host=(?<host>\\S+) user=(?<user>\\S+)$',
  'login host=(\\S+) user=(\\S+)',
  '^(log\\w+) .*user=(\\S+)'
]
const NAMES = [
  '$+{host}',
  '$1',
  '$2',
  'x $+{host}',
  '$+{host} $2',
  '$+{host}-$2',
  '$2-$+{host}',
  '$+{host}$2',
  'all',
  '$0',
  'on $1 by $2'
]
const CONTEXTS = ['C', 'C_$+{host}', 'C_$1', 'C_$2', 'C_$1-$2', 'C_$2-$1']

const name = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('$+{host}', 'x $+{host}', '$1 by $+{user}') },
  fc.constantFrom(...NAMES)
)
const context = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('C_$+{host}', 'D_$+{host}') },
  fc.constantFrom(...CONTEXTS)
)
const seconds = fc.constantFrom('2', '5', '9')

const actions = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: name.map(text => `alert ${text}`) },
      context.map(each => `delete ${each}`),
      context.map(each => `add ${each} $0`),
      context.map(each => `getsize %n ${each}; alert size %n`),
      context.map(each => `alert %n; exists %n ${each}`),
      fc
        .tuple(context, seconds, name)
        .map(([each, life, text]) => `create ${each} ${life} ( alert expired ${text}; alert %s )`),
      fc.constantFrom(
        'assign %v $1',
        'alert %v',
        'alert %v; assign %v $2',
        'assign %v C_$+{host}; create %v 4',
        'none'
      ),
      fc
        .tuple(fc.constantFrom('-1 ', '+1 ', '0 ', ''), name)
        .map(([offset, text]) => `reset ${offset}${text}`),
      fc.constantFrom(
        'getwpos %w 0 $1; alert at %w',
        'event SEEN host=$+{host} by $2',
        'event SEEN $2',
        'tevent 3 SEEN host=$+{host} by x'
      )
    ),
    { minLength: 1, maxLength: 3 }
  )
  .map(list => list.join('; '))

const expression = fc.option(
  fc.oneof(
    context,
    context.map(each => `!${each}`),
    fc.tuple(context, context).map(([one, other]) => `${one} && !${other}`),
    context.map(each => `[${each}]`)
  ),
  { nil: undefined, freq: 2 }
)

type Fields = Readonly<Record<string, string | undefined>>

const base = fc.record({
  ptype: fc.constant('RegExp'),
  pattern: fc.constantFrom(...PATTERNS),
  context: expression,
  desc: name,
  action: actions,
  continue: fc.constantFrom('TakeNext', 'DontCont', undefined)
})

const second = fc.record({
  ptype2: fc.constant('RegExp'),
  pattern2: fc.constantFrom(
    'logout host=$+{host} user',
    'logout host=(?<host>$+{host}) ',
    'logout host=(?<host>$+{host}) user',
    'logout host=$1 user',
    'logout host=$+{host}',
    'logout',
    'logout host=(?<host>\\S+) user'
  ),
  desc2: fc.constantFrom('gone $+{host}', 'gone'),
  action2: fc.constantFrom('alert gone %s', 'alert gone $+{host}; delete C_$+{host}', 'create C_%+{host} 5'),
  continue2: fc.constantFrom('TakeNext', 'DontCont')
})

const rule: fc.Arbitrary<Fields> = fc.oneof(
  base.map((fields): Fields => ({ type: 'Single', ...fields })),
  fc
    .tuple(base, seconds)
    .map(([fields, window]): Fields => ({ type: 'SingleWithSuppress', ...fields, window })),
  fc.tuple(base, seconds).map(
    ([fields, window]): Fields => ({
      type: 'SingleWithThreshold',
      ...fields,
      window,
      thresh: '2',
      action2: 'alert over %s'
    })
  ),
  fc.tuple(base, seconds).map(
    ([fields, window]): Fields => ({
      type: 'SingleWith2Thresholds',
      ...fields,
      window,
      thresh: '2',
      desc2: 'calm $1',
      action2: 'alert calm %s',
      window2: '3',
      thresh2: '0'
    })
  ),
  fc
    .tuple(base, seconds, second, fc.constantFrom('Pair', 'PairWithWindow'))
    .map(([fields, window, more, type]): Fields => ({ type, ...fields, window, ...more })),
  fc.tuple(base, seconds, fc.constantFrom(...PATTERNS)).map(
    ([fields, window, pattern2]): Fields => ({
      type: 'EventGroup2',
      ...fields,
      window,
      ptype2: 'RegExp',
      pattern2,
      count: 'alert count %s',
      end: 'alert end %s'
    })
  ),
  fc
    .constantFrom(...PATTERNS)
    .map((pattern): Fields => ({ type: 'Suppress', ptype: 'RegExp', pattern, context: 'C_$1' })),
  // Synthetic events, which no rule above repeats.
  fc
    .tuple(
      name,
      actions,
      fc.constantFrom('^SEEN host=(?<host>\\S+) (.*)', '^SEEN (?:host=(?<host>\\S+) )?(.*)')
    )
    .map(
      ([desc, action, pattern]): Fields => ({
        type: 'SingleWithThreshold',
        ptype: 'RegExp',
        pattern,
        desc,
        action: action.replaceAll('event', 'alert').replaceAll('talert 3', 'alert'),
        window: '9',
        thresh: '1'
      })
    )
)

/** A rule that opens a gate for all, or for a key, and one that keeps lines from the others while it is open. */
const gate: fc.Arbitrary<readonly Fields[]> = fc.constantFrom('C', 'C_$+{host}', 'C_$2').map(name => [
  {
    type: 'Single',
    ptype: 'RegExp',
    pattern: 'logout host=(?<host>\\S+) user=(\\S+)',
    continue: 'TakeNext',
    desc: 'open',
    action: `create ${name} 6`
  },
  {
    type: 'Suppress',
    ptype: 'RegExp',
    pattern: 'login host=(?<host>\\S+) user=(\\S+)',
    context: name
  }
])

const ruleFile: fc.Arbitrary<readonly Fields[]> = fc
  .tuple(fc.option(gate, { nil: [], freq: 2 }), fc.array(rule, { minLength: 1, maxLength: 3 }))
  .map(([first, others]) => [...first, ...others])

function written(fields: Fields): string {
  return Object.entries(fields)
    .flatMap(([keyword, value]) => (value === undefined ? [] : `${keyword}=${value}\n`))
    .join('')
}

function alertsOf(
  rules: string,
  lines: readonly (Line & { readonly second: number })[],
  judged: ReadonlySet<number>
): string[] {
  const { correlator, effects } = recordedCorrelator(rules)
  const end = 1000
  const settle = (): void => {
    while (correlator.hasPendingEvents) {
      correlator.observePending()
      correlator.passIfDue()
    }
  }
  const advanceTo = (second: number): void => {
    const advance = correlator.advancing('in', second)
    do settle()
    while (advance.step())
  }
  // Nothing but the lines' own time: a part without lines knows no other.
  for (const { second, text } of lines) {
    advanceTo(second)
    correlator.observe({ text, source: 'in' })
    correlator.passIfDue()
    settle()
  }
  advanceTo(end)
  return effects
    .flatMap(effect => {
      if (effect.type !== 'alert') return []
      const { time, body, attributes } = effect.alert
      const number = attributes['correlog.rule.number'] as number
      return judged.has(number)
        ? [JSON.stringify([number, time, body, attributes['correlog.events.count'] ?? 0])]
        : []
    })
    .sort()
}

const HAS_KEY = 'each line that it matches has a key'

function compare(rules: readonly Fields[], given: readonly Line[]): SplitVerdict[] {
  const text = rules.map(written).join('\n')
  const verdicts = splitVerdicts([parseRuleFile('test.sec', text)], {
    key,
    internalEvents: false,
    runsPrograms: false
  })
  const judged = new Set(verdicts.flatMap(({ split }, index) => (split === 'no' ? [] : [index])))
  // Where a line without a key, or what comes of it, would not be as the verdicts assume.
  const needsKey = verdicts.some(({ because }) =>
    because.some(each => each === HAS_KEY || each.includes('synthetic event'))
  )
  let second = 1
  const lines = given
    .filter(({ host }) => host !== undefined || !needsKey)
    .map(each => {
      second += each.gap
      return { ...each, second }
    })
  const hosts = [...new Set(lines.map(({ host }) => host))]
  const partOf = ({ host, part }: Line): number => (host === undefined ? part : hosts.indexOf(host) % 3)
  const parts = [0, 1, 2].flatMap(part =>
    alertsOf(
      text,
      lines.filter(each => partOf(each) === part),
      judged
    )
  )
  expect(parts.sort()).toEqual(alertsOf(text, lines, judged))
  return verdicts
}

describe('rules that can be split by the key', () => {
  test('give together the alerts of one correlator', () => {
    const counts = { yes: 0, if: 0, no: 0 }

    fc.assert(
      fc.property(ruleFile, fc.array(line, { minLength: 5, maxLength: 40 }), (rules, lines) => {
        for (const { split } of compare(rules, lines)) counts[split]++
      }),
      { numRuns: 700 }
    )
    // The generator makes enough of each.
    expect(counts.yes + counts.if).toBeGreaterThan(150)
    expect(counts.no).toBeGreaterThan(150)
  }, 120_000)
})

describe('a key that is a field', () => {
  const byField: SplitKey = {
    definition: { type: 'field', field: 'attributes.host.name' },
    variables: [],
    withoutKey: 'spread'
  }

  test('is what the match variable is', () => {
    const compiled = compileKey(byField.definition)
    if (!compiled.ok) throw new Error(compiled.message)
    const { keyOf } = compiled
    const record: LogRecord = {
      ...lineRecord('1', 'in', 'text', undefined),
      attributes: { 'host.name': 'web1', host: { name: 'inner' } }
    }
    const rules = 'type=Single\nptype=RegExp\npattern=.\ndesc=d\naction=alert $+{_attr_host_name}\n'
    const { see, effects } = recordedCorrelator(rules)
    see(record)
    expect(effects.flatMap(effect => (effect.type === 'alert' ? effect.alert.body : []))).toEqual([
      keyOf(record, 'text')
    ])
  })
})
