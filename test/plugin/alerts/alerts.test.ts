import { describe, expect, test } from 'vitest'
import type { Alert } from '../../../plugin/alert.ts'
import { Correlator } from '../../../plugin/correlator.ts'
import type { Effect } from '../../../plugin/host.ts'
import { parseRuleFile } from '../../../plugin/rules/parser.ts'
import { UTC } from '../../../plugin/time/time-zone.ts'
import { recordedCorrelator } from '../../helpers/correlation.ts'
import { type Arrival, raised, STAGE, stageCorrelator } from './raised.ts'

const trace = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 }

/** One rule; the first field is its type. */
function rule(...fields: string[]): string {
  return `type=${fields.join('\n')}\n`
}

const FAIL = 'ptype=RegExp\npattern=^fail (?<user>\\w+) (\\d+)\ndesc=fail $+{user}'

/** `expect.stringMatching`, whose own type is any. */
function matching(form: RegExp): unknown {
  return expect.stringMatching(form)
}

function only(alerts: readonly Alert[]): Alert {
  expect(alerts).toHaveLength(1)
  return alerts[0] as Alert
}

describe('an alert', () => {
  test('of a single record', () => {
    const alert = only(
      raised(rule('Single', FAIL, 'action=alert error login of $+{user} failed'), [
        [100, 'fail ann 7', trace]
      ])
    )
    expect(alert).toEqual({
      uid: matching(/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/),
      eventName: 'correlog.alert',
      body: 'login of ann failed',
      severityNumber: 17,
      severityText: 'ERROR',
      time: 100,
      attributes: {
        'log.record.uid': alert.uid,
        'correlog.application': 'test',
        'correlog.task': 'file:in.log',
        'correlog.action': 'alert',
        'correlog.description': 'fail ann',
        'correlog.cause': 'in.log/1',
        'correlog.rule.file': 'test.sec',
        'correlog.rule.number': 0,
        'correlog.rule.hash': matching(/^[0-9a-f]{64}$/),
        'correlog.rule.type': 'Single',
        'correlog.events.count': 1,
        'correlog.events.first': 100,
        'correlog.events.last': 100,
        'correlog.records': ['in.log/1'],
        'correlog.match.1': 'ann',
        'correlog.match.2': '7',
        'correlog.match.user': 'ann'
      },
      ...trace
    })
  })

  test.each([
    ['alert x', 13, 'WARN'],
    ['alert trace x', 1, 'TRACE'],
    ['alert notice x', 10, 'NOTICE'],
    ['alert warning x', 13, 'WARN'],
    ['alert fatal x', 21, 'FATAL'],
    ['alert emergency x', 21, 'EMERGENCY'],
    ['alert 1 x', 1, 'TRACE'],
    ['alert 8 x', 8, 'DEBUG4'],
    ['alert 14 x', 14, 'WARN2'],
    ['alert 24 x', 24, 'FATAL4'],
    ["pipe 'x' mail root", 13, 'WARN'],
    ['shellcmd x', 13, 'WARN'],
    ['logonly x', 10, 'NOTICE'],
    ['write - x', 9, 'INFO'],
    ['event x', 9, 'INFO']
  ])('%s has severity %i', (action, number, text) => {
    const alert = only(raised(rule('Single', FAIL, `action=${action}`), [[100, 'fail ann 7']]))
    expect(alert).toMatchObject({ body: 'x', severityNumber: number, severityText: text })
  })

  test('of a long event store has whole lines of it, as far as 262,144 bytes', () => {
    const gather = rule('Single', 'ptype=RegExp\npattern=^g', 'desc=$0', 'action=add C')
    const tell = rule('Single', 'ptype=SubStr\npattern=tell', 'desc=t', 'action=report C mail root')
    const line = `g${'x'.repeat(998)}`
    const arrivals = Array.from({ length: 300 }, (): Arrival => [100, line])
    const alert = only(raised(`${gather}\n${tell}`, [...arrivals, [100, 'tell']]))
    expect(alert.body).toBe(Array.from({ length: 262 }, () => line).join('\n'))
    expect(alert.attributes['correlog.body.bytes']).toBe(299_999)
  })

  test('of a long line is cut between two characters, and ids of records are cut too', () => {
    const text = rule('Single', 'ptype=RegExp\npattern=x', 'desc=$0', 'action=alert $0')
    const alert = only(raised(text, [[100, `x${'\xc3\xa9'.repeat(150_000)}`, { id: 'y'.repeat(2000) }]]))
    expect(alert.body).toHaveLength(262_143)
    expect(alert.attributes['correlog.body.bytes']).toBe(300_001)
    expect(alert.attributes['correlog.records']).toEqual(['y'.repeat(1024)])
    expect(only(raised(text, [[100, 'x'.repeat(262_144)]])).body).toHaveLength(262_144)
  })

  test('counts its whole event window, as far as 16 records', () => {
    const arrivals = Array.from({ length: 20 }, (_, index): Arrival => [100 + index, `fail ann ${index}`])
    const text = rule('SingleWithThreshold', FAIL, 'action=alert many', 'window=60', 'thresh=20')
    const alert = only(raised(text, arrivals))
    expect(alert.attributes).toMatchObject({
      'correlog.operation.key': 'test.sec | 0 | fail ann',
      'correlog.window.start': 100,
      'correlog.window.end': 160,
      'correlog.events.count': 20,
      'correlog.events.first': 100,
      'correlog.events.last': 119,
      'correlog.records': Array.from({ length: 16 }, (_, index) => `in.log/${index + 5}`)
    })
  })

  test('forgets what a window slid past', () => {
    const text = rule('SingleWithThreshold', FAIL, 'action=alert many', 'window=10', 'thresh=3')
    const alert = only(
      raised(text, [
        [100, 'fail ann 1'],
        [105, 'fail ann 2'],
        [112, 'fail ann 3'],
        [113, 'fail ann 4']
      ])
    )
    expect(alert.attributes).toMatchObject({
      'correlog.window.start': 105,
      'correlog.events.count': 3,
      'correlog.events.first': 105,
      'correlog.records': ['in.log/2', 'in.log/3', 'in.log/4']
    })
  })

  test('at the end of a window counts what came after the threshold, with the trace of the last record', () => {
    const text = rule(
      'SingleWithThreshold',
      FAIL,
      'action=none',
      'action2=alert over',
      'window=10',
      'thresh=2'
    )
    const alert = only(
      raised(text, [[100, 'fail ann 1'], [101, 'fail ann 2'], [102, 'fail ann 3', trace], [120]])
    )
    expect(alert).toMatchObject({ time: 120, ...trace })
    expect(alert.attributes).toMatchObject({
      'correlog.events.count': 3,
      'correlog.window.end': 110,
      'correlog.cause': matching(/^operation\/[0-9a-f]{20}\/fail ann\/110$/)
    })
  })

  test('of the second window of SingleWith2Thresholds counts anew', () => {
    const alerts = raised(
      rule(
        'SingleWith2Thresholds',
        FAIL,
        'action=alert up',
        'desc2=calm',
        'action2=alert down',
        'window=10',
        'thresh=2',
        'window2=20',
        'thresh2=1'
      ),
      [[100, 'fail ann 1'], [101, 'fail ann 2'], [110, 'fail ann 3'], [115, 'fail ann 4'], [140]]
    )
    expect(alerts.map(({ body, attributes }) => [body, attributes['correlog.events.count']])).toEqual([
      ['up', 2],
      ['down', 1]
    ])
    expect(alerts[0]?.attributes).toMatchObject({ 'correlog.window.start': 100, 'correlog.window.end': 110 })
    expect(alerts[1]?.attributes).toMatchObject({
      'correlog.window.start': 115,
      'correlog.window.end': 135,
      'correlog.records': ['in.log/4']
    })
  })

  test('of a Pair names both its records, and the variables of both', () => {
    const alerts = raised(
      rule(
        'Pair',
        'ptype=RegExp\npattern=^down (\\w+)\ndesc=down $1',
        'action=alert down',
        'ptype2=RegExp\npattern2=^up ($1) (\\d+)\ndesc2=up %1',
        'action2=alert up after $2',
        'window=60'
      ),
      [
        [100, 'down r1'],
        [107, 'up r1 7']
      ]
    )
    expect(alerts.map(({ body }) => body)).toEqual(['down', 'up after 7'])
    expect(alerts[1]?.attributes).toMatchObject({
      'correlog.description': 'up r1',
      'correlog.operation.key': 'test.sec | 0 | down r1',
      'correlog.records': ['in.log/1', 'in.log/2'],
      'correlog.match.2': '7',
      'correlog.match.first.1': 'r1'
    })
  })

  test('of a context that expires says which, and how much is in its store', () => {
    const text = rule('Single', FAIL, 'action=add C $0; set C 10 ( report C mail )')
    const alert = only(raised(text, [[100, 'fail ann 1'], [101, 'fail bob 2'], [120]]))
    expect(alert.body).toBe('fail ann 1\nfail bob 2')
    expect(alert.attributes).toMatchObject({
      'correlog.context.name': 'C',
      'correlog.command': 'mail',
      'correlog.window.start': 101,
      'correlog.window.end': 111,
      'correlog.events.count': 2,
      'correlog.events.first': 100,
      'correlog.cause': 'context/C/101/111'
    })
    expect(alert.attributes).not.toHaveProperty('correlog.operation.key')
  })

  test('of a Calendar rule', () => {
    const text = rule('Calendar', 'time=* * * * *', 'desc=each minute', 'action=alert tick')
    const alerts = raised(text, [[60], [61], [120]])
    expect(alerts.map(({ time }) => time)).toEqual([60, 120])
    expect(alerts[0]?.attributes).not.toHaveProperty('correlog.events.count')
  })

  test('of a synthetic event names the record that led to it', () => {
    const text =
      rule('Single', FAIL, 'action=event found $1; event found $1') +
      '\n' +
      rule('Single', 'ptype=RegExp\npattern=^found (\\w+)\ndesc=$0', 'action=alert $0')
    const alerts = raised(text, [[100, 'fail ann 1', trace]], { alertsFrom: () => new Set() })
    expect(alerts).toHaveLength(2)
    expect(alerts[1]).toMatchObject({ body: 'found ann', ...trace })
    expect(alerts.map(({ attributes }) => attributes['correlog.cause'])).toEqual([
      'in.log/1/event 1',
      'in.log/1/event 2'
    ])
    expect(alerts[0]?.uid).not.toBe(alerts[1]?.uid)
  })

  test('of a scheduled event comes when the event does', () => {
    const text = rule('Single', FAIL, 'action=event 5 timed out; event at once')
    const alerts = raised(text, [[100, 'fail ann 1'], [104], [105]])
    expect(alerts.map(({ body, time }) => [body, time])).toEqual([
      ['at once', 100],
      ['timed out', 105]
    ])
    expect(alerts[1]?.attributes).toMatchObject({ 'correlog.records': ['in.log/1'] })
  })

  test('holds long values cut, never within a character', () => {
    const text = rule('Single', 'ptype=RegExp\npattern=^(.*)$\ndesc=x', 'action=alert $1')
    const line = `${'a'.repeat(1023)}\xc3\xa9 and more`
    const alert = only(raised(text, [[100, line]]))
    expect(alert.body).toBe(line)
    expect(alert.attributes['correlog.match.1']).toBe('a'.repeat(1023))
  })
})

