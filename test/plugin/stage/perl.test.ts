import { expect, test } from 'vitest'
import { ALERTS_WITHOUT_STAGE } from '../../../plugin/alerts/settings.ts'
import { Correlator } from '../../../plugin/correlator.ts'
import { perlLoader } from '../../../plugin/perl/source.ts'
import { parseRuleFile } from '../../../plugin/rules/parser.ts'
import type { CorrelatorStart } from '../../../plugin/stage/stage-correlator.ts'
import { UTC } from '../../../plugin/time/time-zone.ts'
import { ManualClock } from '../../helpers/manual-clock.ts'
import { MemoryCheckpoints, MemoryDisk, MemoryLog, MemorySink } from '../../helpers/memory-adapters.ts'
import { observedPerl } from '../../helpers/wasm-perl.ts'
import { createTestStage } from './test-stage.ts'

const RULES = `
type=Single
ptype=PerlFunc
pattern=do { my $n = 0; sub { return (++$n, ++$count{$_[0]}, join ",", map { "$_=$count{$_}" } sort keys %count) } }
desc=count
action=eval %step ( $total += $1; my $before = $total; sub { $before } ); call %sum %step; alert $1 $2 $3 %sum
`

function perlRules({ host, now, state, trackChanges }: CorrelatorStart): Correlator {
  const { host: perl } = observedPerl({ isKept: true })
  return new Correlator({
    files: [parseRuleFile('test.sec', RULES, { perl: perlLoader(perl) })],
    settings: {
      bufferSize: 0,
      eventStoreSize: 0,
      cleanTime: 1,
      internalContexts: false,
      quoting: false,
      stage: ALERTS_WITHOUT_STAGE
    },
    host,
    timeZone: UTC,
    perl,
    now,
    trackChanges,
    restore: state
  })
}

test('what Perl counts goes on over crashes: each record counts once', async () => {
  const clock = new ManualClock()
  const disk = new MemoryDisk()
  const log = new MemoryLog()
  const alerts = new MemorySink().alerts
  const lines = ['a', 'b', 'a', 'c', 'b', 'a', 'a', 'd']
  for (const [index, line] of lines.entries()) {
    const { stage } = createTestStage({
      clock,
      log,
      checkpoints: new MemoryCheckpoints(disk),
      sink: new MemorySink({ alerts, knowsDelivered: true }),
      correlator: perlRules
    })
    log.push(line)
    await stage.start()
    // Each second life is ended before its checkpoint is due: its record is processed again.
    await clock.advance(index % 2 === 0 ? 1000 : 10)
    stage.giveUp()
    await stage.wait()
    await clock.advance(2000)
  }
  expect(alerts.map(({ body }) => body).slice(0, 7)).toEqual([
    '1 1 a=1 1',
    '2 1 a=1,b=1 3',
    '3 2 a=2,b=1 6',
    '4 1 a=2,b=1,c=1 10',
    '5 2 a=2,b=2,c=1 15',
    '6 3 a=3,b=2,c=1 21',
    '7 4 a=4,b=2,c=1 28'
  ])
})
