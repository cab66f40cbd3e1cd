import { expect, test, type TestContext } from 'vitest'
import { type CompanionOptions, type CompanionResult, runCompanion } from '../collector/companion.ts'
import { correlogCommand } from '../helpers/correlog-command.ts'
import { requireCollector } from '../helpers/requirements.ts'
import { scratchFolder } from '../helpers/scratch.ts'

// `npm run collector` does the same with 100,000 records.

const collector = requireCollector()

function run(
  context: TestContext,
  options: Pick<CompanionOptions, 'records' | 'kills' | 'logs' | 'alerts'>
): Promise<CompanionResult> {
  collector.need(context)
  const folder = scratchFolder(context)
  return runCompanion({ ...options, folder, command: correlogCommand(), seed: 11, report: () => {} })
}

for (const [logs, alerts] of [
  ['grpc', 'grpc'],
  ['http, protobuf', 'http, json'],
  ['http, json', 'http, protobuf']
] as const) {
  test(`a Collector sends logs over ${logs} and gets the alerts over ${alerts}`, async context => {
    const records = 5000
    const result = await run(context, { records, kills: 0, logs, alerts })
    expect(result.droppings).toEqual([])
    expect([result.counted, result.late]).toEqual([records, 0])
    expect(result.received).toEqual(result.replayed)
    expect(result.receivedEssences).toEqual(result.replayedEssences)
    expect(result.replayed.length).toBeGreaterThan(500)
    expect([result.repeated, result.sharedUids]).toEqual([0, 0])
    expectWhole(result)
  }, 60_000)
}

test('a Collector sends again what a killed correlog has not answered: no alert is missing, and none is another', async context => {
  const result = await run(context, { records: 9000, kills: 3, logs: 'grpc', alerts: 'grpc' })
  expect(result.received).toEqual(result.replayed)
  expect(result.droppings).toEqual([])
  expect(result.sharedUids).toBe(0)
}, 120_000)

/** Alerts have all that they left with. */
function expectWhole({ alerts, input }: CompanionResult): void {
  for (const alert of alerts) {
    expect(alert).toMatchObject({ eventName: 'correlog.alert', service: 'correlog', scope: 'correlog' })
    const { attributes } = alert
    expect(attributes['correlog.application']).toBe('correlog')
    expect(attributes['correlog.rule.file']).toBe('rules.sec')
    expect(Number.isInteger(attributes['correlog.rule.number'])).toBe(true)
    expect(attributes['correlog.cause']).not.toBe('')
  }
  const ofRecords = alerts.filter(({ body }) => /^three failures of \w+,/.test(body))
  expect(ofRecords.length).toBeGreaterThan(100)
  for (const { body, traceId, spanId, attributes, severityNumber, severityText } of ofRecords) {
    const [, user] = /^three failures of (\w+),/.exec(body) ?? []
    const index = Number.parseInt(traceId, 16) - 1
    // The trace is that of the record that was the third.
    expect(input[index]?.body).toContain(`login failed for ${user} from `)
    expect(Number.parseInt(spanId, 16) - 1).toBe(index)
    expect([severityNumber, severityText]).toEqual([17, 'ERROR'])
    expect(attributes['correlog.events.count']).toBe(3)
    expect(attributes['correlog.records']).toHaveLength(3)
    expect(attributes['correlog.match.1']).toBe(user)
  }
}