describe('notifications', () => {
  const actions = [
    "pipe 'a' mail",
    "pipeexec 'b' mail",
    "pipe 'c'",
    'add C d; report C mail; empty C; report C mail; report NONE mail',
    'add D e; reportexec D mail x',
    'logonly f',
    'write - g',
    'writen - h',
    'write file i',
    'shellcmd j $1',
    'cmdexec k $1',
    'spawn l'
  ]

  test('that run nothing are not said to be run', () => {
    const list =
      "shellcmd a; cmdexec b; pipe 'x' c; pipeexec 'x' d; add C e; report C f; reportexec C g; spawn h"
    const { take, messages, effects, correlator } = stageCorrelator(rule('Single', FAIL, `action=${list}`), {
      alertsFrom: () => new Set()
    })
    take([[100, 'fail ann 1']])
    expect(effects).toEqual([])
    expect(correlator.programsNotRun).toBe(7)
    const texts = messages.map(({ message }) => message)
    expect(texts.filter(text => /^(?:Executing|Feeding|Spawning)/.test(text))).toEqual([])
  })

  test('become alerts, and no program runs', () => {
    const { effects, take, messages, correlator } = stageCorrelator(
      rule('Single', FAIL, `action=${actions.join('; ')}`)
    )
    take([[100, 'fail ann 1']])
    expect(effects.filter(({ type }) => type !== 'alert')).toMatchObject([
      { type: 'write', path: 'file', data: 'i\n' }
    ])
    const bodies = effects.flatMap(effect => (effect.type === 'alert' ? [effect.alert.body] : []))
    expect(bodies).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'j ann', 'k ann'])
    expect(messages.filter(({ level }) => level <= 3).map(({ message }) => message)).toEqual([
      "Context 'NONE' does not exist, can't report",
      'Rule in test.sec at line 1: spawn runs no program, as this stage does not allow it'
    ])
    expect(correlator.programsNotRun).toBe(1)
  })

  test('are what they are in files whose notifications stay', () => {
    const text = rule('Single', FAIL, `action=${actions.join('; ')}`, 'continue=TakeNext')
    const { effects, take } = stageCorrelator(
      { 'a.sec': text, 'b.sec': text },
      {
        programs: true,
        alertsFrom: file => new Set(file === 'a.sec' ? (['report'] as const) : [])
      }
    )
    take([[100, 'fail ann 1']])
    const alerts = effects.flatMap(effect => (effect.type === 'alert' ? [effect.alert] : []))
    expect(alerts.map(({ body }) => body)).toEqual(['d', 'e'])
    expect(effects.filter(({ type }) => type === 'run')).toHaveLength(12)
  })

  test('programs that may not run are counted, and logged once a rule', () => {
    const text = rule('SingleWithScript', FAIL, 'script=true', 'action=alert ended', 'continue=TakeNext')
    const { effects, take, messages, correlator } = stageCorrelator(
      `${text}\n${rule('Single', FAIL, 'action=shellcmd x; spawn y')}`,
      { alertsFrom: () => new Set() }
    )
    take([
      [100, 'fail ann 1'],
      [101, 'fail ann 2']
    ])
    expect(effects).toEqual([])
    expect(messages.filter(({ level }) => level <= 3)).toHaveLength(2)
    expect(correlator.programsNotRun).toBe(6)
    expect(correlator.snapshot().get('correlator')).toContain('"children":0')
  })
})

