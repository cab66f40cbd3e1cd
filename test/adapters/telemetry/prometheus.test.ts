import { type IncomingMessage, request } from 'node:http'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { afterEach, expect, test } from 'vitest'
import { type PrometheusOptions, startPrometheus } from '../../../adapters/telemetry/prometheus.ts'
import type { TelemetryServer } from '../../../adapters/telemetry/server.ts'
import { newCounters } from '../../../plugin/stage/counters.ts'
import type { StageHealth } from '../../../plugin/stage/health.ts'

let server: TelemetryServer | undefined

afterEach(async () => {
  await server?.close()
  server = undefined
})

const counters = newCounters()
Object.assign(counters, {
  records: { 'auth.log': 1200 },
  dropped: { 'own-alert': 3, 'json-syntax': 2 },
  alerts: 7,
  delivered: { stdout: 6 },
  refused: { stdout: 1 },
  retries: { 'sink stdout': 4 },
  checkpoints: 9,
  lastCheckpointAt: 10_000,
  lastCheckpointMs: 25,
  inFlightRecords: 11
})

async function start(options: Partial<PrometheusOptions> = {}): Promise<string> {
  server = await startPrometheus({
    host: '127.0.0.1',
    port: 0,
    version: '1.2.3',
    health: () => ({ status: 'ok', troubles: [] }),
    readings: {
      counters: () => counters,
      rules: () => [
        {
          file: 'ssh.sec',
          number: 0,
          type: 'Single',
          evaluations: 100,
          matches: 5,
          faults: 1,
          durationMs: 1500
        },
        {
          file: 'ssh "x".sec',
          number: 1,
          type: 'Pair',
          evaluations: 95,
          matches: 0,
          faults: 0,
          durationMs: 0
        }
      ],
      matched: () => 600,
      programsNotRun: () => 3,
      writesLost: () => ({ dropped: 8, failed: 2 }),
      operations: () => 42,
      contexts: () => 2,
      lag: () => [{ source: 'auth.log', value: 4096, unit: 'bytes' }],
      now: () => 12_500
    },
    ...options
  })
  return server.url
}

test('serves what a stage has counted in the text format of Prometheus', async () => {
  const url = await start()
  const response = await fetch(`${url}/metrics`)
  expect(response.headers.get('content-type')).toMatch(/^text\/plain/)
  const lines = (await response.text()).split('\n').map(line =>
    line
      .replace(/,?otel_scope_[a-z]+="[^"]*"/g, '')
      .replace('{,', '{')
      .replace('{}', '')
  )
  for (const line of [
    'correlog_source_records_total{correlog_source="auth.log"} 1200',
    'correlog_records_dropped_total{correlog_reason="own-alert"} 3',
    'correlog_records_matched_total 600',
    'correlog_programs_not_run_total 3',
    'correlog_writes_lost_total{correlog_reason="dropped"} 8',
    'correlog_alerts_raised_total 7',
    'correlog_sink_alerts_total{correlog_sink="stdout",correlog_outcome="success"} 6',
    'correlog_sink_alerts_total{correlog_sink="stdout",correlog_outcome="refused"} 1',
    'correlog_component_retries_total{correlog_component="sink stdout"} 4',
    'correlog_rule_evaluations_total{correlog_rule_file="ssh.sec",correlog_rule_number="0",correlog_rule_type="Single"} 100',
    'correlog_rule_matches_total{correlog_rule_file="ssh \\"x\\".sec",correlog_rule_number="1",correlog_rule_type="Pair"} 0',
    'correlog_operations 42',
    'correlog_contexts 2',
    'correlog_checkpoint_count_total 9'
  ]) {
    expect(lines).toContain(line)
  }
  const text = lines.join('\n')
  expect(text).toMatch(/^correlog_rule_duration_total\{.*number="0".*\} 1.5$/m)
  expect(text).toMatch(/^correlog_checkpoint_age 2.5$/m)
  expect(text).toMatch(/^correlog_source_lag.*bytes.* 4096$/m)
})

test.each<[StageHealth['status'], number, number]>([
  ['starting', 503, 503],
  ['ok', 200, 200],
  ['degraded', 200, 200],
  ['stopping', 503, 503],
  ['ended', 503, 503],
  ['failed', 500, 503]
])('a stage that is %s answers /healthz with %d and /readyz with %d', async (status, live, ready) => {
  const url = await start({ health: () => ({ status, troubles: [] }) })
  expect((await fetch(`${url}/healthz`)).status).toBe(live)
  expect((await fetch(`${url}/readyz`)).status).toBe(ready)
})

test('says what ails the stage and since when', async () => {
  const url = await start({
    health: () => ({
      status: 'degraded',
      troubles: [{ component: 'sink fifo:alerts', reason: 'alerts has no reader', since: 1_700_000_000_000 }]
    })
  })
  expect(await (await fetch(`${url}/healthz`)).json()).toEqual({
    status: 'degraded',
    troubles: [
      { component: 'sink fifo:alerts', reason: 'alerts has no reader', since: '2023-11-14T22:13:20.000Z' }
    ]
  })
})

test('other paths and methods are answered in words', async () => {
  const url = await start()
  expect((await fetch(`${url}/`)).status).toBe(404)
  expect((await fetch(`${url}/metrics`, { method: 'POST', body: 'x' })).status).toBe(405)
})

test.each([
  ['//', 404],
  ['//metrics', 404],
  ['/healthz?verbose=1', 200],
  ['*', 404],
  ['http://[/metrics', 404]
])('a request for %s is answered with %d', async (path, status) => {
  const { hostname, port } = new URL(await start())
  const client = request({ hostname, port, path, timeout: 5000 })
  client.on('timeout', () => client.destroy(new Error('no answer')))
  client.end()
  const [response] = (await once(client, 'response')) as [IncomingMessage]
  response.resume()
  expect(response.statusCode).toBe(status)
})

test('an address that is taken is an error that names it', async () => {
  const other = createServer()
  other.listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as { port: number }
  await expect(start({ port })).rejects.toMatchObject({
    code: 'TELEMETRY_ADDRESS',
    message: `can't listen on 127.0.0.1 port ${port} (Address already in use)`
  })
  other.close()
})
