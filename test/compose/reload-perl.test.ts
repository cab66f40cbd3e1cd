import { expect, test } from 'vitest'
import { ReloadableCorrelator } from '../../compose/reloadable-correlator.ts'
import type { Effect } from '../../plugin/host.ts'
import { perlLoader } from '../../plugin/perl/source.ts'
import type { RuleFileDefinition } from '../../plugin/rules/definition.ts'
import { parseRuleFile } from '../../plugin/rules/parser.ts'
import { UTC } from '../../plugin/time/time-zone.ts'
import { observedPerl } from '../helpers/wasm-perl.ts'
import { applyChanges } from '../plugin/state/apply-changes.ts'

const RULES = `
type=Single
ptype=PerlFunc
pattern=do { my $n = 0; sub { return (++$n, ++$all) } }
desc=count
action=write - $1 of $2
`
const SETTINGS = {
  bufferSize: 0,
  eventStoreSize: 0,
  cleanTime: 0,
  internalContexts: false,
  quoting: false
}

test('new rules go on with the closures of code that stays, and the state holds them', () => {
  const { host: perl } = observedPerl({ isKept: true })
  const parse = (text: string): RuleFileDefinition[] => [
    parseRuleFile('test.sec', text, { perl: perlLoader(perl) })
  ]
  const effects: Effect[] = []
  const correlator = new ReloadableCorrelator({
    files: parse(RULES),
    settings: SETTINGS,
    host: { logLevel: 1, log: () => {}, effect: effect => void effects.push(effect) },
    timeZone: UTC,
    perl,
    now: 0,
    trackChanges: true
  })
  correlator.setTime(1)
  correlator.observe({ text: 'a', source: '-' })
  let entries = applyChanges(new Map(), correlator.changes())
  correlator.reload({ files: parse(RULES.replace(' of ', ' in all ')), settings: SETTINGS })
  correlator.setTime(2)
  correlator.observe({ text: 'b', source: '-' })
  entries = applyChanges(entries, correlator.changes())

  const { host: next } = observedPerl({ isKept: true })
  expect(next.memory?.restore(entries, perl.life)).toEqual({ ok: true, lostFiles: 0 })
  expect(next.evaluateTest('$all == 2')).toEqual({ ok: true, value: true })
  expect(effects.map(effect => effect.type === 'write' && effect.data)).toEqual(['1 of 1\n', '2 in all 2\n'])
})
