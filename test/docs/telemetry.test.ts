import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Meter, metrics } from '@opentelemetry/api'
import { expect, test } from 'vitest'
import { registerMetrics, type StageReadings } from '../../adapters/telemetry/metrics.ts'
import { newCounters } from '../../plugin/stage/counters.ts'

const document = readFileSync(resolve(import.meta.dirname, '../../docs/telemetry.md'), 'utf8')

const NOTHING: StageReadings = {
  counters: newCounters,
  rules: () => [],
  matched: () => 0,
  programsNotRun: () => 0,
  writesLost: () => ({ dropped: 0, failed: 0 }),
  operations: () => 0,
  contexts: () => 0,
  lag: () => [],
  kafka: () => ({ tasks: 0, restoring: 0, rebalances: 0, lost: 0, rebuilt: 0, duplicates: 0 }),
  now: () => 0
}

test('docs/telemetry.md has every metric, and its kind', () => {
  const made: string[] = []
  const none = metrics.getMeter('none')
  const meter = Object.create(none) as Meter
  meter.createObservableCounter = (name, options) => {
    made.push(`${name} counter`)
    return none.createObservableCounter(name, options)
  }
  meter.createObservableGauge = (name, options) => {
    made.push(`${name} gauge`)
    return none.createObservableGauge(name, options)
  }
  registerMetrics(meter, NOTHING)
  const described = Array.from(document.matchAll(/^\| `(correlog\.\S+)` \| (counter|gauge) \|/gm), row => {
    return `${row[1]} ${row[2]}`
  })
  expect(described.sort()).toEqual(made.sort())
})
