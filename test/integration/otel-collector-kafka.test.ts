import { describe, expect, test } from 'vitest'
import { runCompanion } from '../collector/companion.ts'
import { correlogCommand } from '../helpers/correlog-command.ts'
import { requireCollector } from '../helpers/requirements.ts'
import { scratchFolder } from '../helpers/scratch.ts'
import { useKafka } from '../helpers/shared-kafka.ts'

// `npm run collector -- --way 'kafka, otlp_proto' --kills 0` does the same with 100,000 records.

const collector = requireCollector()

describe.each(['kafka, otlp_proto', 'kafka, otlp_json'] as const)('%s', way => {
  const broker = useKafka()

  test('a Collector writes logs to Kafka and reads the alerts from there', async context => {
    collector.need(context)
    const kafka = broker(context)
    const [logs, alerts] = [await kafka.topic('logs'), await kafka.topic('alerts')]
    const records = 5000
    const result = await runCompanion({
      folder: scratchFolder(context),
      command: correlogCommand(),
      records,
      kills: 0,
      seed: 11,
      logs: way,
      alerts: way,
      kafka: { address: kafka.address, logs, alerts, group: kafka.name('correlog') },
      report: () => {}
    })
    expect(result.droppings).toEqual([])
    expect(result.counted).toBe(records)
    expect(result.received).toEqual(result.replayed)
    expect(result.receivedEssences).toEqual(result.replayedEssences)
    expect(result.replayed.length).toBeGreaterThan(500)
    expect([result.repeated, result.sharedUids]).toEqual([0, 0])
    const ofRecords = result.alerts.filter(({ body }) => /^three failures of \w+,/.test(body))
    expect(ofRecords.length).toBeGreaterThan(100)
    for (const { body, traceId, spanId, attributes, eventName, service, scope } of ofRecords) {
      expect([eventName, service, scope]).toEqual(['correlog.alert', 'correlog', 'correlog'])
      const [, user] = /^three failures of (\w+),/.exec(body) ?? []
      // The trace is that of the record that was the third, whose number it is.
      const number = Number.parseInt(traceId, 16)
      expect(Number.parseInt(spanId, 16)).toBe(number)
      expect(result.input[number - 1]?.body).toContain(`login failed for ${user} from `)
      expect(attributes['correlog.match.1']).toBe(user)
      expect(attributes['correlog.task']).toBe(`${logs}/0`)
      const ids = attributes['correlog.records'] as readonly string[]
      expect(new Set(ids).size).toBe(3)
      for (const id of ids) expect(id).toMatch(/^logs-[\w-]+\/0\/\d+\/\d+$/)
    }
  }, 120_000)
})

describe('kafka, raw', () => {
  const broker = useKafka()

  test('texts that a Collector writes raw, in quotes, are read as they were', async context => {
    collector.need(context)
    const kafka = broker(context)
    const [logs, alerts] = [await kafka.topic('logs'), await kafka.topic('alerts')]
    const records = 5000
    const result = await runCompanion({
      folder: scratchFolder(context),
      command: correlogCommand(),
      records,
      kills: 0,
      seed: 11,
      logs: 'kafka, raw',
      alerts: 'kafka, otlp_proto',
      kafka: { address: kafka.address, logs, alerts, group: kafka.name('correlog') },
      report: () => {}
    })
    expect(result.droppings).toEqual([])
    expect(result.counted).toBe(records)
    expect(result.receivedEssences).toEqual(result.replayedEssences)
    expect(result.replayed.length).toBeGreaterThan(200)
    expect([result.repeated, result.sharedUids]).toEqual([0, 0])
  }, 120_000)
})
