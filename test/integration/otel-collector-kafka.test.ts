import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, type TestContext, test } from 'vitest'
import { type CompanionOptions, type CompanionResult, runCompanion } from '../collector/companion.ts'
import { correlogCommand } from '../helpers/correlog-command.ts'
import { kcatProduce } from '../helpers/kcat.ts'
import { OtelCollector } from '../helpers/otel-collector.ts'
import { requireCollector } from '../helpers/requirements.ts'
import { RunningCommand } from '../helpers/running-command.ts'
import { scratchFolder } from '../helpers/scratch.ts'
import { type SharedKafka, useKafka } from '../helpers/shared-kafka.ts'

// `npm run collector -- --way 'kafka, otlp_proto' --kills 0` does the same with 100,000 records.

const collector = requireCollector()

/** Logs of a Collector through Kafka to rules, and the alerts back: every record is counted. */
async function throughKafka(
  context: TestContext,
  kafka: SharedKafka,
  ways: Pick<CompanionOptions, 'logs' | 'alerts'>
): Promise<{ readonly result: CompanionResult; readonly logs: string }> {
  const [logs, alerts] = [await kafka.topic('logs'), await kafka.topic('alerts')]
  const records = 5000
  const result = await runCompanion({
    folder: scratchFolder(context),
    command: correlogCommand(),
    records,
    kills: 0,
    seed: 11,
    ...ways,
    kafka: { address: kafka.address, logs, alerts, group: kafka.name('correlog') },
    report: () => {}
  })
  expect(result.droppings).toEqual([])
  expect(result.counted).toBe(records)
  return { result, logs }
}

describe.each(['kafka, otlp_proto', 'kafka, otlp_json'] as const)('%s', way => {
  const broker = useKafka()

  test('a Collector writes logs to Kafka and reads the alerts from there', async context => {
    collector.need(context)
    const { result, logs } = await throughKafka(context, broker(context), { logs: way, alerts: way })
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
    const ways = { logs: 'kafka, raw', alerts: 'kafka, otlp_proto' } as const
    const { result } = await throughKafka(context, broker(context), ways)
    expect(result.receivedEssences).toEqual(result.replayedEssences)
    expect(result.replayed.length).toBeGreaterThan(150)
    expect([result.repeated, result.sharedUids]).toEqual([0, 0])
  }, 120_000)

  test('a Collector reads alerts raw as bytes, and as texts', async context => {
    collector.need(context)
    const kafka = broker(context)
    const { address } = kafka
    const [lines, alerts] = [await kafka.topic('lines'), await kafka.topic('alerts')]
    await kcatProduce(address, lines, ['<13>su: "joe" & caf\u00e9'])
    const folder = scratchFolder(context)
    const rule = 'type=Single\nptype=RegExp\npattern=su: (.*)\ndesc=su\naction=alert <$1>\n'
    writeFileSync(join(folder, 'su.sec'), rule)
    const urls = [`--from=kafka://${address}/${lines}?startAt=earliest`, `--to=kafka:${alerts}?encoding=raw`]
    const args = [
      process.execPath,
      correlogCommand(),
      'run',
      `--application=${alerts}`,
      '--rules=su.sec',
      ...urls
    ]
    const correlog = new RunningCommand(args, { folder })
    context.onTestFinished(() => correlog.kill())
    const receiver = (encoding: string): string => `  kafka/${encoding}:
    brokers: ["${address}"]
    group_id: ${alerts}-${encoding}
    initial_offset: earliest
    logs: { topics: [${alerts}], encoding: ${encoding} }
`
    const passing = await OtelCollector.start(
      folder,
      `receivers:\n${receiver('raw')}${receiver('text')}
exporters: { debug: { verbosity: detailed } }
service:
  pipelines:
    logs: { receivers: [kafka/raw, kafka/text], exporters: [debug] }
`
    )
    context.onTestFinished(() => passing.kill())
    const body = '<"joe" & caf\u00e9>'
    const bytes = Buffer.from(body).toString('base64')
    const bodies = (): string[] => passing.log.match(/(?<=^Body: ).*/gm)?.sort() ?? []
    await expect.poll(bodies, { timeout: 60_000, interval: 50 }).toEqual([`Bytes(${bytes})`, `Str(${body})`])
  }, 120_000)
})
