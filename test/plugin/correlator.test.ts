import { describe, expect, test } from 'vitest'
import { parseRuleFile } from '../../plugin/rules/parser.ts'
import { recordedCorrelator } from '../helpers/correlation.ts'

const THRESHOLD = `
type=SingleWithThreshold
ptype=RegExp
pattern=failed login of (?<user>\\w+)
desc=logins of $1
action=write - %s at %u; add LOG $+{user}; event 10 later $1; create SEEN_$1 60 ( write - forgot $1 )
action2=write - end
window=60
thresh=3

type=Pair
ptype=RegExp
pattern=down (\\S+)
varmap=DOWN; host=1
desc=down $1
action=none
ptype2=RegExp
pattern2=up $1 $:{DOWN:host}
desc2=up %1
action2=write - %s

type=Calendar
time=* * * * *
desc=minute
action=assign %minute %t
`

test('what it remembers is plain JSON data', () => {
  const { correlator, at } = recordedCorrelator(THRESHOLD)
  at(100, 'failed login of joe', 'failed login of joe', 'failed login of ann')
  at(101, 'failed login of joe', 'down a.b')
  expect(correlator.state()).toMatchObject({
    'op/1': { description: 'logins of joe', windowStart: 100, state: { fired: true } },
    'op/2': { description: 'logins of ann', windowStart: 100, state: { arrivals: [100], fired: false } },
    'op/3': { description: 'down a.b', windowStart: 101 },
    'ctx/1': { names: ['LOG'], lifetime: 0 },
    'ctx/2': { names: ['SEEN_joe'], lifetime: 60 },
    'pending/1': { text: 'later joe', context: '_INTERNAL_EVENT', due: 111 },
    'var/minute': 'Thu Jan  1 00:01:40 1970'
  })
})

test('the same lines at the same seconds have the same effects', () => {
  const run = (): unknown => {
    const { at, effects, messages } = recordedCorrelator(THRESHOLD)
    for (let second = 100; second < 200; second++) at(second, `failed login of u${second % 3}`)
    return { effects: [...effects], messages: [...messages] }
  }
  expect(run()).toEqual(run())
})

test('a restart forgets everything but the events that wait', () => {
  const { correlator, at } = recordedCorrelator(THRESHOLD)
  at(100, 'failed login of joe', 'failed login of joe', 'failed login of joe')
  correlator.events.push({ text: 'waiting', context: '_INTERNAL_EVENT' })
  correlator.restart([], correlator.settings)
  const keys = Object.keys(correlator.state()).sort((a, b) => (a < b ? -1 : 1))
  expect(keys).toEqual(['buffer/', 'correlator', 'event/0'])
})

test('the last lines of inputs outlive a restart, but for inputs that have gone', () => {
  const two = 'type=Single\nptype=RegExp2\npattern=(a.*)\\n(b.*)\ndesc=x\naction=write - $1 $2\n'
  const three = 'type=Single\nptype=RegExp3\npattern=^\\n(a.*)\\n(b.*)\ndesc=x\naction=write - three $1 $2\n'
  const restarted = (settings: object, rules: string, inputs?: string[]): string => {
    const recorded = recordedCorrelator(two, settings)
    const { correlator } = recorded
    for (const source of ['x', 'y']) correlator.observe({ text: `a${source}`, source })
    const files = [parseRuleFile('test.sec', rules)]
    correlator.restart(files, correlator.settings, inputs && new Set(inputs))
    for (const source of ['y', 'x']) correlator.observe({ text: `b${source}`, source })
    return recorded.output
  }
  expect(restarted({}, two)).toBe('ay by\nax bx\n')
  expect(restarted({}, two, ['x', 'z'])).toBe('ax bx\n')
  expect(restarted({}, three)).toBe('three ay by\nthree ax bx\n')
  expect(restarted({ jointBuffer: true }, two, ['x'])).toBe('ay by\n')
})

test('programs outlive a restart: exits of rules that are still there, and the contexts of what is printed', () => {
  const rule = (name: string): string => `
type=SingleWithScript
ptype=RegExp
pattern=${name} (\\S+)
script=ping $1
desc=${name} $1
action=write - ok %s $1
`
  const other = 'type=Single\nptype=SubStr\npattern=go\ndesc=x\naction=cspawn CS echo\n'
  const recorded = recordedCorrelator(`${rule('gone')}${rule('kept')}\n${other}`, { internalContexts: true })
  const { correlator, at } = recorded
  at(1, 'gone a', 'kept b', 'go')
  const rules = `${rule('kept')}
type=Single
ptype=RegExp
pattern=(line)
context=CS
desc=x
action=write - $1
`
  correlator.restart([parseRuleFile('test.sec', rules)], correlator.settings)
  correlator.childExit(1, 0)
  correlator.childExit(2, 0)
  correlator.childLine(3, 'line')
  at(2, 'next')
  expect(recorded.output).toBe('ok kept b b\nline\n')
})

test('timer passes are cleanTime seconds apart', () => {
  const rules = 'type=Single\nptype=TValue\npattern=TRUE\ndesc=x\naction=create C 2 ( write - %u )\n'
  const recorded = recordedCorrelator(rules, { cleanTime: 5 })
  const { correlator } = recorded
  correlator.setTime(100)
  correlator.passIfDue()
  correlator.observe({ text: 'x', source: '-' })
  for (let second = 101; second < 110; second++) {
    correlator.setTime(second)
    correlator.passIfDue()
  }
  expect(recorded.output).toBe('105\n')
})

