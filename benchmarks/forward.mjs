#!/usr/bin/env node
// How many records a second come in by Fluent's forward protocol, beside a Collector that passes them on? See README.md.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Encoder } from '@msgpack/msgpack'
import { Frames } from '../dist/adapters/fluent/frames.js'
import { MsgpackReader } from '../dist/adapters/fluent/msgpack-reader.js'
import { startGrpcServer } from '../dist/adapters/otlp/grpc-server.js'
import { collectorPath } from '../scripts/servers/otel-collector.mjs'
import { random, ruleFile, syslogLine } from './corpus.mjs'
import { saveFigures } from './save.mjs'

const { values } = parseArgs({
  options: {
    records: { type: 'string', default: '200000' },
    chunk: { type: 'string', default: '1000' },
    'in-flight': { type: 'string', default: '4' },
    rules: { type: 'string', default: '100' },
    runs: { type: 'string', default: '5' },
    save: { type: 'boolean', default: false }
  }
})
const perChunk = Number(values.chunk)
const count = Math.ceil(Number(values.records) / perChunk)
const runs = Number(values.runs)
const folder = mkdtempSync(join(tmpdir(), 'correlog-bench-'))
const main = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))
const encoder = new Encoder()

/** Entries as Docker's log driver makes them, whose text is a line of syslog: one in a hundred is a failed login. */
function makeChunks() {
  const next = random(1)
  return Array.from({ length: count }, (_none, chunk) =>
    Buffer.concat(
      Array.from({ length: perChunk }, (_other, index) => {
        const number = chunk * perChunk + index
        const container = (number % 20).toString(16).padStart(64, '0')
        const log = `${syslogLine(next, number)}\n`
        return encoder.encode([
          1_764_000_000 + Math.floor(number / 1000),
          { log, source: 'stdout', container_id: container, container_name: `/app-${number % 20}` }
        ])
      })
    )
  )
}

/** Sends all of them by as many connections as there may be in flight, each when the one before is acknowledged. */
async function send(port, chunks, name) {
  const started = performance.now()
  let next = 0
  const lane = async () => {
    const socket = connect({ host: '127.0.0.1', port })
    while (next < chunks.length) {
      const number = next++
      const chunk = `${name}-${number}`
      socket.write(encoder.encode(['app.log', chunks[number], { chunk, size: perChunk }]))
      const [answer] = await once(socket, 'data')
      if (!answer.includes(chunk)) throw new Error(`${answer.toString('latin1')} for ${chunk}`)
    }
    socket.destroy()
  }
  await Promise.all(Array.from({ length: Number(values['in-flight']) }, lane))
  return (performance.now() - started) / 1000
}

/** Processor time of a process, in seconds. */
function processorTime(pid) {
  const [, rest] = /\) (.*)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  const fields = rest.split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}

/** Starts a program that listens on `port`, and measures it. */
async function measure([command, args], port, chunks) {
  const log = join(folder, 'log')
  rmSync(join(folder, 'state'), { recursive: true, force: true })
  const output = openSync(log, 'w')
  const child = spawn(command, args, { cwd: folder, stdio: ['ignore', output, output] })
  try {
    await listening(port, child, log)
    // Its code gets warm.
    await send(port, chunks.slice(0, Math.ceil(count / 5)), 'warm')
    const before = processorTime(child.pid)
    const wall = await send(port, chunks, 'run')
    return { wall, cpu: processorTime(child.pid) - before }
  } finally {
    const exit = once(child, 'exit')
    child.kill('SIGTERM')
    await exit
  }
}

async function listening(port, child, log) {
  for (let waited = 0; waited < 1500 && child.exitCode === null; waited++) {
    const socket = connect({ host: '127.0.0.1', port })
    const isThere = await new Promise(resolve => {
      socket.on('connect', () => resolve(true)).on('error', () => resolve(false))
    })
    socket.destroy()
    if (isThere) return
    await sleep(20)
  }
  throw new Error(`${child.spawnfile} does not listen:\n${readFileSync(log, 'utf8')}`)
}

let taken = 0
// Takes alerts, as a server of the protocol does.
const alerts = createServer(socket => {
  const frames = new Frames(2 ** 26)
  socket.on('data', piece => {
    frames.push(piece)
    for (let frame = frames.next(); frame !== undefined; frame = frames.next()) {
      const [, , { chunk, size }] = new MsgpackReader(frame.bytes).value()
      taken += size
      socket.write(encoder.encode({ ack: chunk }))
    }
  })
}).listen(0, '127.0.0.1')
await once(alerts, 'listening')
// Takes what the Collector passes on: it has no exporter of the forward protocol.
const receiver = await startGrpcServer({
  host: '127.0.0.1',
  port: 0,
  maxRequestBytes: 2 ** 26,
  maxConnections: 100,
  warn: () => {},
  requests: {
    refusal: undefined,
    answer: () => Promise.resolve({ type: 'success', rejected: 0, reason: '' })
  }
})

const port = await freePort()
writeFileSync(join(folder, 'rules.sec'), ruleFile(Number(values.rules)))
writeFileSync(
  join(folder, 'collector.yaml'),
  `receivers: { fluentforward: { endpoint: "127.0.0.1:${port}" } }
exporters:
  otlp: { endpoint: "${receiver.address}", tls: { insecure: true }, sending_queue: { enabled: false } }
service:
  telemetry: { metrics: { level: none } }
  pipelines:
    logs: { receivers: [fluentforward], exporters: [otlp] }
`
)
const stage = (...more) => [
  process.execPath,
  [
    main,
    'run',
    '--rules=rules.sec',
    '--alerts-from=write',
    `--from=fluent://127.0.0.1:${port}`,
    `--to=fluent://127.0.0.1:${alerts.address().port}`,
    ...more
  ]
]
const programs = {
  'correlog run': stage(),
  'correlog run --state': stage('--state=state'),
  ...(existsSync(collectorPath) && {
    'Collector, passing on': [collectorPath, ['--config', 'collector.yaml']]
  })
}

const chunks = makeChunks()
const total = count * perChunk
const bytes = Math.round(chunks.reduce((sum, each) => sum + each.length, 0) / total)
const results = Object.fromEntries(Object.keys(programs).map(name => [name, []]))
try {
  for (let run = 0; run < runs; run++) {
    for (const [name, command] of Object.entries(programs)) {
      taken = 0
      const { wall, cpu } = await measure(command, port, chunks)
      results[name].push({ wall, cpu, alerts: taken })
    }
  }
} finally {
  await receiver.close()
  alerts.close()
  rmSync(folder, { recursive: true, force: true })
}

const median = list => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)]
console.log(
  `${total} records of ${bytes} bytes, ${perChunk} in a chunk, ${values['in-flight']} connections, ${values.rules} rules`
)
const table = Object.entries(results).map(([name, list]) => {
  const rate = Math.round(total / median(list.map(({ wall }) => wall)))
  const cpu = Number(((median(list.map(each => each.cpu)) / total) * 1e6).toFixed(2))
  console.log(
    `${name.padEnd(24)} ${String(rate).padStart(8)} records/s  ${cpu.toFixed(2).padStart(6)} µs of CPU a record  ${list[0].alerts} alerts`
  )
  return { name, recordsPerSecond: rate, cpuMicrosecondsPerRecord: cpu, runs: list }
})
if (values.save)
  saveFigures('forward', { records: total, bytes, perChunk, rules: Number(values.rules), results: table })
