import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { freePort } from '../helpers/free-port.ts'
import { kcat, kcatConsume } from '../helpers/kcat.ts'
import { OtelCollector } from '../helpers/otel-collector.ts'
import { type Entry, records, RULES, writeTimeline } from '../kill/workload.ts'
import { AlertServer, type ReceivedAlert } from './alert-server.ts'
import { essenceOfReceived, essenceOfReplayed, textOfReplayed } from './essence.ts'

export type Way =
  | 'grpc'
  | 'http, protobuf'
  | 'http, json'
  | 'kafka, otlp_proto'
  | 'kafka, otlp_json'
  /** Of logs alone: alerts need their attributes. */
  | 'kafka, raw'

export interface CompanionOptions {
  readonly folder: string
  /** The built command. */
  readonly command: string
  readonly records: number
  /** How many times correlog is killed and started again. */
  readonly kills: number
  readonly seed: number
  /** How the Collector sends logs. */
  readonly logs: Way
  /** How it gets the alerts. */
  readonly alerts: Way
  /** For ways through Kafka: a broker, empty topics of one partition each, and a name for groups. */
  readonly kafka?: {
    readonly address: string
    readonly logs: string
    readonly alerts: string
    readonly group: string
  }
  readonly report: (line: string) => void
}

export interface CompanionResult {
  /** `SECOND TEXT` of each alert that `correlog replay` gives, in order. */
  readonly replayed: readonly string[]
  /** The same of those that came, each uid once, in order of time. */
  readonly received: readonly string[]
  /** Alerts that came again. */
  readonly repeated: number
  /** Alerts that have the uid of another one and are not the same in every part. */
  readonly sharedUids: number
  /** What replay gives, whole but for what depends on the way. */
  readonly replayedEssences: readonly string[]
  /** The same of what came, each uid once. */
  readonly receivedEssences: readonly string[]
  /** By uid how often an alert stands in the topic for those who read what is committed; of ways through Kafka. */
  readonly committed?: ReadonlyMap<string, number>
  readonly alerts: readonly ReceivedAlert[]
  /** Records that the last life has counted. */
  readonly counted: number
  /** Of these: how many came behind later ones. */
  readonly late: number
  /** What the Collector says that it has given up. */
  readonly droppings: readonly string[]
  readonly input: readonly Entry[]
  readonly seconds: number
}

/** Without an alert for so long it is over, one way or the other. */
const SILENCE_MS = 30_000

/** For so long records may still come after the last alert. */
const COUNT_MS = 5000

/**
 * A file → Collector → correlog → Collector → us. The Collector sends one request after the other and keeps what is not
 * answered; correlog is killed at even intervals, and started again.
 */
export async function runCompanion(options: CompanionOptions): Promise<CompanionResult> {
  const { folder, kills, seed, report } = options
  const input = [...records(options.records, seed)]
  writeFileSync(join(folder, 'rules.sec'), RULES)
  await writeInput(options, input)
  const server = await AlertServer.start()
  const port = await freePort()
  const collector = await OtelCollector.start(
    join(folder, 'collector'),
    configuration(options, port, server.port)
  )
  let life: ChildProcess | undefined
  try {
    if (options.logs === 'kafka, raw') await writeSentTimeline(options)
    else await writeTimeline(join(folder, 'timeline'), records(options.records, seed))
    const lines = await replay(options)
    const replayed = lines.map(textOfReplayed)
    const started = performance.now()
    life = startStage(options, port, collector)
    for (let kill = 1; kill <= kills; kill++) {
      await untilAlerts(server, Math.floor((replayed.length * kill) / (kills + 1)))
      await end(life, 'SIGKILL', folder)
      report(`kill ${kill}: ${server.uids.size} of ${replayed.length} alerts had come`)
      life = startStage(options, port, collector)
    }
    await untilAlerts(server, replayed.length)
    const seconds = (performance.now() - started) / 1000
    await untilRunning(life, options)
    const counts = await countRecords(life, options)
    const status = await end(life, 'SIGTERM', folder)
    if (status !== 0) throw new Error(`correlog run exited with ${status}: ${stageLog(folder)}`)
    const droppings = collector.log.split('\n').filter(line => /dropping data|dropped/i.test(line))
    const { alerts } = server
    const committed = await committedAlerts(options)
    const found = { alerts, ...comparable(alerts), ...(committed !== undefined && { committed }) }
    return {
      replayed,
      replayedEssences: lines.map(essenceOfReplayed),
      ...found,
      ...counts,
      droppings,
      input,
      seconds
    }
  } finally {
    life?.kill('SIGKILL')
    await collector.kill()
    await server.close()
  }
}

