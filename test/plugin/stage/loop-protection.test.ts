import { expect, test } from 'vitest'
import type { LogRecord } from '../../../plugin/record.ts'
import { isOwnAlert } from '../../../plugin/stage/loop-protection.ts'
import { lineRecord } from '../../../plugin/record.ts'
import { givenBatch } from '../../helpers/given-batch.ts'
import { createTestStage } from './test-stage.ts'

function alertRecord(application: string): LogRecord {
  return { ...lineRecord('1', 'in', 'x', 0), attributes: { 'correlog.application': application } }
}

test.each([
  { what: 'an alert of this application', record: alertRecord('ours'), own: true },
  { what: 'an alert of another one', record: alertRecord('theirs'), own: false },
  { what: 'a record', record: lineRecord('1', 'in', 'x', 0), own: false }
])('$what is its own alert: $own', ({ record, own }) => {
  expect(isOwnAlert(record, 'ours')).toBe(own)
})

test.each([
  { matchOwnAlerts: false, bodies: ['1 b'], dropped: { 'own-alert': 1 } },
  { matchOwnAlerts: true, bodies: ['1 own', '2 b'], dropped: {} }
])('own alerts that come back, matched: $matchOwnAlerts', async ({ matchOwnAlerts, bodies, dropped }) => {
  const { stage, log, source, sink, clock } = createTestStage({ settings: { matchOwnAlerts } })
  const read = source.read.bind(source)
  source.read = async function* (start) {
    for await (const given of read(start)) {
      const batch = givenBatch(given)
      const records = batch.records.map(record =>
        record.body === 'own' ? { ...record, attributes: { 'correlog.application': 'correlog' } } : record
      )
      yield { ...batch, records }
    }
  }
  log.push('own', 'b')
  await stage.start()
  await clock.advance(300)
  expect(sink.bodies).toEqual(bodies)
  expect(stage.counters.dropped).toEqual(dropped)
  expect(source.acknowledged).toBe(2)
  await stage.stop()
})
