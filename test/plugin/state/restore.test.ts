import { assert, describe, expect, test } from 'vitest'
import { describeDropped } from '../../../plugin/state/dropped.ts'
import { parseRuleFile } from '../../../plugin/rules/parser.ts'
import { StateError } from '../../../plugin/state/state-error.ts'
import { type RecordedCorrelator, recordedCorrelator } from '../../helpers/correlation.ts'
import { applyChanges } from './apply-changes.ts'

/** Rules of which the nth does the nth action for the line `do n.`. */
const doing = (...actions: string[]): string =>
  actions
    .map((action, index) => `type=Single\nptype=SubStr\npattern=do ${index}.\ndesc=d\naction=${action}\n`)
    .join('\n')

/** A correlator whose state is kept as it changes. */
class Kept {
  recorded: RecordedCorrelator
  entries: ReadonlyMap<string, string> = new Map()
  /** Characters that the last `at` changed. */
  written = 0

  constructor(rules: string, restore?: ReadonlyMap<string, string>) {
    this.recorded = recordedCorrelator(rules, {}, undefined, { trackChanges: true, restore })
    if (restore !== undefined) this.entries = restore
    this.take()
  }

  at(second: number, ...lines: string[]): void {
    this.recorded.at(second, ...lines)
    this.take()
  }

  /** One that goes on where this one is. */
  restarted(rules: string): Kept {
    return new Kept(rules, this.entries)
  }

  take(): void {
    const { correlator } = this.recorded
    const changes = correlator.changes()
    this.entries = applyChanges(this.entries, changes)
    this.written = [...changes.set].reduce((sum, [key, value]) => sum + key.length + value.length, 0)
    assert.deepEqual(sorted(this.entries), sorted(correlator.snapshot()))
    assert.isAtMost(Math.max(...[...this.entries.values()].map(value => value.length)), 262_144)
  }
}

function sorted(entries: ReadonlyMap<string, string>): [string, string][] {
  return [...entries].sort(([a], [b]) => (a < b ? -1 : 1))
}

test.each([
  ['set with new expiry actions', 'set C - ( write - gone )', 200, 'gone\n'],
  ['an alias after an alias', 'alias C A; getaliases %a X; write - %a', 20, 'C\nX\nA\n'],
  ['a name that was taken away', 'unalias X', 20, ''],
  ['an emptied store', 'add C a; empty C; add C b; report C', 20, 'b\n']
])('%s is kept', (_what, action, second, output) => {
  const rules = doing('create C 100; alias C X', action, 'report C')
  const first = new Kept(rules)
  first.at(10, 'do 0.')
  first.at(10, 'do 1.')
  const second_ = first.restarted(rules)
  second_.at(second)
  expect(first.recorded.output + second_.recorded.output).toBe(output)
})

test('of many synthetic events that wait, those that are taken go and those that come are added', () => {
  const rules = 'type=Single\nptype=RegExp\npattern=^(.+)\ndesc=x\naction=write - $1\n'
  const kept = new Kept(rules)
  const { correlator } = kept.recorded
  for (let round = 0; round < 4; round++) {
    for (let event = 0; event < 1000; event++)
      correlator.events.push({ text: `${round}.${event}`, context: 'X' })
    for (let event = 0; event < 700; event++) correlator.observePending()
    kept.take()
    expect([...kept.entries.keys()].filter(key => key.startsWith('event/'))).toHaveLength((round + 1) * 300)
  }
  const next = kept.restarted(rules).recorded
  for (let event = 0; event < 1200; event++) next.correlator.observePending()
  expect(next.output.split('\n').slice(0, 2)).toEqual(['2.800', '2.801'])
  expect(next.output.endsWith('\n3.999\n')).toBe(true)
})

