#!/usr/bin/env node
// How many records of Kafka a second does a stage take, beside kafkajs alone? See README.md.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, openSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { runnerImport } from 'vite'
import { random, requestRecord, ruleFile, syslogLine } from './corpus.mjs'
import { saveFigures } from './save.mjs'

const { values } = parseArgs({
  options: {
    records: { type: 'string', default: '2000000' },
    partitions: { type: 'string', default: '12' },
    runs: { type: 'string', default: '3' },
    codecs: { type: 'string', default: 'line,json' },
    save: { type: 'boolean', default: false }
  }
})
const [records, partitions, runs] = [values.records, values.partitions, values.runs].map(Number)
/** At least so much of what each is compared with. */
const LEAST = { line: 0.6, json: 0.5, 'exactly once': 0.8 }
const OPERATIONS = 10_000
const CHUNK = 2000
const WAIT_MS = 600_000

const root = fileURLToPath(new URL('..', import.meta.url))
const main = join(root, 'dist/cli/main.js')
const folder = mkdtempSync(join(tmpdir(), 'correlog-bench-'))
const { KafkaBroker } = (
  await runnerImport(join(root, 'test/helpers/kafka-broker.ts'), { configFile: false, logLevel: 'error' })
).module
/** What is measured has the last core for itself, the broker the others. */
const [own, others] = cpus().length > 1 ? [`${cpus().length - 1}`, `0-${cpus().length - 2}`] : ['0', '0']

/** Nine rules that match nothing or raise an alert, and one that keeps an operation for each name. */
const RULES = `${ruleFile(8).replace(/\ntype=SingleWithThreshold[^]*$/, '\n')}
type=Single
ptype=RegExp
pattern=daemon\\[\\d+\\]: fatal: disk (\\S+) is full
desc=disk $1 is full
action=alert error disk $1 is full

type=SingleWithThreshold
ptype=RegExp
pattern=daemon\\[\\d+\\]: lease of (\\S+) renewed
desc=leases of $1
action=alert notice $1 renews too often
window=100000000
thresh=1000000
`

/** One in twenty raises an alert, one in fifty changes an operation. */
function makeLine(next, index) {
  const head = `Nov 24 12:00:00 host${index % 20}`
  if (index % 20 === 3) return `${head} daemon[${index % 30_000}]: fatal: disk sd${index % 997} is full`
  if (index % 50 === 7) return `${head} daemon[1]: lease of client${((index - 7) / 50) % OPERATIONS} renewed`
  return syslogLine(next, index)
}

async function produce(kafka, topic, codec) {
  const next = random(1)
  const producer = kafka.producer({ idempotent: true })
  await producer.connect()
  for (let from = 0; from < records; from += CHUNK) {
    const messages = Array.from({ length: Math.min(CHUNK, records - from) }, (_none, at) => {
      const index = from + at
      const body = makeLine(next, index)
      // By fifties, so that a name stays in its partition.
      const name = Math.floor(index / 50) % OPERATIONS
      const value = codec === 'line' ? body : JSON.stringify({ ...requestRecord(next, index), body })
      return { partition: name % partitions, value, timestamp: String(1_764_000_000_000 + index) }
    })
    await producer.send({ topic, messages })
  }
  await producer.disconnect()
}

/** Processor time of a process: seconds, user and system. */
function cpuSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / 100
}

/** Runs a program on a core of its own until it has done its work. @returns {Promise<{ wall: number, cpu: number }>} seconds */
async function measure(args, env, isDone) {
  const log = join(folder, `log-${process.hrtime.bigint()}`)
  const output = openSync(log, 'a')
  const started = performance.now()
  const child = spawn('taskset', ['-c', own, process.execPath, ...args], {
    cwd: folder,
    env: { ...process.env, TZ: 'UTC', ...env },
    stdio: ['ignore', output, output]
  })
  const exit = once(child, 'exit')
  try {
    while (!(await isDone(() => readFileSync(log, 'utf8')))) {
      if (child.exitCode !== null || performance.now() - started > WAIT_MS) {
        throw new Error(`not done: ${args.join(' ')}\n${readFileSync(log, 'utf8')}`)
      }
      // What it is asked costs it processor time, too.
      await sleep(500)
    }
    return { wall: (performance.now() - started) / 1000, cpu: cpuSeconds(child.pid) }
  } finally {
    child.kill('SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), 30_000)
    await exit
    clearTimeout(timer)
  }
}

let names = 0

/** What it took, and the topic with the alerts. */
async function runCorrelog(broker, topic, codec, delivery, count) {
  const name = `bench-${++names}`
  await broker.topic(`${name}-alerts`)
  const to = `kafka://${broker.address}/${name}-alerts`
  const from = `kafka://${broker.address}/${topic}?codec=${codec}`
  const args = ['--application', name, '--rules', 'rules.sec', '--from', from, '--to', to]
  const figures = await measure(
    [main, 'run', ...args, '--delivery', delivery],
    { CORRELOG_TELEMETRY_PORT: '0' },
    async log => {
      const [, url] = /"url":"([^"]+)"/.exec(log()) ?? []
      if (url === undefined) return false
      if (count === 0) return (await (await fetch(`${url}/readyz`)).json()).status === 'ok'
      const text = await (await fetch(`${url}/metrics`)).text()
      return (
        sum(text, 'correlog_source_records_total') === count && sum(text, 'correlog_records_in_flight') === 0
      )
    }
  )
  return { ...figures, alertTopic: `${name}-alerts` }
}