describe('a context whose rule is gone', () => {
  const before = stageCorrelator(rule('Single', FAIL, 'action=add C $0; set C 10 ( report C mail; spawn x )'))
  before.take([[100, 'fail ann 1']])

  test.each([
    ['becomes an alert where those of rules that are gone do', '', ['fail ann 1']],
    ['runs no program otherwise', 'test.sec', []]
  ])('%s', (_what, file, bodies) => {
    const effects: Effect[] = []
    const messages: string[] = []
    const after = new Correlator({
      files: [parseRuleFile('test.sec', rule('Calendar', 'time=0 0 1 1 *', 'desc=x', 'action=none'))],
      settings: {
        ...before.correlator.settings,
        stage: { ...STAGE, alertsFrom: name => new Set(name === file ? (['report'] as const) : []) }
      },
      host: {
        logLevel: 3,
        log: (_level, message) => void messages.push(message),
        effect: effect => void effects.push(effect)
      },
      timeZone: UTC,
      now: 100,
      restore: before.correlator.snapshot()
    })
    after.setTime(120)
    after.pass()
    const alerts = effects.flatMap(effect => (effect.type === 'alert' ? [effect.alert] : []))
    expect(effects).toHaveLength(alerts.length)
    expect(alerts.map(({ body }) => body)).toEqual(bodies)
    expect(alerts.flatMap(({ attributes }) => Object.keys(attributes).filter(isOfRule))).toEqual([])
    expect(messages.filter(message => message.includes('runs no program'))).toHaveLength(1)
  })
})

function isOfRule(name: string): boolean {
  return name.startsWith('correlog.rule.')
}

describe('without a stage', () => {
  test('rules may raise alerts all the same', () => {
    const { at, effects } = recordedCorrelator(rule('Single', FAIL, "action=alert x; pipe '%s' mail"))
    at(100, 'fail ann 1', 'fail ann 2')
    expect(effects.map(({ type }) => type)).toEqual(['alert', 'run', 'alert', 'run'])
    const uids = effects.flatMap(effect => (effect.type === 'alert' ? [effect.alert.uid] : []))
    expect(new Set(uids).size).toBe(2)
  })

  test('nothing is kept for rules that raise none', () => {
    const { at, correlator } = recordedCorrelator(
      rule('SingleWithThreshold', FAIL, 'action=none', 'window=60', 'thresh=20')
    )
    at(100, 'fail ann 1')
    expect(correlator.alerting).toBeUndefined()
    expect(correlator.snapshot().get('op/1')).not.toContain('evidence')
  })
})