test('one add to a store of 100,000 lines writes little, also after a restart', () => {
  const rules = `type=Single\nptype=RegExp\npattern=^line\ndesc=$0\naction=add C $0 ${'.'.repeat(90)}\n`
  const first = new Kept(rules)
  const { correlator } = first.recorded
  Object.assign(correlator.host, { logLevel: 1 })
  for (let line = 0; line < 100_000; line++) correlator.observe({ text: `line ${line}`, source: '-' })
  first.at(20)
  const second = first.restarted(`${rules}\n${doing('getsize %n C; write - %n')}`)
  Object.assign(second.recorded.correlator.host, { logLevel: 1 })
  for (const kept of [first, second]) {
    for (let count = 0; count < 20; count++) {
      kept.at(21, `line of ${count}`)
      expect(kept.written).toBeLessThan(65_536)
    }
  }
  second.at(22, 'do 0.')
  expect(second.recorded.output).toBe('100020\n')
})

test('after HUP the changes are those to the new rules', () => {
  const rules = doing('create C; add C x; assign %v 1; event 9 later; spawn y', 'none')
  const kept = new Kept(rules)
  kept.at(1, 'do 0.')
  const { correlator } = kept.recorded
  correlator.events.push({ text: 'waiting', context: 'X' })
  correlator.restart([parseRuleFile('other.sec', doing('none'))], {
    ...correlator.settings,
    bufferSize: 3,
    jointBuffer: true
  })
  kept.take()
  const kinds = [...kept.entries.keys()].map(key => key.split('/', 1)[0] ?? '')
  expect([...new Set(kinds)].sort().join(' ')).toBe('buffer correlator event reader rule')
})

test('an operation whose last actions fail is kept as one that ends', () => {
  const rules =
    'type=EventGroup\nptype=SubStr\npattern=x\ndesc=x\naction=none\nend=write - end\nwindow=10\nthresh=9\n'
  const kept = new Kept(rules)
  kept.at(1, 'x')
  const fail = (): never => {
    throw new Error('no way out')
  }
  Object.assign(kept.recorded.correlator.host, { effect: fail })
  kept.at(12)
  expect(kept.recorded.correlator.state()).toMatchObject({ 'op/1': { state: { ending: true } } })
})

test('a value that is too large for an entry is cut, and no more when it is small again', () => {
  const rules = doing('assign %big small', 'write - %big')
  const grow = 'type=Single\nptype=RegExp\npattern=^grow (.*)\ndesc=grow\naction=assign %big $1\n'
  const first = new Kept(`${rules}\n${grow}`)
  first.at(1, `grow ${'é'.repeat(600_000)}`)
  expect([...first.entries.keys()].filter(key => key.includes('var/big'))).toHaveLength(4)
  const second = first.restarted(`${rules}\n${grow}`)
  second.at(2, 'do 1.')
  expect(second.recorded.output).toBe(`${'é'.repeat(600_000)}\n`)
  second.at(3, 'do 0.')
  expect([...second.entries.keys()].filter(key => key.includes('var/big'))).toEqual(['var/big'])
  expect([...second.entries.keys()].filter(key => key.startsWith('chunk/'))).toEqual([])
})