function comparable(
  alerts: readonly ReceivedAlert[]
): Pick<CompanionResult, 'received' | 'receivedEssences' | 'repeated' | 'sharedUids'> {
  const first = new Map<string, ReceivedAlert>()
  let sharedUids = 0
  for (const alert of alerts) {
    const earlier = first.get(alert.uid)
    if (earlier === undefined) first.set(alert.uid, alert)
    else if (!isDeepStrictEqual(earlier, alert)) sharedUids++
  }
  const each = [...first.values()]
  return {
    received: each.map(({ second, body }) => `${second} ${body}`),
    receivedEssences: each.map(essenceOfReceived),
    repeated: alerts.length - each.length,
    sharedUids
  }
}

/** Its exporter to correlog, and what leads that to us. */
function exporterOf({ logs, kafka }: CompanionOptions, port: number): { name: string; endpoint: string } {
  switch (logs) {
    case 'grpc':
      return {
        name: 'otlp/correlog',
        endpoint: `endpoint: 127.0.0.1:${port}\n    tls: { insecure: true }`
      }
    case 'http, json':
    case 'http, protobuf': {
      const encoding = logs === 'http, json' ? 'json' : 'proto'
      return {
        name: 'otlphttp/correlog',
        endpoint: `endpoint: http://127.0.0.1:${port}\n    encoding: ${encoding}`
      }
    }
    default:
      return {
        name: 'kafka/correlog',
        endpoint: `brokers: ["${kafka?.address}"]\n    logs: { topic: ${kafka?.logs}, encoding: ${encodingOf(logs)} }`
      }
  }
}

function encodingOf(way: Way): string {
  return way.slice(way.indexOf(' ') + 1)
}

/** Its receiver of alerts. */
function receiverOf({ alerts, kafka }: CompanionOptions): { name: string; options: string } {
  if (!alerts.startsWith('kafka')) {
    return {
      name: 'otlp/alerts',
      options: 'protocols: { grpc: { endpoint: "127.0.0.1:0" }, http: { endpoint: "127.0.0.1:0" } }'
    }
  }
  const topics = `logs: { topics: [${kafka?.alerts}], encoding: ${encodingOf(alerts)} }`
  return {
    name: 'kafka/alerts',
    options: `brokers: ["${kafka?.address}"]\n    group_id: ${kafka?.group}-collector\n    initial_offset: earliest\n    ${topics}`
  }
}

/** Each line becomes a record with a time, a trace and a body; without them the line is the body, all that `raw` has of it. */
const OPERATORS = `    operators:
      - type: json_parser
        timestamp: { parse_from: attributes.timestamp, layout_type: epoch, layout: ms }
        trace:
          trace_id: { parse_from: attributes.trace_id }
          span_id: { parse_from: attributes.span_id }
      - type: move
        from: attributes.body
        to: body
`