describe('what is not built yet', () => {
  const rules = `
type=Single
ptype=SubStr
pattern=x
continue=TakeNext
desc=x
action=tcpsock host:25 x; write - went on
`
  test('logs one error for each place and goes on', () => {
    const recorded = recordedCorrelator(rules)
    recorded.at(1, 'x', 'x')
    expect(recorded.output).toBe('went on\nwent on\n')
    expect(recorded.messages.filter(({ level }) => level <= 2).map(({ message }) => message)).toEqual([
      'Rule in test.sec at line 2: action "tcpsock" sends to a socket, not yet'
    ])
  })
})

test('a SingleWithScript rule acts on the exit of its program, with the variables of its match', () => {
  const rules = `
type=SingleWithScript
ptype=RegExp
pattern=check (\\S+)
script=ping $1
desc=checked $1
action=write - ok %s
action2=write - bad %s
`
  const recorded = recordedCorrelator(rules)
  recorded.at(1, 'check a', 'check b')
  expect(recorded.effects).toMatchObject([
    { type: 'run', child: 1, command: 'ping a', input: '' },
    { type: 'run', child: 2, command: 'ping b', input: '' }
  ])
  recorded.correlator.childExit(2, 0)
  recorded.correlator.childExit(1, 3)
  recorded.correlator.childExit(1, 0)
  expect(recorded.output).toBe('ok checked b\nbad checked a\n')
})

test('the message about a line of a program does not name its context, as in SEC', () => {
  const { at, correlator, messages } = recordedCorrelator(
    'type=Single\nptype=SubStr\npattern=go\ndesc=x\naction=cspawn CS echo one\n'
  )
  at(1, 'go')
  correlator.childLine(1, 'one')
  expect(messages.at(-1)?.message).toBe("Creating event 'one' (received from child 1)")
})

test('messages above the log level are not built', () => {
  const { correlator, messages } = recordedCorrelator(THRESHOLD)
  Object.assign(correlator.host, { logLevel: 3 })
  correlator.setTime(100)
  for (let count = 0; count < 3; count++) correlator.observe({ text: 'failed login of joe', source: '-' })
  expect(messages).toEqual([])
})

test('a line that the slow matcher gives up on is reported, each time', () => {
  const recorded = recordedCorrelator(
    'type=Single\nptype=RegExp\npattern=^(?:(a+)|(b))*\\1{9}z$\ndesc=x\naction=write - matched\n'
  )
  recorded.at(1, 'a'.repeat(60), 'aaaaaaaaaaz')
  expect(recorded.output).toBe('matched\n')
  expect(recorded.messages.filter(({ level }) => level <= 2).map(({ message }) => message)).toEqual([
    "Rule in test.sec at line 1: gave up on matching '^(?:(a+)|(b))*\\1{9}z$' with a line of 60 bytes, taken for no match (so far 1 times)"
  ])
})

test('a fault ends no more than what it came up in', () => {
  const recorded = recordedCorrelator(`
type=Single
ptype=RegExp
pattern=^start
desc=start
action=create A 1 ( write - A; cmdexec fail; write - never ); create B 1 ( write - B )

type=PairWithWindow
ptype=RegExp
pattern=^(start|fail)
desc=$1
action=write - expired $1
ptype2=TValue
pattern2=FALSE
desc2=none
action2=none
window=1
continue=TakeNext

type=Single
ptype=RegExp
pattern=^fail
desc=fail
action=cmdexec fail; write - never
`)
  recorded.correlator.host.effect = effect => {
    if (effect.type === 'run') throw new Error('broken')
    recorded.effects.push(effect)
  }
  recorded.at(100, 'fail', 'start')
  recorded.at(102)
  expect(recorded.output).toBe('A\nB\nexpired fail\n')
  expect(Object.keys(recorded.correlator.state()).filter(key => /^(?:op|ctx)\//.test(key))).toEqual([])
  const faults = recorded.messages.filter(({ level }) => level === 2)
  expect(faults.map(({ message }) => message.split(' | ')[0])).toEqual([
    'Internal error: Error: broken',
    'Internal error: Error: broken'
  ])
})

test('a GoTo that does not lead forward means DontCont, as in SEC', () => {
  const recorded = recordedCorrelator(`
label=before

type=Single
ptype=SubStr
pattern=before
desc=first
action=write - first
continue=GoTo before

label=itself
type=Single
ptype=SubStr
pattern=itself
desc=second
action=write - second
continue=GoTo itself

type=Single
ptype=TValue
pattern=TRUE
desc=third
action=write - third
`)
  recorded.at(100, 'before', 'itself', 'other')
  expect(recorded.output).toBe('first\nsecond\nthird\n')
})

test('what grows without a bound is warned about', () => {
  const recorded = recordedCorrelator(
    'type=Single\nptype=RegExp\npattern=^(\\d+)\ndesc=x\naction=create C$1; add ALL a%.nl%.nl%{.nl}b; event 100 later\n'
  )
  const { correlator, messages } = recorded
  Object.assign(correlator.host, { logLevel: 3 })
  for (let count = 0; count < 100_000; count++) correlator.observe({ text: String(count), source: '-' })
  correlator.pass()
  expect(messages.map(({ message }) => message)).toEqual([
    "events in context 'ALL' in memory: 100000; nothing limits their number",
    "events in context 'ALL' in memory: 200000; nothing limits their number",
    "events in context 'ALL' in memory: 400000; nothing limits their number",
    'contexts in memory: 100001; nothing limits their number',
    'scheduled events in memory: 100000; nothing limits their number'
  ])
})
