#!/usr/bin/env node
// How many records a second come in over OTLP, beside a Collector that passes them on? See README.md.
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { Client, credentials, Metadata } from '@grpc/grpc-js'
import { ProtobufLogsSerializer } from '@opentelemetry/otlp-transformer'
import { random, requestRecord, syslogLine } from './corpus.mjs'
import { measureIntake, OPTIONS, otlpReceiver } from './intake.mjs'

const { values } = parseArgs({ options: { ...OPTIONS, request: { type: 'string', default: '1000' } } })
const perRequest = Number(values.request)
const count = Math.ceil(Number(values.records) / perRequest)
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

/** An unknown field: else the requests that follow would be repetitions. */
const WARM = Buffer.from([0x7a, 0x00])

/** Sends all of them, so many at once, each until it is taken. */
async function send(address, requests, isWarming) {
  const client = new Client(address, credentials.createInsecure())
  const same = bytes => bytes
  const once = bytes =>
    new Promise(resolve => {
      const deadline = Date.now() + 60_000
      client.makeUnaryRequest(EXPORT, same, same, bytes, new Metadata(), { deadline }, error =>
        resolve(error)
      )
    })
  let next = 0
  const lane = async () => {
    while (next < requests.length) {
      const request = requests[next++]
      const bytes = isWarming ? Buffer.concat([request, WARM]) : request
      while ((await once(bytes)) !== null) await sleep(20)
    }
  }
  await Promise.all(Array.from({ length: Number(values['in-flight']) }, lane))
  client.close()
}

/** Where a program listens, as its log says. */
async function listening(log) {
  for (let waited = 0; waited < 1500; waited++) {
    const [, ours, collectors] =
      /"address":"([^"]+)"|Starting GRPC server.*"endpoint": "(127\.0\.0\.1:\d+)"/.exec(log()) ?? []
    if ((ours ?? collectors) !== undefined) return ours ?? collectors
    await sleep(20)
  }
  throw new Error(`nobody listens:\n${log()}`)
}

const receiver = await otlpReceiver()
try {
  await measureIntake({
    name: 'otlp',
    values,
    requests: makeRequests(),
    perRequest,
    urls: { from: 'otlp://127.0.0.1:0', to: `otlp://${receiver.address}` },
    collector: `receivers:
  otlp: { protocols: { grpc: { endpoint: "127.0.0.1:0", max_recv_msg_size_mib: 64 } } }
exporters:
  otlp: { endpoint: "${receiver.address}", tls: { insecure: true }, sending_queue: { enabled: false } }
service:
  telemetry: { metrics: { level: none } }
  pipelines:
    logs: { receivers: [otlp], exporters: [otlp] }
`,
    listening,
    send,
    taken: receiver.taken
  })
} finally {
  await receiver.close()
}
