import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { correlogCommand } from '../helpers/correlog-command.ts'
import { useKafkaBroker } from '../helpers/kafka-broker.ts'
import { RunningCommand } from '../helpers/running-command.ts'
import { scratchFolder } from '../helpers/scratch.ts'
import { consume, KAFKA_RULES, type KafkaLine, kafkaLines, produce } from './kafka-lines.ts'

const PARTITIONS = 12
const START = 1_790_000_000

const broker = useKafkaBroker()

/** What of an alert does not depend on where its records lie. */
function essence(json: string): string {
  const { timestamp, severity_number, body, attributes } = JSON.parse(json) as {
    timestamp: string
    severity_number: number
    body: string
    attributes: Record<string, string | number>
  }
  const count = attributes['correlog.events.count']
  return `${timestamp} ${severity_number} ${body} (${attributes['correlog.rule.number']}, ${count} events)`
}

/** What `correlog replay` raises of the lines of one partition. */
function replayed(folder: string, lines: readonly KafkaLine[], partition: number): string[] {
  const timeline = join(folder, `partition-${partition}.timeline`)
  const own = lines.filter(line => line.partition === partition)
  writeFileSync(timeline, own.map(({ seconds, text }) => `@${seconds} ${text}\n`).join(''))
  const { stdout, status, stderr } = spawnSync(
    process.execPath,
    [correlogCommand(), 'replay', timeline, '--conf', join(folder, 'rules.sec')],
    { encoding: 'latin1', env: { ...process.env, TZ: 'UTC' } }
  )
  expect({ status, stderr }).toMatchObject({ status: 0 })
  return stdout
    .split('\n')
    .filter(line => line.startsWith('{'))
    .map(essence)
}

test('alerts of a topic are those of a replay, partition by partition', async context => {
  const { address } = broker(context)
  const kafka = broker(context).kafkajs()
  const folder = scratchFolder(context)
  writeFileSync(join(folder, 'rules.sec'), KAFKA_RULES)
  await broker(context).topic('logs', PARTITIONS)
  await broker(context).topic('alerts', 3)
  const lines = kafkaLines(6000, PARTITIONS, START)
  await produce(kafka, 'logs', lines)
  const expected = Array.from({ length: PARTITIONS }, (_none, partition) =>
    replayed(folder, lines, partition).map(alert => `${partition}: ${alert}`)
  ).flat()

  const from = `kafka://${address}/logs?group=watch`
  const command = new RunningCommand(
    [
      process.execPath,
      correlogCommand(),
      'run',
      '--rules',
      'rules.sec',
      '--from',
      from,
      '--to',
      `kafka://${address}/alerts`
    ],
    { folder }
  )
  try {
    const alerts = await consume(kafka, 'alerts', expected.length)
    command.signal('SIGTERM')
    expect({ status: await command.ended(), stderr: command.stderr }).toMatchObject({ status: 0 })
    const seen = alerts.map(({ value, headers }) => {
      return `${headers['correlog.task']?.split('/')[1]}: ${essence(value)}`
    })
    expect(seen.sort()).toEqual(expected.sort())
  } finally {
    await command.kill()
  }
}, 60_000)
