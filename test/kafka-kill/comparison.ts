import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { kcat, type KcatRecord, kcatConsume } from '../helpers/kcat.ts'
import type { KafkaWorkload } from './workload.ts'

/** An alert as it stands in a topic. */
export interface SeenAlert {
  readonly uid: string
  /** The partition of its records, and what does not depend on where they lie. */
  readonly essence: string
}

interface ExpectedOptions {
  readonly command: string
  readonly folder: string
  readonly address: string
  readonly topic: string
  readonly workload: KafkaWorkload
}

/** What `correlog replay`, or a run over a file, raises of the records of a topic, partition by partition: kcat reads them. */
export async function expectedOf(
  options: ExpectedOptions
): Promise<{ readonly records: number; readonly alerts: readonly string[] }> {
  const { address, topic, workload } = options
  const all = ['-o', 'beginning', '-e', '-q']
  const read = await kcat(['-C', '-b', address, '-t', topic, ...all, '-f', '%p %T %s\n'])
  const partitions = new Map<string, TopicRecord[]>()
  const lines = read.split('\n').slice(0, -1)
  for (const line of lines) {
    const [, partition = '', timestamp, body = ''] = /^(\d+) (\d+) (.*)$/.exec(line) ?? []
    const records = partitions.get(partition) ?? []
    partitions.set(partition, records)
    records.push({ timestamp: Number(timestamp), body })
  }
  const alerts: string[] = []
  for (const [partition, records] of partitions) {
    const raised = await (workload.context === undefined ? replay : run)(options, partition, records)
    for (const line of raised.split('\n')) if (line.startsWith('{')) alerts.push(essence(partition, line))
  }
  return { records: lines.length, alerts }
}

interface TopicRecord {
  /** Milliseconds since Epoch. */
  readonly timestamp: number
  readonly body: string
}

/** Of `correlog replay`: alerts of the action of that name. */
async function replay(
  { command, folder, topic, workload }: ExpectedOptions,
  partition: string,
  records: readonly TopicRecord[]
): Promise<string> {
  const path = join(folder, `${topic}-${partition}.timeline`)
  const stamped = records.map(({ timestamp, body }) => `@${Math.floor(timestamp / 1000)} ${body}\n`)
  writeFileSync(path, stamped.join(''))
  const rules = workload.files.flatMap(({ name }) => ['--conf', name])
  return correlog(command, folder, 'replay', path, ...rules)
}

/** Of `correlog run`: notifications, too. */
async function run(
  { command, folder, topic, workload: { files, context = '' } }: ExpectedOptions,
  partition: string,
  records: readonly TopicRecord[]
): Promise<string> {
  const name = `${topic}-${partition}`
  writeFileSync(join(folder, `${name}.jsonl`), records.map(each => `${JSON.stringify(each)}\n`).join(''))
  const rules = files.map(file => `--rules=${file.name}`)
  const ends = [`--from=file:${name}.jsonl?codec=json&context=${context}`, `--to=file:${name}.alerts`]
  const options = ['--alerts-from=pipe,report', '--time=record', '--once', '--log-level=warn']
  await correlog(command, folder, 'run', ...rules, ...ends, ...options)
  return readFileSync(join(folder, `${name}.alerts`), 'utf8')
}

/** What it writes to standard output. */
async function correlog(command: string, folder: string, ...args: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, [command, ...args], {
    cwd: folder,
    env: { ...process.env, TZ: 'UTC' },
    stdio: ['ignore', 'pipe', 'inherit']
  })
  const [output] = await Promise.all([text(child.stdout), once(child, 'close')])
  if (child.exitCode !== 0) throw new Error(`correlog ${args[0]} exited with ${child.exitCode}`)
  return output
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