function configuration(options: CompanionOptions, port: number, alertPort: number): string {
  const { folder } = options
  const exporter = exporterOf(options, port)
  const receiver = receiverOf(options)
  return `receivers:
  filelog:
    include: [${join(folder, 'in.jsonl')}]
    start_at: beginning
    poll_interval: 50ms
${options.logs === 'kafka, raw' ? '' : OPERATORS}  ${receiver.name}:
    ${receiver.options}

exporters:
  ${exporter.name}:
    ${exporter.endpoint}
    timeout: 5s
    sending_queue: { num_consumers: 1, queue_size: 100000 }
    retry_on_failure: { initial_interval: 100ms, max_interval: 500ms, max_elapsed_time: 0 }
  otlphttp/us:
    endpoint: http://127.0.0.1:${alertPort}
    encoding: json
    compression: none
    sending_queue: { num_consumers: 1, queue_size: 100000 }

service:
  pipelines:
    logs: { receivers: [filelog], exporters: [${exporter.name}] }
    logs/alerts: { receivers: [${receiver.name}], exporters: [otlphttp/us] }
`
}

function startStage(options: CompanionOptions, port: number, collector: OtelCollector) {
  const { command, folder } = options
  const from = `--from=${sourceOf(options, port)}`
  const to = `--to=${sinkOf(options, collector)}`
  const log = openSync(join(folder, 'stage.log'), 'a')
  // Of a Kafka source it is in Kafka.
  const state = options.logs.startsWith('kafka') ? [] : ['--state=state']
  const args = ['run', '--rules=rules.sec', from, to, '--time=record', ...state]
  return spawn(process.execPath, [command, ...args], {
    cwd: folder,
    env: { ...process.env, TZ: 'UTC', CORRELOG_LOG_FORMAT: 'json' },
    stdio: ['ignore', log, log]
  })
}

/** Its exit status. @throws Error if it has ended before it is told to */
async function end(life: ChildProcess, signal: NodeJS.Signals, folder: string): Promise<number | null> {
  if (life.exitCode !== null) throw new Error(`correlog run ended by itself: ${stageLog(folder)}`)
  const exit = once(life, 'exit')
  life.kill(signal)
  const [status] = (await exit) as [number | null]
  return status
}

function sourceOf({ logs, kafka }: CompanionOptions, port: number): string {
  if (logs === 'grpc') return `otlp://127.0.0.1:${port}`
  if (!logs.startsWith('kafka')) return `otlp+http://127.0.0.1:${port}`
  const options = `group=${kafka?.group}&codec=${codecOf(logs)}&timestamp=codec&sessionTimeout=6`
  return `kafka://${kafka?.address}/${kafka?.logs}?${options}`
}

function sinkOf({ alerts, kafka }: CompanionOptions, collector: OtelCollector): string {
  if (alerts === 'grpc') return `otlp://127.0.0.1:${collector.port('otlp/alerts', 'GRPC')}`
  if (alerts.startsWith('kafka'))
    return `kafka://${kafka?.address}/${kafka?.alerts}?encoding=${codecOf(alerts)}`
  return `otlp+http://127.0.0.1:${collector.port('otlp/alerts', 'HTTP')}?encoding=${encodingOf(alerts)}`
}

function codecOf(way: Way): string {
  return encodingOf(way).replace('_', '-')
}

function stageLog(folder: string): string {
  return readFileSync(join(folder, 'stage.log'), 'utf8').slice(-4000)
}

/** Each record belongs to a trace whose id is its number. */
async function writeInput({ folder, logs }: CompanionOptions, input: readonly Entry[]): Promise<void> {
  const file = createWriteStream(join(folder, 'in.jsonl'))
  for (const [index, { timestamp, body }] of input.entries()) {
    if (logs === 'kafka, raw') {
      if (!file.write(`${rawLine(body)}\n`)) await once(file, 'drain')
      continue
    }
    const trace = (index + 1).toString(16)
    const line = {
      timestamp: String(timestamp),
      body,
      trace_id: trace.padStart(32, '0'),
      span_id: trace.padStart(16, '0')
    }
    if (!file.write(`${JSON.stringify(line)}\n`)) await once(file, 'drain')
  }
  file.end()
  await finished(file)
}

