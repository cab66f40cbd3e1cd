import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Kafka } from 'kafkajs'
import { expect, test } from 'vitest'
import { correlogCommand } from '../helpers/correlog-command.ts'
import { replayedAlerts } from '../helpers/replayed-alerts.ts'
import { RunningCommand } from '../helpers/running-command.ts'
import { scratchFolder } from '../helpers/scratch.ts'
import { useKafka } from '../helpers/shared-kafka.ts'
import { consume, type KafkaLine, produce } from './kafka-lines.ts'

/** Rules that correlate by host, each with a window that is ten times the skew. */
const RULES = `
type=SingleWithThreshold
ptype=RegExp
pattern=host=(?<host>\\S+) n=(?<n>\\d+) sshd: failed
continue=TakeNext
desc=failed logins on $+{host}
action=alert error failed logins on $+{host} in $+{n}
window=100
thresh=4

type=PairWithWindow
ptype=RegExp
pattern=host=(?<host>\\S+) n=(?<n>\\d+) link down
desc=link of $+{host}
action=alert warn link of $+{host} stays down in $+{n}
ptype2=RegExp
pattern2=host=$+{host} n=$+{n} link up
desc2=link of %+{host} is up
action2=alert notice link of $+{host} was down for a moment in $+{n}
window=150

type=SingleWithSuppress
ptype=RegExp
pattern=host=(?<host>\\S+) n=(?<n>\\d+) disk full
desc=disk of $+{host}
action=alert critical disk of $+{host} is full in $+{n}
window=120

type=EventGroup2
ptype=RegExp
pattern=host=(?<host>\\S+) n=(?<n>\\d+) fan stopped
ptype2=RegExp
pattern2=host=(?<host>\\S+) n=(?<n>\\d+) too hot
desc=heat of $+{host}
action=alert critical $+{host} burns in $+{n}
window=110

type=Single
ptype=RegExp
pattern=host=(?<host>\\S+) n=\\d+ maintenance
desc=maintenance of $+{host}
action=create MAINTENANCE_$+{host} 130

type=Single
ptype=RegExp
pattern=host=(?<host>\\S+) n=(?<n>\\d+) broken
context=!MAINTENANCE_$+{host}
desc=$+{host} is broken
action=alert error $+{host} is broken in $+{n}
`

const START = 1_790_000_000
const HOSTS = 14
const ROUNDS = 12
/** Seconds from one round to the next: all windows of one are over. */
const ROUND = 1000
/** The records of so many seconds may come in any order. */
const SKEW = 10
const PARTITIONS = 4

/** What happens to hosts: in some rounds enough for an alert, in some not. In the order of time. */
function records(): KafkaLine[] {
  const lines: KafkaLine[] = []
  for (let round = 0; round < ROUNDS; round++) {
    for (let host = 0; host < HOSTS; host++) {
      const start = START + round * ROUND
      const pick = (count: number, salt: number): number => (round * 7 + host * 5 + salt * 3) % count
      const add = (second: number, what: string): void => {
        const text = `host=h${host} n=${round} ${what}`
        lines.push({ partition: lines.length % PARTITIONS, seconds: start + second, text })
      }
      for (let count = 0; count < (pick(2, 1) === 0 ? 3 : 5); count++) add(6 * count, 'sshd: failed for root')
      add(2, 'link down')
      if (pick(3, 2) > 0) add(22, 'link up')
      for (let count = 0; count < pick(3, 3); count++) add(5 + 8 * count, 'disk full')
      add(1, 'fan stopped')
      if (pick(2, 4) === 0) add(27, 'too hot')
      if (pick(2, 5) === 0) add(3, 'maintenance begins')
      add(28, 'broken')
      add(12, 'nothing to see')
    }
  }
  // Their clocks go on, so that all windows end.
  for (let host = 0; host < HOSTS; host++) {
    lines.push({
      partition: host % PARTITIONS,
      seconds: START + (ROUNDS + 10) * ROUND,
      text: `host=h${host} end`
    })
  }
  return lines.sort((one, other) => one.seconds - other.seconds)
}

const broker = useKafka()

/** What of an alert does not depend on how far the clock was. */
function essence(json: string): string {
  const { severity_number, body, attributes } = JSON.parse(json) as {
    severity_number: number
    body: string
    attributes: Record<string, string | number>
  }
  return `${attributes['correlog.rule.number']}: ${severity_number} ${body}`
}

/** What one correlator raises that sees everything. */
function replayed(folder: string, lines: readonly KafkaLine[]): string[] {
  const timeline = join(folder, 'all.timeline')
  writeFileSync(timeline, lines.map(({ seconds, text }) => `@${seconds} ${text}\n`).join(''))
  return replayedAlerts(timeline, join(folder, 'rules.sec')).map(essence)
}

