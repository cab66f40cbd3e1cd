// What forward.mjs and otlp.mjs share: programs that take records over a protocol, one after the other, and what they cost.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startGrpcServer } from '../dist/adapters/otlp/grpc-server.js'
import { readLogsRequest } from '../dist/adapters/otlp/read-logs-request.js'
import { collectorPath } from '../scripts/servers/otel-collector.mjs'
import { ruleFile } from './corpus.mjs'
import { saveFigures } from './save.mjs'

const main = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))

/** What every one of these benchmarks can be told. */
export const OPTIONS = {
  records: { type: 'string', default: '200000' },
  'in-flight': { type: 'string', default: '4' },
  rules: { type: 'string', default: '100' },
  runs: { type: 'string', default: '5' },
  save: { type: 'boolean', default: false }
}

/** Takes what is sent by OTLP over gRPC, and counts the records. */
export async function otlpReceiver() {
  let taken = 0
  const server = await startGrpcServer({
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
  return { address: server.address, taken: () => taken, close: () => server.close() }
}

/**
 * Runs `correlog run`, without and with state, and the Collector, where `npm test` has built it, in turn; prints the medians and
 * saves all.
 *
 * @param {object} benchmark
 * @param {string} benchmark.name
 * @param {{ rules: string, runs: string, save: boolean, 'in-flight': string }} benchmark.values
 * @param {Buffer[]} benchmark.requests - of as many records each
 * @param {number} benchmark.perRequest
 * @param {{ from: string, to: string }} benchmark.urls - of the source and the sink of `correlog run`
 * @param {string} benchmark.collector - its configuration
 * @param {(log: () => string) => Promise<unknown>} benchmark.listening - resolves to where the program listens, once it does
 * @param {(to: unknown, requests: Buffer[], isWarming: boolean) => Promise<void>} benchmark.send - all of them
 * @param {() => number} benchmark.taken - how many records or alerts have come out so far, also of the warm-up
 */
export async function measureIntake(benchmark) {
  const { name, values, requests, perRequest, urls, collector } = benchmark
  const folder = mkdtempSync(join(tmpdir(), 'correlog-bench-'))
  writeFileSync(join(folder, 'rules.sec'), ruleFile(Number(values.rules)))
  writeFileSync(join(folder, 'collector.yaml'), collector)
  const run = [
    main,
    'run',
    '--rules=rules.sec',
    '--alerts-from=write',
    `--from=${urls.from}`,
    `--to=${urls.to}`
  ]
  const programs = {
    'correlog run': [process.execPath, run],
    'correlog run --state': [process.execPath, [...run, '--state=state']],
    ...(existsSync(collectorPath) && {
      'Collector, passing on': [collectorPath, ['--config', 'collector.yaml']]
    })
  }
  const results = Object.fromEntries(Object.keys(programs).map(each => [each, []]))
  try {
    for (let count = 0; count < Number(values.runs); count++) {
      for (const [each, command] of Object.entries(programs)) {
        results[each].push(await measure(command, folder, benchmark))
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  const total = requests.length * perRequest
  const bytes = Math.round(requests.reduce((sum, each) => sum + each.length, 0) / total)
  console.log(
    `${total} records of ${bytes} bytes, ${perRequest} in a request, ${values['in-flight']} requests at once, ${values.rules} rules`
  )
  const table = Object.entries(results).map(([each, runs]) => summary(each, runs, total))
  if (values.save)
    saveFigures(name, { records: total, bytes, perRequest, rules: Number(values.rules), results: table })
}

/** Starts a program, warms it up with a fifth of the requests, and measures it. */
async function measure([command, args], folder, { requests, listening, send, taken }) {
  const log = join(folder, 'log')
  rmSync(join(folder, 'state'), { recursive: true, force: true })
  const output = openSync(log, 'w')
  const outBefore = taken()
  const child = spawn(command, args, { cwd: folder, stdio: ['ignore', output, output] })
  try {
    const to = await listening(() => {
      const text = readFileSync(log, 'utf8')
      if (child.exitCode !== null) throw new Error(`${command} has ended:\n${text}`)
      return text
    })
    await send(to, requests.slice(0, Math.ceil(requests.length / 5)), true)
    const before = processorTime(child.pid)
    const started = performance.now()
    await send(to, requests, false)
    const wall = (performance.now() - started) / 1000
    return { wall, cpu: processorTime(child.pid) - before, out: taken() - outBefore }
  } finally {
    const exit = once(child, 'exit')
    child.kill('SIGTERM')
    await exit
  }
}

/** Of a process, in seconds. */
function processorTime(pid) {
  const [, rest] = /\) (.*)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  const fields = rest.split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}

function summary(name, runs, total) {
  const median = list => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)]
  const rate = Math.round(total / median(runs.map(({ wall }) => wall)))
  const cpu = Number(((median(runs.map(each => each.cpu)) / total) * 1e6).toFixed(2))
  console.log(
    `${name.padEnd(24)} ${String(rate).padStart(8)} records/s  ${cpu.toFixed(2).padStart(6)} µs of CPU a record  ${runs[0].out} out`
  )
  return { name, recordsPerSecond: rate, cpuMicrosecondsPerRecord: cpu, runs }
}
