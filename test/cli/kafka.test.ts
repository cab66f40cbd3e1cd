import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { correlogCommand } from '../helpers/correlog-command.ts'
import { replayedAlerts } from '../helpers/replayed-alerts.ts'
import { RunningCommand } from '../helpers/running-command.ts'
import { scratchFolder } from '../helpers/scratch.ts'
import { type SharedKafka, useKafka } from '../helpers/shared-kafka.ts'
import { consume, KAFKA_RULES, type KafkaLine, kafkaLines, produce } from './kafka-lines.ts'

const PARTITIONS = 12
const START = 1_790_000_000

const broker = useKafka()

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
  return replayedAlerts(timeline, join(folder, 'rules.sec')).map(essence)
}

function correlogRun(folder: string, ...args: readonly string[]): RunningCommand {
  return new RunningCommand([process.execPath, correlogCommand(), 'run', '--rules', 'rules.sec', ...args], {
    folder
  })
}

/** So that a group misses a dead member soon. */
function shortSession({ shortestSessionMs }: SharedKafka): string {
  return `sessionTimeout=${Math.max(3000, shortestSessionMs) / 1000}&heartbeat=0.5`
}

test('alerts of a topic are those of a replay, partition by partition', async context => {
  const { address } = broker(context)
  const kafka = broker(context).kafkajs()
  const folder = scratchFolder(context)
  writeFileSync(join(folder, 'rules.sec'), KAFKA_RULES)
  const logs = await broker(context).topic('logs', PARTITIONS)
  const found = await broker(context).topic('alerts', 3)
  const lines = kafkaLines(6000, PARTITIONS, START)
  await produce(kafka, logs, lines)
  const expected = Array.from({ length: PARTITIONS }, (_none, partition) =>
    replayed(folder, lines, partition).map(alert => `${partition}: ${alert}`)
  ).flat()

  const from = `kafka://${address}/${logs}?group=${broker(context).name('watch')}`
  const command = correlogRun(folder, '--from', from, '--to', `kafka://${address}/${found}`)
  try {
    const alerts = await consume(kafka, found, expected.length)
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

test('poison goes to the dead letters with its reason, and the partition goes on', async context => {
  const { address } = broker(context)
  const kafka = broker(context).kafkajs()
  const folder = scratchFolder(context)
  writeFileSync(
    join(folder, 'rules.sec'),
    'type=Single\nptype=RegExp\npattern=^hello .$\ndesc=$0\naction=alert $0\n'
  )
  const large = { 'max.message.bytes': String(32 * 1024 * 1024) }
  const topic = await broker(context).topic('poisoned', 1, large)
  const [good, bad] = [await broker(context).topic('greetings', 1), await broker(context).topic('letters', 1)]
  const producer = kafka.producer()
  await producer.connect()
  const values = [
    '{"message":"hello 1"}',
    '{"message":',
    '{"user":"joe"}',
    null,
    'x'.repeat(20 * 1024 * 1024)
  ]
  for (const value of [...values, '{"message":"hello 2"}']) {
    const key = value === null ? 'tomb' : 'some'
    await producer.send({ topic, messages: [{ partition: 0, key, value }] })
  }
  await producer.disconnect()
  const command = correlogRun(
    folder,
    '--from',
    `kafka://${address}/${topic}?codec=json&group=${broker(context).name('poison')}`,
    '--to',
    `kafka://${address}/${good}`,
    '--dead-letters',
    `kafka:${bad}`
  )
  try {
    const greetings = await consume(kafka, good, 2)
    const letters = await consume(kafka, bad, 4)
    expect(greetings.map(({ value }) => (JSON.parse(value) as { body: string }).body)).toEqual([
      'hello 1',
      'hello 2'
    ])
    expect(
      letters.map(({ headers, key, value }) => ({
        code: headers['__connect.errors.exception.class.name'],
        place: ['topic', 'partition', 'offset'].map(name => headers[`__connect.errors.${name}`]).join('/'),
        key,
        bytes: value.length,
        of: headers['correlog.value.bytes']
      }))
    ).toEqual([
      { code: 'json-syntax', place: `${topic}/0/1`, key: 'some', bytes: 11, of: undefined },
      { code: 'no-body', place: `${topic}/0/2`, key: 'some', bytes: 14, of: undefined },
      { code: 'null-value', place: `${topic}/0/3`, key: 'tomb', bytes: 0, of: undefined },
      { code: 'too-long', place: `${topic}/0/4`, key: 'some', bytes: 262_144, of: '20971520' }
    ])
    command.signal('SIGTERM')
    expect(await command.ended()).toBe(0)
  } finally {
    await command.kill()
  }
}, 60_000)

test('over an orderly end and a kill, state goes on and group offsets follow it', async context => {
  const { address } = broker(context)
  const kafka = broker(context).kafkajs()
  const folder = scratchFolder(context)
  writeFileSync(join(folder, 'rules.sec'), KAFKA_RULES)
  const parts = await broker(context).topic('parts', 4)
  const raised = await broker(context).topic('raised', 1)
  const group = broker(context).name('parts-group')
  const lines = kafkaLines(3000, 4, START)
  const expectedOf = (some: typeof lines): string[] =>
    Array.from({ length: 4 }, (_none, partition) => replayed(folder, some, partition)).flat()
  const expected = expectedOf(lines)
  const ofFirst = expectedOf(lines.slice(0, 1000))
  const run = (): RunningCommand =>
    correlogRun(
      folder,
      '--from',
      `kafka://${address}/${parts}?group=${group}&${shortSession(broker(context))}`,
      '--to',
      `kafka://${address}/${raised}`
    )
  let command = run()
  try {
    await produce(kafka, parts, lines.slice(0, 1000))
    await command.until(() => command.stderr.includes('the state of a task was read'), 'its tasks')
    await consume(kafka, raised, ofFirst.length)
    command.signal('SIGTERM')
    expect(await command.ended()).toBe(0)
    const admin = kafka.admin()
    await admin.connect()
    const [committed] = await admin.fetchOffsets({ groupId: group, topics: [parts] })
    const ends = await admin.fetchTopicOffsets(parts)
    await admin.disconnect()
    const inOrder = (all: readonly { partition: number; offset: string }[]): string[] =>
      [...all].sort((one, other) => one.partition - other.partition).map(({ offset }) => offset)
    expect(inOrder(committed?.partitions ?? [])).toEqual(inOrder(ends))

    command = run()
    await produce(kafka, parts, lines.slice(1000, 2000))
    await consume(kafka, raised, Math.floor(expected.length / 2))
    await command.kill()
    command = run()
    await produce(kafka, parts, lines.slice(2000))
    const alerts = await consume(kafka, raised, expected.length)
    command.signal('SIGTERM')
    expect(await command.ended()).toBe(0)
    expect(alerts.map(({ value }) => essence(value)).sort()).toEqual(expected.sort())
  } finally {
    await command.kill()
  }
}, 90_000)

test('one instance stopped, one added, one killed while records flow: the alerts are the same', async context => {
  const { address } = broker(context)
  const kafka = broker(context).kafkajs()
  const folder = scratchFolder(context)
  writeFileSync(join(folder, 'rules.sec'), KAFKA_RULES)
  const logs = await broker(context).topic('flow', PARTITIONS)
  const found = await broker(context).topic('found', 2)
  const group = broker(context).name('flow-group')
  const lines = kafkaLines(9000, PARTITIONS, START)
  const expected = Array.from({ length: PARTITIONS }, (_none, partition) =>
    replayed(folder, lines, partition)
  ).flat()
  const commands: RunningCommand[] = []
  const start = async (): Promise<RunningCommand> => {
    const from = `kafka://${address}/${logs}?group=${group}&${shortSession(broker(context))}`
    const command = correlogRun(folder, '--from', from, '--to', `kafka://${address}/${found}`)
    commands.push(command)
    await command.until(() => command.stderr.includes('the state of a task was read'), 'its tasks')
    return command
  }
  let sent = 0
  const flow = async (): Promise<void> => {
    for (const end = sent + 1500; sent < end; sent += 250)
      await produce(kafka, logs, lines.slice(sent, sent + 250))
  }
  try {
    const first = await start()
    await flow()
    const [second] = await Promise.all([start(), flow()])
    const [stopped] = await Promise.all([(first.signal('SIGTERM'), first.ended()), flow()])
    expect(stopped).toBe(0)
    const [third] = await Promise.all([start(), flow()])
    await Promise.all([second.kill(), flow()])
    await flow()
    const alerts = await consume(kafka, found, expected.length)
    third.signal('SIGTERM')
    expect(await third.ended()).toBe(0)
    expect(alerts.map(({ value }) => essence(value)).sort()).toEqual(expected.sort())
  } finally {
    for (const command of commands) await command.kill()
  }
}, 120_000)
