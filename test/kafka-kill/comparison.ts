import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { kcat, type KcatRecord, kcatConsume } from '../helpers/kcat.ts'

/** An alert as it stands in a topic. */
export interface SeenAlert {
  readonly uid: string
  /** The partition of its records, and what does not depend on where they lie. */
  readonly essence: string
}

/** What `correlog replay` raises of the records of a topic, partition by partition: kcat reads them. */
export async function replayTopic(options: {
  readonly command: string
  readonly folder: string
  readonly address: string
  readonly topic: string
}): Promise<{ readonly records: number; readonly alerts: readonly string[] }> {
  const { command, folder, address, topic } = options
  const all = ['-o', 'beginning', '-e', '-q']
  const read = await kcat(['-C', '-b', address, '-t', topic, ...all, '-f', '%p %T %s\n'])
  const timelines = new Map<string, string[]>()
  const lines = read.split('\n').slice(0, -1)
  for (const line of lines) {
    const [, partition = '', time, body] = /^(\d+) (\d+) (.*)$/.exec(line) ?? []
    const timeline = timelines.get(partition) ?? []
    timelines.set(partition, timeline)
    timeline.push(`@${Math.floor(Number(time) / 1000)} ${body}\n`)
  }
  const alerts: string[] = []
  for (const [partition, timeline] of timelines) {
    const path = join(folder, `${topic}-${partition}.timeline`)
    writeFileSync(path, timeline.join(''))
    const child = spawn(process.execPath, [command, 'replay', path, '--conf', join(folder, 'rules.sec')], {
      env: { ...process.env, TZ: 'UTC' },
      stdio: ['ignore', 'pipe', 'inherit']
    })
    const [output] = await Promise.all([text(child.stdout), once(child, 'close')])
    if (child.exitCode !== 0) throw new Error(`correlog replay exited with ${child.exitCode}`)
    for (const line of output.split('\n')) {
      if (line.startsWith('{')) alerts.push(essence(partition, line))
    }
  }
  return { records: lines.length, alerts }
}

/** All alerts of a topic, also those of transactions that were not committed if it is said so. */
export async function alertsOf(
  address: string,
  topic: string,
  isolation: 'read_committed' | 'read_uncommitted'
): Promise<readonly SeenAlert[]> {
  const records = await kcatConsume(address, topic, '-X', `isolation.level=${isolation}`)
  return records.map(record => {
    const partition = header(record, 'correlog.task').split('/').at(-1) ?? ''
    return { uid: header(record, 'log.record.uid'), essence: essence(partition, record.payload ?? '') }
  })
}

/** What is in the one and not in the other, each as often as it is too much. */
export function missingFrom(some: readonly string[], others: readonly string[]): string[] {
  const left = new Map<string, number>()
  for (const each of others) left.set(each, (left.get(each) ?? 0) + 1)
  return some.filter(each => {
    const count = left.get(each) ?? 0
    if (count > 0) left.set(each, count - 1)
    return count === 0
  })
}

function header({ headers = [] }: KcatRecord, name: string): string {
  const at = headers.findIndex((each, index) => index % 2 === 0 && each === name)
  return headers[at + 1] ?? ''
}

function essence(partition: string, json: string): string {
  const alert = JSON.parse(json) as {
    timestamp: string
    severity_number: number
    body: string
    attributes: Record<string, string | number>
  }
  const { timestamp, severity_number: severity, body, attributes } = alert
  const counted = `${attributes['correlog.rule.number']}, ${attributes['correlog.events.count']} events`
  return `${partition}: ${timestamp} ${severity} ${body} (${counted})`
}