describe('rules that have changed', () => {
  const threshold = (pattern: string, window = 60): string =>
    `type=SingleWithThreshold\nptype=RegExp\npattern=^${pattern} (.+)\ndesc=${pattern} $1\n` +
    `action=write - ${pattern} $1\nthresh=3\nwindow=${window}\n`
  const script =
    'type=SingleWithScript\nptype=SubStr\npattern=run\ncontinue=TakeNext\ndesc=run\nscript=x\naction=write - ran\n'

  test('only their own operations are dropped, and told', () => {
    const first = new Kept(`${threshold('a')}\n${threshold('b')}\n${script}`)
    first.at(10, 'a 1', 'a 2', 'a 2', 'b 1', 'run')
    first.at(11, 'b 1')
    const next = first.restarted(`# moved\n\n${doing('none')}\n${threshold('b')}\n${threshold('a', 30)}`)
    const { dropped } = next.recorded.correlator
    expect(dropped.map(describeDropped)).toEqual([
      'SingleWithThreshold rule that was in test.sec at line 1 has changed or is gone: dropped 2 of its operations',
      'SingleWithScript rule that was in test.sec at line 17 has changed or is gone: dropped 0 of its operations and 1 awaited programs'
    ])
    next.at(12, 'b 1', 'a 2')
    expect(next.recorded.output).toBe('b 1\n')
    expect(next.restarted(`${threshold('b')}`).recorded.correlator.dropped).toMatchObject([{ operations: 1 }])
  })

  test('expiry actions outlive their rule', () => {
    const first = new Kept(doing('create C 10 ( reset; getwpos %p 0; write - expired %s )'))
    first.at(10, 'do 0.')
    const next = first.restarted(threshold('a'))
    next.at(21)
    expect(next.recorded.output).toBe('expired d\n')
    expect(next.recorded.correlator.dropped).toEqual([])
  })

  test('the minute that a Calendar rule last acted in is that of the rule', () => {
    const calendar = (text: string): string =>
      `type=Calendar\ntime=* * * * *\ndesc=${text}\naction=write - %s\n`
    const first = new Kept(`${calendar('a')}\n${calendar('b')}`)
    first.at(60)
    const next = first.restarted(`${calendar('b')}\n${calendar('c')}`)
    next.at(61)
    expect(first.recorded.output + next.recorded.output).toBe('a\nb\nc\n')
  })

  test('an input buffer takes another size', () => {
    const pattern = (lines: number): string =>
      `type=Single\nptype=RegExp${lines}\npattern=(?s)^(.*)$\ndesc=x\naction=write - <$1>\n`
    const first = new Kept(pattern(3))
    first.at(1, 'a', 'b', 'c')
    const smaller = first.restarted(pattern(2))
    smaller.at(2, 'd')
    const larger = smaller.restarted(pattern(4))
    larger.at(3, 'e')
    expect(smaller.recorded.output).toBe('<c\nd>\n')
    expect(larger.recorded.output).toBe('<\nc\nd\ne>\n')
  })
})

test('a second pattern that was made of the first is there again', () => {
  const rules =
    'type=Pair\nptype=RegExp\npattern=^down (.+)\ndesc=$1\naction=none\nptype2=RegExp\npattern2=^up $1$\ndesc2=%1\naction2=write - up %1\n'
  const first = new Kept(rules)
  first.at(1, 'down a.b', 'down c')
  const next = first.restarted(rules)
  next.at(2, 'up aXb', 'up c', 'up a.b')
  expect(next.recorded.output).toBe('up c\nup a.b\n')
})

test('names of contexts are kept in their order of creation, and what an internal context took away', () => {
  const rules =
    'type=SingleWithScript\nptype=SubStr\npattern=run\ndesc=run\nscript=x\naction=none\n\n' +
    doing(
      'create A; create B; alias A X; create _FILE_EVENT_in; alias _FILE_EVENT_in Y; alias B Z',
      'create _FILE_EVENT_in 50; alias _FILE_EVENT_in Q',
      'delete Y'
    )
  const names = (kept: Kept, second: number): unknown => {
    kept.at(second, 'run')
    return kept.recorded.effects.flatMap(effect => (effect.type === 'run' ? effect.input : []))
  }
  const first = new Kept(rules)
  first.at(1, 'do 0.')
  expect(names(first.restarted(rules), 2)).toEqual(['A\nB\nX\n_FILE_EVENT_in\nY\nZ\n'])
  // While a line of `in` is matched, its own internal context takes the name away.
  const shadowing = recordedCorrelator(rules, { internalContexts: true }, undefined, {
    trackChanges: true,
    restore: first.entries
  }).correlator
  shadowing.observe({ text: 'x', source: 'in' })
  const without = applyChanges(first.entries, shadowing.changes())
  expect(sorted(without)).toEqual(sorted(shadowing.snapshot()))
  const second = new Kept(rules, without)
  expect(names(second, 3)).toEqual(['A\nB\nX\nY\nZ\n'])
  // The name leads to another one now; the one that lost it still takes it along.
  second.at(4, 'do 1.')
  second.at(5, 'do 2.')
  expect(names(second.restarted(rules), 6)).toEqual(['A\nB\nX\nZ\nQ\n'])
})

