#!/usr/bin/env node
// How many records a second come in over OTLP, beside a Collector that passes them on? See README.md.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Client, credentials, Metadata } from '@grpc/grpc-js'
import { ProtobufLogsSerializer } from '@opentelemetry/otlp-transformer'
import { startGrpcServer } from '../dist/adapters/otlp/grpc-server.js'
import { readLogsRequest } from '../dist/adapters/otlp/read-logs-request.js'
import { collectorPath } from '../scripts/servers/otel-collector.mjs'
import { random, requestRecord, ruleFile, syslogLine } from './corpus.mjs'
import { saveFigures } from './save.mjs'

const { values } = parseArgs({
  options: {
    records: { type: 'string', default: '200000' },
    request: { type: 'string', default: '1000' },
    'in-flight': { type: 'string', default: '4' },
    rules: { type: 'string', default: '100' },
    runs: { type: 'string', default: '5' },
    save: { type: 'boolean', default: false }
  }
})
const perRequest = Number(values.request)
const count = Math.ceil(Number(values.records) / perRequest)
const runs = Number(values.runs)
const folder = mkdtempSync(join(tmpdir(), 'correlog-bench-'))
const main = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))
const EXPORT = '/opentelemetry.proto.collector.logs.v1.LogsService/Export'

/** Requests of records with four attributes whose bodies are lines of syslog: one in a hundred is a failed login. */
function makeRequests() {
  const next = random(1)
  const instrumentationScope = { name: 'shop', version: '1' }
  const resource = { attributes: { 'service.name': 'shop', 'host.name': 'host1' } }
  return Array.from({ length: count }, (_none, request) => {
    const records = Array.from({ length: perRequest }, (_other, index) => {
      const number = request * perRequest + index
      const { attributes, trace_id: traceId, severity_number, severity_text } = requestRecord(next, number)
      const time = [1_764_000_000 + Math.floor(number / 1000), (number % 1000) * 1_000_000]
      return {
        hrTime: time,
        hrTimeObserved: time,
        severityNumber: severity_number,
        severityText: severity_text,
        body: syslogLine(next, number),
        attributes,
        droppedAttributesCount: 0,
        spanContext: { traceId, spanId: traceId.slice(16), traceFlags: 1 },
        resource,
        instrumentationScope
      }
    })
    return Buffer.from(ProtobufLogsSerializer.serializeRequest(records))
  })
}

/** Sends all of them, so many at once, each until it is taken. @returns {Promise<number>} seconds */
async function send(address, requests) {
  const client = new Client(address, credentials.createInsecure())
  const same = bytes => bytes
  const once = bytes =>
    new Promise(resolve => {
      const deadline = Date.now() + 60_000
      client.makeUnaryRequest(EXPORT, same, same, bytes, new Metadata(), { deadline }, error =>
        resolve(error)
      )
    })
  const started = performance.now()
  let next = 0
  const lane = async () => {
    while (next < requests.length) {
      const bytes = requests[next++]
      while ((await once(bytes)) !== null) await sleep(20)
    }
  }
  await Promise.all(Array.from({ length: Number(values['in-flight']) }, lane))
  client.close()
  return (performance.now() - started) / 1000
}

/** Processor time of a process, in seconds. */
function processorTime(pid) {
  const [, rest] = /\) (.*)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  const fields = rest.split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}

/** Starts a program, and measures it when its log says where it listens. */
async function measure(command, args, listens, requests) {
  const log = join(folder, 'log')
  rmSync(log, { force: true })
  rmSync(join(folder, 'state'), { recursive: true, force: true })
  const output = openSync(log, 'a')
  const child = spawn(command, args, { cwd: folder, stdio: ['ignore', output, output] })
  try {
    let address
    for (let waited = 0; address === undefined; waited++) {
      if (waited > 1500) throw new Error(`${command} does not listen:\n${readFileSync(log, 'utf8')}`)
      await sleep(20)
      address = listens.exec(readFileSync(log, 'utf8'))?.[1]
    }
    // Its code gets warm.
    await send(
      address,
      requests.slice(0, Math.ceil(count / 5)).map(bytes => Buffer.concat([bytes, WARM]))
    )
    const before = processorTime(child.pid)
    const wall = await send(address, requests)
    return { wall, cpu: processorTime(child.pid) - before }
  } finally {
    const exit = once(child, 'exit')
    child.kill('SIGTERM')
    await exit
  }
}

/** An unknown field: else the requests that follow would be repetitions. */
const WARM = Buffer.from([0x7a, 0x00])

let taken = 0
const receiver = await startGrpcServer({
  host: '127.0.0.1',
  port: 0,
  maxRequestBytes: 2 ** 26,
  maxConnections: 100,
  warn: () => {},
  requests: {
    refusal: undefined,
    answer: bytes => {
      taken += readLogsRequest(bytes, { source: '', id: '', observedTimestamp: 0 }).records.length
      return Promise.resolve({ type: 'success', rejected: 0, reason: '' })
    }
  }
})

writeFileSync(join(folder, 'rules.sec'), ruleFile(Number(values.rules)))
writeFileSync(
  join(folder, 'collector.yaml'),
  `receivers:
  otlp: { protocols: { grpc: { endpoint: "127.0.0.1:0", max_recv_msg_size_mib: 64 } } }
exporters:
  otlp: { endpoint: "${receiver.address}", tls: { insecure: true }, sending_queue: { enabled: false } }
service:
  telemetry: { metrics: { level: none } }
  pipelines:
    logs: { receivers: [otlp], exporters: [otlp] }
`
)

const stage = (...more) => [
  process.execPath,
  [
    main,
    'run',
    '--rules=rules.sec',
    '--alerts-from=write',
    '--from=otlp://127.0.0.1:0',
    `--to=otlp://${receiver.address}`,
    ...more
  ],
  /"address":"([^"]+)"/
]
const programs = {
  'correlog run': stage(),
  'correlog run --state': stage('--state=state'),
  ...(existsSync(collectorPath) && {
    'Collector, passing on': [
      collectorPath,
      ['--config', 'collector.yaml'],
      /Starting GRPC server.*"endpoint": "(127\.0\.0\.1:\d+)"/
    ]
  })
}

const requests = makeRequests()
const total = count * perRequest
const bytes = Math.round(requests.reduce((sum, each) => sum + each.length, 0) / total)
const results = Object.fromEntries(Object.keys(programs).map(name => [name, []]))
try {
  for (let run = 0; run < runs; run++) {
    for (const [name, [command, args, listens]] of Object.entries(programs)) {
      taken = 0
      const { wall, cpu } = await measure(command, args, listens, requests)
      results[name].push({ wall, cpu, out: taken })
    }
  }
} finally {
  await receiver.close()
  rmSync(folder, { recursive: true, force: true })
}

const median = list => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)]
console.log(
  `${total} records of ${bytes} bytes, ${perRequest} in a request, ${values['in-flight']} requests at once, ${values.rules} rules`
)
const table = Object.entries(results).map(([name, list]) => {
  const rate = Math.round(total / median(list.map(({ wall }) => wall)))
  const cpu = Number(((median(list.map(each => each.cpu)) / total) * 1e6).toFixed(2))
  console.log(
    `${name.padEnd(24)} ${String(rate).padStart(8)} records/s  ${cpu.toFixed(2).padStart(6)} µs of CPU a record  ${list[0].out} out`
  )
  return { name, recordsPerSecond: rate, cpuMicrosecondsPerRecord: cpu, runs: list }
})
if (values.save)
  saveFigures('otlp', { records: total, bytes, perRequest, rules: Number(values.rules), results: table })
