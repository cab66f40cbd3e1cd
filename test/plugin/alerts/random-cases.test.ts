import { describe, expect, test } from 'vitest'
import { generateCase } from '../../parity/generator/generate.ts'
import { Random } from '../../parity/rule-files/random.ts'
import { alertsOf } from './random-alerts.ts'

const SEED = 11
const CASES = 200
const CASES_A_TEST = 20

describe('the alerts of random cases', () => {
  const starts = Array.from({ length: CASES / CASES_A_TEST }, (_, index) => index * CASES_A_TEST)
  const seen = { alerts: 0, types: new Set<unknown>(), causes: new Set<string>() }

  test.for(starts)(
    `have uids of their own, the same each time, over restarts too: from %i of seed ${SEED}`,
    { timeout: 120_000 },
    from => {
      for (let number = from; number < from + CASES_A_TEST; number++) {
        const parityCase = generateCase(SEED, number)
        const alerts = alertsOf(parityCase)
        const uids = new Set(alerts.map(({ uid }) => uid))
        expect({ number, uids: uids.size }).toEqual({ number, uids: alerts.length })
        expect({ number, alerts: alertsOf(parityCase) }).toEqual({ number, alerts })
        expect({ number, alerts: alertsOf(parityCase, new Random(number)) }).toEqual({ number, alerts })
        seen.alerts += alerts.length
        for (const { attributes } of alerts) {
          seen.types.add(attributes['correlog.rule.type'])
          seen.causes.add(
            /^(?:operation|context|calendar)\//.exec(String(attributes['correlog.cause']))?.[0] ?? 'event'
          )
        }
      }
    }
  )

  test('are many, of every rule type, by events and by each kind of timer', () => {
    expect(seen.alerts).toBeGreaterThan(2000)
    expect([...seen.types].map(String).sort()).toEqual([
      'Calendar',
      'EventGroup',
      'Pair',
      'PairWithWindow',
      'Single',
      'SingleWith2Thresholds',
      'SingleWithSuppress',
      'SingleWithThreshold'
    ])
    expect([...seen.causes].sort()).toEqual(['calendar/', 'context/', 'event', 'operation/'])
  })
})