test('programs of another process are forgotten', () => {
  const rules =
    'type=SingleWithScript\nptype=SubStr\npattern=run\ndesc=run\nscript=x\naction=write - ran\n\n' +
    doing('spawn y')
  const first = new Kept(rules)
  first.at(1, 'run', 'run', 'do 0.')
  const next = first.restarted(rules)
  expect(next.recorded.correlator.forgetPrograms()).toBe(2)
  next.at(2)
  expect([...next.entries.keys()].filter(key => /^(?:script|reader)/.test(key))).toEqual([])
  next.at(3, 'run')
  expect(next.recorded.effects).toMatchObject([{ child: 4 }])
})

test('entries of others are left alone, and without any of its own it starts anew', () => {
  const others = new Map([
    ['position/a', '{}'],
    ['stage', 'no JSON']
  ])
  const first = new Kept(doing('none'))
  const changes = recordedCorrelator(doing('none'), {}, undefined, {
    trackChanges: true,
    restore: new Map([...first.entries, ...others])
  }).correlator.changes()
  expect([changes.set.size, changes.deleted]).toEqual([0, []])
  const fresh = recordedCorrelator('', {}, undefined, { restore: others })
  expect(fresh.correlator.state()).toMatchObject({ correlator: { nextOperation: 1 } })
})

test('changes are to be asked for at the start', () => {
  expect(() => recordedCorrelator('').correlator.changes()).toThrow('made without trackChanges')
})

describe('what is refused', () => {
  const rules = `type=SingleWithThreshold\nptype=RegExp\npattern=^a (.+)\ndesc=$1\naction=none\nthresh=9999\nwindow=60\n`
  const kept = new Kept(`${rules}\n${doing('create C 10 ( none ); event 5 x; assign %a b; add D y')}`)
  Object.assign(kept.recorded.correlator.host, { logLevel: 1 })
  kept.at(10, ...new Array<string>(3000).fill('a 1'), 'do 0.')
  const good = kept.entries
  const edited = (key: string, edit: (value: string) => string | undefined): Map<string, string> => {
    const entries = new Map(good)
    const value = edit(good.get(key) ?? '')
    if (value === undefined) entries.delete(key)
    else entries.set(key, value)
    return entries
  }

  test.each([
    [
      'another version',
      'correlator',
      (value: string) => value.replace('"version":1', '"version":2'),
      'correlator',
      'the state is of version 2; expected 1'
    ],
    ['no version', 'correlator', () => undefined, 'correlator', 'missing'],
    ['half an entry', 'op/1', (value: string) => value.slice(0, -9), 'op/1', 'no JSON'],
    [
      'a number for a string',
      'op/1',
      (value: string) => value.replace('"description":"1"', '"description":1'),
      'op/1',
      '"description" is 1; expected a string'
    ],
    [
      'a missing state',
      'op/1',
      (value: string) => value.replace('"state"', '"State"'),
      'op/1',
      'expected an object'
    ],
    ['a missing segment', 'op/1/arrivals/1', () => undefined, 'op/1/arrivals/1', 'missing'],
    ['a segment that is no list', 'op/1/arrivals/1', () => '["x"]', 'op/1/arrivals/1', 'expected a list'],
    [
      'an event store that is no list',
      'ctx/2',
      (value: string) => value.replace('"time":10', '"time":"x"'),
      'ctx/2',
      'expected a list'
    ],
    [
      'actions that are none',
      'ctx/1',
      (value: string) => value.replace('"actions":[', '"actions":[7,'),
      'ctx/1',
      '"actions"'
    ],
    [
      'a variable that is a number',
      'var/a',
      () => '7',
      'var/a',
      'expected a string, null or a reference of Perl'
    ],
    [
      'a missing time',
      'pending/1',
      (value: string) => value.replace('due', 'Due'),
      'pending/1',
      '"due" is missing; expected a number'
    ],
    ['a key without a number', 'op/x', () => '{}', 'op/x', 'expected a number in the key'],
    ['a missing chunk', 'var/a', () => '{"chunks":2}', 'chunk/0/var/a', 'missing']
  ])('%s', (_what, key, edit, faulty, reason) => {
    const restore = (): unknown => recordedCorrelator(rules, {}, undefined, { restore: edited(key, edit) })
    expect(restore).toThrow(StateError)
    expect(restore).toThrow(`state entry "${faulty}": `)
    expect(restore).toThrow(reason)
  })
})
