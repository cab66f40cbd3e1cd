import { expect, test } from 'vitest'
import { loadTimeZone } from '../../../adapters/time-zone.ts'
import { Correlator } from '../../../plugin/correlator.ts'
import { parseRuleFile } from '../../../plugin/rules/parser.ts'
import { UTC } from '../../../plugin/time/time-zone.ts'
import { recordedCorrelator } from '../../helpers/correlation.ts'

const START = 1_500_000_000
const YEARS = 20 * 365 * 86_400

function calendar(time: string, action: string, context?: string): string {
  const holds = context === undefined ? '' : `context=${context}\n`
  return `type=Calendar\ntime=${time}\n${holds}desc=${time}\naction=${action}\n\n`
}

function begin(rules: string, timeZone = loadTimeZone('Europe/Berlin')) {
  const recorded = recordedCorrelator(rules, { cleanTime: 1 }, timeZone)
  recorded.at(START)
  const messages = (): string[] =>
    recorded.messages.flatMap(({ level, message }) => (level <= 3 ? message : []))
  return { ...recorded, messages, effects: recorded.effects }
}

/** Of this process, since `begun`: others may keep it waiting. */
function milliseconds(begun: NodeJS.CpuUsage): number {
  return process.cpuUsage(begun).user / 1000
}

test('a silence of twenty years takes milliseconds', () => {
  const { correlator, effects, messages } = begin(
    calendar('* * * * *', 'write - minute') +
      calendar('* * * * *', 'write - never', 'NEVER') +
      calendar('* * * * *', 'write - never', 'NEVER && (ALWAYS || !ALWAYS)') +
      calendar('0 0 29 2 *', 'write - leap') +
      calendar('30 2 * * *', 'write - night') +
      calendar('* * 31 2 *', 'write - no such day') +
      'type=Single\nptype=SubStr\npattern=go\ndesc=go\naction=create ALWAYS; create LONG 500000000 ( write - long )\n'
  )
  correlator.observe({ text: 'go', source: '-' })
  const begun = process.cpuUsage()
  correlator.advance('-', START + YEARS)
  expect(milliseconds(begun)).toBeLessThan(500)
  const written = effects.flatMap(effect => ('data' in effect ? effect.data.trim() : []))
  const times = (text: string): number => written.filter(each => each === text).length
  // Those of the first pass are not of the advance.
  expect(times('minute')).toBe(1_441)
  expect(times('never')).toBe(0)
  expect(times('leap')).toBe(5)
  expect(times('night')).toBe(1_440)
  expect(times('long')).toBe(1)
  expect(messages()).toEqual([
    expect.stringMatching(
      /^Calendar rule in test.sec at line 1: \d+ minutes left out of a silence of 630720000/
    ),
    expect.stringMatching(/^Calendar rule in test.sec at line 23: 5\d\d\d minutes left out/)
  ])
})

test('what is left out is counted, minute by minute', () => {
  const { correlator, messages } = begin(calendar('* * * * *', 'none'))
  // The first pass was in the minute that begins at START; of the last one there is a single second.
  correlator.advance('-', START + 60 * 2_000 + 1)
  expect(messages()).toEqual([
    `Calendar rule in test.sec at line 1: 560 minutes left out of a silence of 120001 seconds`
  ])
  expect(correlator.leftOutMinutes).toBe(560)
})

test('a bound is that of one advance', () => {
  const { correlator, effects, messages } = begin(calendar('* * * * *', 'write - minute'))
  correlator.advance('-', START + 86_400)
  correlator.advance('-', START + 2 * 86_400)
  expect(effects).toHaveLength(2 * 1_440)
  expect(messages()).toEqual([])
})

test('a rule that asks Perl is tried in so many minutes, too', () => {
  const { correlator } = begin(calendar('* * * * *', 'write - no', '=( ++$tries; 0 )'))
  const triesSoFar = (): unknown => correlator.perl?.evaluate('$tries')
  correlator.advance('-', START + YEARS)
  // In each second of these minutes, as in SEC, since it never holds; and in the pass that began it.
  expect(triesSoFar()).toEqual({ ok: true, value: { isSet: true, value: '86341' } })
  expect(correlator.leftOutMinutes).toBe(YEARS / 60 - 1_440)
})

test('growth is warned about in the pass after', () => {
  const { correlator, messages } = begin('')
  correlator.passIfDue()
  for (let index = 0; index < 100_000; index++) {
    correlator.contexts.create(`C${index}`, START, 0, undefined)
  }
  correlator.observe({ text: 'x', source: '-' })
  correlator.passIfDue()
  correlator.advance('-', START + 100)
  expect(messages()).toEqual(['contexts in memory: 100000; nothing limits their number'])
})

test('rules that feed themselves do not keep the clock from going on', () => {
  const { correlator } = begin('type=Single\nptype=SubStr\npattern=go\ndesc=go\naction=event go\n')
  correlator.observe({ text: 'go', source: '-' })
  correlator.advance('-', START + 1_000)
  expect(correlator.now).toBe(START + 1_000)
  expect(correlator.hasPendingEvents).toBe(true)
})

test('the first record sets the clock and is the start, nothing before it is caught up with', () => {
  const rules =
    calendar('* * * * *', 'write - %u minute') +
    'type=Single\nptype=SubStr\npattern=SEC_STARTUP\ncontext=SEC_INTERNAL_EVENT\ndesc=x\naction=write - %u start\n'
  const written: string[] = []
  const correlator = new Correlator({
    files: [parseRuleFile('test.sec', rules)],
    settings: { bufferSize: 0, eventStoreSize: 0, cleanTime: 1, internalContexts: false, quoting: false },
    host: {
      logLevel: 3,
      log: () => undefined,
      effect: effect => void written.push('data' in effect ? effect.data.trim() : effect.type)
    },
    timeZone: UTC,
    now: undefined,
    startupEvent: true
  })
  expect(correlator.hasBegun).toBe(false)
  correlator.advance('a', START)
  expect(correlator.hasBegun).toBe(true)
  correlator.advance('b', START - 50)
  expect(correlator.now).toBe(START)
  correlator.advance('b', START + 61)
  expect(correlator.now).toBe(START + 61)
  expect(written).toEqual([`${START} start`, `${START} minute`, `${START + 60} minute`])
})