/**
 * What JSON, and Go more than others, writes otherwise. All of it comes within seconds, which is its time: of what waits for
 * its second half most is left out, or each line would be looked at for thousands.
 */
function rawLine(body: string): string {
  const [, number] = /^(?:session|request) (\d+) (?:opened|sent)/.exec(body) ?? []
  const line = number === undefined || Number(number) % 50 === 0 ? body : 'nothing of interest'
  return `<13>\t"${line}" & café`
}

/** A value without a time has Kafka's: what the Collector has sent is the timeline, once it is all there. */
async function writeSentTimeline({ folder, kafka, records }: CompanionOptions): Promise<void> {
  const sent = [
    '-C',
    '-b',
    kafka?.address ?? '',
    '-t',
    kafka?.logs ?? '',
    '-o',
    'beginning',
    '-c',
    String(records),
    '-f',
    '%T %s\n'
  ]
  const lines = (await kcat(sent)).split('\n').slice(0, -1)
  const timeline = lines.map(line => {
    const [, time, value = ''] = /^(\d+) (.*)$/.exec(line) ?? []
    return `@${Math.floor(Number(time) / 1000)} ${JSON.parse(value) as string}\n`
  })
  writeFileSync(join(folder, 'timeline'), timeline.join(''))
}

async function untilAlerts(server: AlertServer, count: number): Promise<void> {
  let last = server.alerts.length
  for (let silentMs = 0; server.uids.size < count && silentMs < SILENCE_MS; silentMs += 20) {
    await sleep(20)
    if (server.alerts.length > last) silentMs = 0
    last = server.alerts.length
  }
}

/** After a kill the group waits for the one that is gone. */
async function untilRunning(life: ChildProcess, { folder, kills }: CompanionOptions): Promise<void> {
  const log = (): string => readFileSync(join(folder, 'stage.log'), 'utf8')
  while (life.exitCode === null && log().split('"correlog runs"').length < kills + 2) await sleep(50)
}

/** What the stage says on USR1, once that is all, or no more comes. */
async function countRecords(
  life: ChildProcess,
  { folder, records }: CompanionOptions
): Promise<Pick<CompanionResult, 'counted' | 'late'>> {
  let counted = 0
  let late = 0
  for (let waitedMs = 0; counted < records && waitedMs < COUNT_MS; waitedMs += 200) {
    life.kill('SIGUSR1')
    await sleep(200)
    const counts = [
      ...stageLog(folder).matchAll(/"records":\{"(?:127\.0\.0\.1:\d+|logs[\w-]*)":(\d+)\}/g)
    ].at(-1)
    counted = Number(counts?.[1] ?? 0)
    late = Number([...stageLog(folder).matchAll(/"late":(\d+)/g)].at(-1)?.[1] ?? 0)
  }
  return { counted, late }
}

/** Alerts of the `alert` action, a line of JSON each: replay writes them to standard output. */
async function replay({ folder, command }: CompanionOptions): Promise<string[]> {
  const child = spawn(process.execPath, [command, 'replay', 'timeline', '--conf', 'rules.sec'], {
    cwd: folder,
    env: { ...process.env, TZ: 'UTC' },
    stdio: ['ignore', 'pipe', 'ignore']
  })
  let output = ''
  child.stdout?.setEncoding('utf8').on('data', text => (output += text))
  await once(child, 'close')
  return output.split('\n').slice(0, -1)
}

/** kcat reads what is committed. */
async function committedAlerts({
  alerts,
  kafka
}: CompanionOptions): Promise<Map<string, number> | undefined> {
  if (kafka === undefined || !alerts.startsWith('kafka')) return undefined
  const records = await kcatConsume(kafka.address, kafka.alerts, '-X', 'isolation.level=read_committed')
  const counts = new Map<string, number>()
  for (const { headers = [] } of records) {
    const uid = headers[headers.indexOf('log.record.uid') + 1] ?? ''
    counts.set(uid, (counts.get(uid) ?? 0) + 1)
  }
  return counts
}
