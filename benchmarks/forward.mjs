#!/usr/bin/env node
// How many records a second come in by Fluent's forward protocol, beside a Collector that passes them on? See README.md.
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Encoder } from '@msgpack/msgpack'
import { runnerImport } from 'vite'
import { Frames } from '../dist/adapters/fluent/frames.js'
import { MsgpackReader } from '../dist/adapters/fluent/msgpack-reader.js'
import { random, syslogLine } from './corpus.mjs'
import { measureIntake, OPTIONS, otlpReceiver } from './intake.mjs'

const { values } = parseArgs({ options: { ...OPTIONS, chunk: { type: 'string', default: '1000' } } })
const perChunk = Number(values.chunk)
const count = Math.ceil(Number(values.records) / perChunk)
const encoder = new Encoder()
const helper = fileURLToPath(new URL('../test/helpers/free-port.ts', import.meta.url))
const { freePort } = (await runnerImport(helper, { configFile: false, logLevel: 'error' })).module

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
async function send(to, chunks, isWarming) {
  let next = 0
  const lane = async () => {
    const socket = connect({ host: '127.0.0.1', port: to })
    while (next < chunks.length) {
      const number = next++
      const chunk = `${isWarming ? 'warm' : 'run'}-${number}`
      socket.write(encoder.encode(['app.log', chunks[number], { chunk, size: perChunk }]))
      const [answer] = await once(socket, 'data')
      if (!answer.includes(chunk)) throw new Error(`${answer.toString('latin1')} for ${chunk}`)
    }
    socket.destroy()
  }
  await Promise.all(Array.from({ length: Number(values['in-flight']) }, lane))
}

/** Tries until somebody is there. */
async function listening(log) {
  for (let waited = 0; waited < 1500; waited++) {
    const socket = connect({ host: '127.0.0.1', port })
    const isThere = await new Promise(resolve => {
      socket.on('connect', () => resolve(true)).on('error', () => resolve(false))
    })
    socket.destroy()
    if (isThere) return port
    log()
    await sleep(20)
  }
  throw new Error(`nobody listens:\n${log()}`)
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
const receiver = await otlpReceiver()
const port = await freePort()
try {
  await measureIntake({
    name: 'forward',
    values,
    requests: makeChunks(),
    perRequest: perChunk,
    urls: { from: `fluent://127.0.0.1:${port}`, to: `fluent://127.0.0.1:${alerts.address().port}` },
    collector: `receivers: { fluentforward: { endpoint: "127.0.0.1:${port}" } }
exporters:
  otlp: { endpoint: "${receiver.address}", tls: { insecure: true }, sending_queue: { enabled: false } }
service:
  telemetry: { metrics: { level: none } }
  pipelines:
    logs: { receivers: [fluentforward], exporters: [otlp] }
`,
    listening,
    send,
    taken: () => taken
  })
} finally {
  await receiver.close()
  alerts.close()
}
