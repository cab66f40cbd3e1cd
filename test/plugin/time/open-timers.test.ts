import { expect, test } from 'vitest'
import { recordedCorrelator } from '../../helpers/correlation.ts'

const START = 1_700_000_000

function fired(rules: string, ...lines: string[]): { output: string; messages: string[] } {
  const recorded = recordedCorrelator(rules)
  recorded.at(START, ...lines)
  recorded.correlator.runOpenTimers()
  const messages = recorded.messages.flatMap(({ level, message }) => (level <= 3 ? message : []))
  return { output: recorded.output.replaceAll(String(START / 10_000), ''), messages }
}

/** A rule that does something for the line that it is named after. */
function single(line: string, action: string): string {
  return `type=Single\nptype=RegExp\npattern=^${line}$\ndesc=${line}\naction=${action}\n\n`
}

test('each runs at its own second, in order, and those that they start after them', () => {
  const rules =
    single('go', 'create A 50 ( write - %u A ); event 20 later; create B 10 ( write - %u B; create C 5 )') +
    single('later', 'write - %u later; create D 100 ( write - %u D )') +
    'type=PairWithWindow\nptype=SubStr\npattern=go\ndesc=p\naction=write - %u pair\n' +
    'ptype2=SubStr\npattern2=never\ndesc2=p\naction2=none\nwindow=30\n'
  const { output, messages } = fired(rules.replace('desc=go', 'desc=go\ncontinue=TakeNext'), 'go')
  expect(output).toBe('0011 B\n0020 later\n0031 pair\n0051 A\n0121 D\n')
  expect(messages).toEqual([])
})

test('Calendar rules do not act, and what lives for ever lives on', () => {
  const calendar = 'type=Calendar\ntime=* * * * *\ndesc=c\naction=write - %u calendar\n'
  const recorded = recordedCorrelator(single('go', 'create A 500 ( write - %u A ); create B') + calendar)
  recorded.at(START, 'go')
  recorded.correlator.runOpenTimers()
  expect(recorded.output).toBe(`${START} calendar\n${START + 501} A\n`)
  expect(recorded.correlator.contexts.find('B')).toBeDefined()
})

test.each([
  ['scheduled events', 21, single('tick', 'write - %u tick; event 10 tick')],
  ['contexts', 20, single('tick', 'create A 9 ( write - %u tick; event tick )')],
  [
    'operations',
    20,
    'type=PairWithWindow\nptype=SubStr\npattern=tick\ndesc=p\naction=write - %u tick; event tick\n' +
      'ptype2=SubStr\npattern2=never\ndesc2=p\naction2=none\nwindow=9\n'
  ]
])(
  '%s that start each other for ever end, and what was open from the first has run',
  (_kind, ticks, rule) => {
    const rules = single('go', 'create LONG 100000000 ( write - %u long ); event 10 tick') + rule
    const { output, messages } = fired(rules, 'go')
    const lines = output.trim().split('\n')
    expect(lines.filter(line => line.endsWith('tick'))).toHaveLength(ticks)
    expect(lines[lines.length - 1]).toBe(`${START + 100_000_001} long`)
    expect(messages).toEqual([
      'End of input: timers start each other without end, those that they start are left open'
    ])
  }
)