function sum(metrics, name) {
  const lines = metrics.split('\n').filter(line => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
  return lines.length === 0 ? undefined : lines.reduce((all, line) => all + Number(line.split(' ').at(-1)), 0)
}

async function runPeer(broker, topic, sample, count) {
  const name = `peer-${++names}`
  await broker.topic(`${name}-alerts`)
  const { address } = broker
  const options = { address, topic, alertTopic: `${name}-alerts`, group: name, records: count, ...sample }
  const peer = join(root, 'benchmarks/kafka-peer.mjs')
  return measure([peer, JSON.stringify({ ...options, concurrency: 2 * partitions })], {}, log =>
    log().includes(count === 0 ? 'ready' : 'done')
  )
}

/** Alerts of a topic, for the peer to send, and how many there are in how many batches: one for each send. */
async function sampleOf(broker, topic) {
  const consumer = broker.kafkajs().consumer({ groupId: `sample-${topic}` })
  const taken = []
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  const enough = new Promise(found => {
    void consumer.run({
      eachMessage: async ({ message: { key, value, headers } }) => {
        if (taken.length < 1000) {
          const texts = Object.entries(headers).map(([header, text]) => [header, text.toString()])
          taken.push({
            key: key?.toString('base64') ?? null,
            value: value.toString('base64'),
            headers: Object.fromEntries(texts)
          })
        }
        if (taken.length >= Math.min(1000, records / 40)) found()
        await Promise.resolve()
      }
    })
  })
  await enough
  await consumer.disconnect()
  const samples = join(folder, 'samples.json')
  writeFileSync(samples, JSON.stringify(taken))
  return { samples, ...countBatches(join(broker.folder, 'data', `${topic}-0`)) }
}

/** Batches as they lie on disk: base offset 8 bytes, length 4; attributes at 21, last offset delta at 23. */
function countBatches(path) {
  let [sends, alerts] = [0, 0]
  for (const name of readdirSync(path).filter(each => each.endsWith('.log'))) {
    const bytes = readFileSync(join(path, name))
    for (let at = 0; at + 61 <= bytes.length; at += 12 + bytes.readInt32BE(at + 8)) {
      sends++
      alerts += bytes.readInt32BE(at + 23) + 1
    }
  }
  return { sends, alerts }
}

function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b)
  return sorted[sorted.length >> 1]
}

async function compare(broker, codec) {
  const kafka = broker.kafkajs()
  const [topic, empty] = [`bench-${codec}`, `empty-${codec}`]
  await broker.topic(topic, partitions, { 'retention.ms': '-1' })
  await broker.topic(empty, partitions)
  await produce(kafka, topic, codec)
  let sample
  const programs = {
    'at least once': (from, count) => runCorrelog(broker, from, codec, 'at_least_once', count),
    'exactly once': (from, count) => runCorrelog(broker, from, codec, 'exactly_once', count),
    kafkajs: (from, count) => runPeer(broker, from, sample, count)
  }
  const raw = Object.fromEntries(Object.keys(programs).map(name => [name, { start: [], run: [] }]))
  for (let count = 0; count < runs; count++) {
    // The first one tells the peer what to send.
    for (const [name, run] of Object.entries(programs)) {
      const { alertTopic, ...figures } = await run(topic, records)
      sample ??= await sampleOf(broker, alertTopic)
      raw[name].run.push(figures)
      const { wall, cpu } = await run(empty, 0)
      raw[name].start.push({ wall, cpu })
    }
  }
  const { sends, alerts } = sample
  console.log(`\n${codec}: ${records} records, ${alerts} alerts in ${sends} sends, ${partitions} partitions`)
  console.log(`${''.padEnd(16)}records/s  records/CPU s`)
  const rates = {}
  for (const [name, { start, run }] of Object.entries(raw)) {
    const rate = kind =>
      Math.round(records / (median(run.map(each => each[kind])) - median(start.map(each => each[kind]))))
    rates[name] = { perSecond: rate('wall'), perCpuSecond: rate('cpu') }
    console.log(
      `${name.padEnd(16)}${String(rates[name].perSecond).padStart(9)}  ${String(rates[name].perCpuSecond).padStart(13)}`
    )
  }
  const ratio = (one, other) => Number((rates[one].perCpuSecond / rates[other].perCpuSecond).toFixed(2))
  const ratios = {
    'at least once of kafkajs': ratio('at least once', 'kafkajs'),
    'exactly once of at least once': ratio('exactly once', 'at least once')
  }
  for (const [name, value] of Object.entries(ratios)) console.log(`${name}: ${value}`)
  const isSlow =
    ratios['at least once of kafkajs'] < LEAST[codec] ||
    ratios['exactly once of at least once'] < LEAST['exactly once']
  if (isSlow) process.exitCode = 1
  return { codec, records, alerts, sends, rates, ratios, raw }
}

let broker
try {
  writeFileSync(join(folder, 'rules.sec'), RULES)
  broker = await KafkaBroker.create()
  spawnSync('taskset', ['-acp', others, String(broker.pid)])
  const results = []
  for (const codec of values.codecs.split(',')) results.push(await compare(broker, codec))
  if (values.save) saveFigures('kafka', { partitions, results })
} finally {
  await broker?.remove()
  rmSync(folder, { recursive: true, force: true })
}