/** Counts the records of a topic as they come. */
async function counting(
  kafka: Kafka,
  topic: string
): Promise<{ until(count: number): Promise<void>; stop(): Promise<void> }> {
  const consumer = kafka.consumer({ groupId: `counts-${topic}`, maxWaitTimeInMs: 100 })
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  let count = 0
  let look: () => void = () => {}
  void consumer.run({
    eachBatch: async ({ batch }) => {
      count += batch.messages.length
      look()
      await Promise.resolve()
    }
  })
  return {
    until: wanted =>
      new Promise((resolve, reject) => {
        const deadline = setTimeout(
          () => reject(new Error(`${count} of ${wanted} records in ${topic}`)),
          40_000
        )
        look = () => {
          if (count < wanted) return
          clearTimeout(deadline)
          resolve()
        }
        look()
      }),
    stop: () => consumer.disconnect()
  }
}

test('three instances behind a router raise the alerts of one that sees everything', async context => {
  const { address, shortestSessionMs } = broker(context)
  const kafka = broker(context).kafkajs()
  const folder = scratchFolder(context)
  const logs = await broker(context).topic('logs', PARTITIONS)
  const found = await broker(context).topic('alerts', 3)
  const application = broker(context).name('watch')
  const repartition = `${application}-route-repartition`
  const session = Math.max(2000, shortestSessionMs) / 1000
  writeFileSync(join(folder, 'rules.sec'), RULES)
  writeFileSync(
    join(folder, 'router.yaml'),
    `application: ${application}
sources: { logs: { type: kafka, brokers: "${address}", topics: ${logs}, sessionTimeout: ${session}, heartbeat: 0.3 } }
rules: rules.sec
route:
  key: { type: regexp, pattern: 'host=(?<host>\\S+)', variable: host }
  partitions: 6
state: { type: kafka, commitInterval: 0.02 }
`
  )
  writeFileSync(
    join(folder, 'stage.yaml'),
    `application: ${application}
sources: { logs: { type: kafka, brokers: "${address}", topics: ${repartition} } }
rules: rules.sec
sinks: { alerts: { type: kafka, topic: ${found} } }
`
  )
  const lines = records()
  const expected = replayed(folder, lines)
  expect(expected.length).toBeGreaterThan(200)
  const check = spawnSync(process.execPath, [correlogCommand(), 'check', '--config', 'router.yaml'], {
    cwd: folder,
    encoding: 'utf8'
  })
  expect({ status: check.status, stderr: check.stderr }).toEqual({ status: 0, stderr: '' })
  expect(check.stdout.match(/ can be split by the key /g)?.length).toBe(6)

  const commands: RunningCommand[] = []
  const start = (...args: string[]): RunningCommand => {
    const command = new RunningCommand([process.execPath, correlogCommand(), ...args], { folder })
    commands.push(command)
    return command
  }
  try {
    const router = start('route', '--config', 'router.yaml')
    await router.until(() => router.stderr.includes('correlog runs'), 'a router')
    const stages = [1, 2, 3].map(() => start('run', '--config', 'stage.yaml'))
    const routed = await counting(kafka, repartition)
    let sent = 0
    for (let from = START; sent < lines.length; from += SKEW) {
      const some = lines.filter(({ seconds }) => seconds >= from && seconds < from + SKEW)
      if (some.length === 0) continue
      await produce(kafka, logs, some)
      sent += some.length
      if (from === START + (ROUNDS / 2) * ROUND) {
        await router.kill()
        start('route', '--config', 'router.yaml')
      }
      await routed.until(sent)
    }
    await routed.stop()
    const alerts = await consume(kafka, found, expected.length)
    for (const stage of stages) stage.signal('SIGTERM')
    expect(await Promise.all(stages.map(stage => stage.ended()))).toEqual([0, 0, 0])
    expect(alerts.map(({ value }) => essence(value)).sort()).toEqual(expected.sort())
    const tasks = new Set(alerts.map(({ headers }) => headers['correlog.task']))
    expect(tasks.size).toBeGreaterThan(2)

    const records = await consume(kafka, repartition, lines.length)
    expect(records.length).toBe(lines.length)
    const places = new Set(records.map(({ key, partition }) => `${key} ${partition}`))
    expect(places.size).toBe(HOSTS)
    const origins = records.map(
      ({ headers }) => `${headers['correlog.route.partition']}/${headers['correlog.route.offset']}`
    )
    expect(new Set(origins).size).toBe(lines.length)
  } finally {
    for (const command of commands) await command.kill()
  }
}, 150_000)
