import { spawnSync } from 'node:child_process'
import { appendFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { FluentClient } from '@fluent-org/logger'
import { describe, expect, test, vi } from 'vitest'
import { parse, parseAllDocuments, stringify } from 'yaml'
import { FluentdLike } from '../adapters/fluent/fluentd-like.ts'
import { OtelCollector } from '../helpers/otel-collector.ts'
import { ALERTS, LINES, Recipe, recipes } from '../helpers/recipe.ts'
import { requireCollector, requireRsyslog, requireSyslogNg } from '../helpers/requirements.ts'
import type { LogDaemon } from '../helpers/log-daemon.ts'
import { rsyslogDaemon, rsyslogSurroundings } from '../helpers/rsyslog.ts'
import { syslogNgDaemon } from '../helpers/syslog-ng.ts'

const documents = join(import.meta.dirname, '../../docs/recipes')
const names = readdirSync(recipes, { withFileTypes: true })
  .filter(entry => entry.isDirectory())
  .map(({ name }) => name)

const DEADLINE = { timeout: 20_000, interval: 20 }

describe('recipes', () => {
  test('each has a page that leads to all of its files', () => {
    expect(readdirSync(documents).sort()).toEqual(['README.md', ...names.map(name => `${name}.md`)].sort())
    for (const name of names) {
      const page = readFileSync(join(documents, `${name}.md`), 'utf8')
      const links = [...page.matchAll(/\]\(([^)#:]+)/g)].map(([, link = '']) => join(documents, link))
      expect(links.filter(link => !existsSync(link))).toEqual([])
      const files = readdirSync(join(recipes, name)).map(file => join(recipes, name, file))
      expect(links).toEqual(expect.arrayContaining(files))
      expect(page).toMatch(/\*\*Order\*\*.*\*\*Throughput\*\*/s)
    }
  })

  for (const name of names.filter(each => existsSync(join(recipes, each, 'correlog.yaml')))) {
    test(`correlog's own configuration of ${name} is right`, async context => {
      const recipe = new Recipe(context, name)
      recipe.put('correlog.yaml')
      const check = recipe.correlog('check')
      expect({ status: await check.ended(), stderr: check.stderr }).toEqual({ status: 0, stderr: '' })
      expect(check.stdout).toMatch(/^all is right: 2 rules in 1 file$/m)
    })
  }
})

/** What the test's Collector, which is not that of `contrib`, does not have. */
function withoutFileStorage(text: string): string {
  const { extensions, service, receivers, exporters, ...rest } = parse(text) as {
    extensions: { file_storage: object }
    service: { extensions: string[]; pipelines: object }
    receivers: { filelog: { storage: string } }
    exporters: { 'otlp/correlog': { sending_queue: { storage: string } } }
  }
  expect(Object.keys(extensions)).toEqual(service.extensions)
  const { storage, ...filelog } = receivers.filelog
  const { sending_queue: queue, ...exporter } = exporters['otlp/correlog']
  expect([storage, queue.storage]).toEqual(['file_storage', 'file_storage'])
  return stringify({
    ...rest,
    receivers: { ...receivers, filelog },
    exporters: {
      ...exporters,
      'otlp/correlog': { ...exporter, sending_queue: { ...queue, storage: undefined } }
    },
    service: { pipelines: service.pipelines }
  })
}

test('a real Collector hands its files to correlog and gets the alerts', async context => {
  const program = requireCollector().need(context)
  const recipe = new Recipe(context, 'otel-collector')
  await recipe.usePort(4317)
  await recipe.usePort(14317)
  const text = withoutFileStorage(recipe.text('collector.yaml'))
  const path = recipe.put('validated.yaml', text)
  const { status, stderr } = spawnSync(program, ['validate', '--config', path], { encoding: 'utf8' })
  expect({ status, stderr }).toMatchObject({ status: 0 })

  recipe.put('correlog.yaml')
  const log = recipe.put('auth.log', 'sshd[7]: begins\n')
  const correlog = recipe.correlog('run')
  await correlog.until(() => correlog.stderr.includes('"listening"'), 'a listening correlog')
  const collector = await OtelCollector.start(recipe.folder, text)
  context.onTestFinished(() => collector.kill())
  await vi.waitUntil(() => collector.log.includes('Started watching file'), DEADLINE)
  appendFileSync(log, LINES.map(line => `${line}\n`).join(''))
  await vi.waitUntil(() => ALERTS.every(alert => collector.log.includes(`Body: Str(${alert})`)), DEADLINE)
})

test('syslog-ng takes its configuration', context => {
  const program = requireSyslogNg().need(context)
  const recipe = new Recipe(context, 'syslog-ng')
  const path = recipe.put(
    'syslog-ng.conf',
    `@version: 3.38\n@include "scl.conf"\n${recipe.text('syslog-ng.conf')}`
  )
  const { status, stderr } = spawnSync(program, ['--syntax-only', '-f', path], { encoding: 'utf8' })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
})

test('rsyslog takes its configuration', context => {
  const program = requireRsyslog().need(context)
  const recipe = new Recipe(context, 'rsyslog')
  // As rsyslog's own rsyslog.conf has it, which includes the recipe.
  const path = recipe.put(
    'rsyslog.conf',
    `global(workDirectory="${recipe.folder}")\n${recipe.text('rsyslog.conf')}`
  )
  const { options, env } = rsyslogSurroundings(program)
  const { status, stderr } = spawnSync(program, ['-N1', '-f', path, ...options], {
    encoding: 'utf8',
    env: { ...process.env, ...env }
  })
  expect({ status, stderr }).toMatchObject({ status: 0 })
  expect(stderr).not.toMatch(/error|warning/i)
})

/** Starts correlog, then the daemon; sends both the lines, as programs of the machine do, and waits for what is made of the alerts. */
async function passThrough(recipe: Recipe, daemon: LogDaemon, socket: string): Promise<string[]> {
  recipe.put('correlog.yaml')
  const correlog = recipe.correlog('run')
  await correlog.until(() => correlog.stderr.includes('correlog runs'), 'a running correlog')
  daemon.start()
  await vi.waitUntil(() => existsSync(socket), DEADLINE)
  for (const line of LINES) {
    const [, tag = 'app', message = line] = /^(sshd\[7\]): (.*)/.exec(line) ?? []
    const { status, stderr } = spawnSync('logger', ['-u', socket, '-t', tag, '--', message])
    expect({ status, stderr: String(stderr) }).toEqual({ status: 0, stderr: '' })
  }
  const arrived = (): string[] => daemon.running.file('correlog-alerts.log').split('\n').slice(0, -1)
  await vi.waitUntil(() => arrived().length >= ALERTS.length, DEADLINE)
  return arrived()
}

test('syslog-ng writes what correlog follows, and reads its alerts', async context => {
  const program = requireSyslogNg().need(context)
  const recipe = new Recipe(context, 'syslog-ng')
  const socket = join(recipe.folder, 'log')
  // That of the system would take what the machine logs.
  const text = recipe.text('syslog-ng.conf')
  const config = text.replace(/ {2}system\(\);\n {2}internal\(\);/, `unix-dgram("${socket}");`)
  expect(config).not.toBe(text)
  const daemon = syslogNgDaemon(context, program, recipe.folder, `@include "scl.conf"\n${config}`)
  const lines = await passThrough(recipe, daemon, socket)
  expect(lines.map(line => line.replace(/^\S+ /, ''))).toEqual([`ERROR ${ALERTS[0]}`, `WARN ${ALERTS[1]}`])
})

test('rsyslog writes what correlog follows, and reads its alerts', async context => {
  const program = requireRsyslog().need(context)
  const recipe = new Recipe(context, 'rsyslog')
  const socket = join(recipe.folder, 'log')
  const text = recipe.text('rsyslog.conf')
  const config = text.replace(
    'module(load="imuxsock")',
    `module(load="imuxsock" SysSock.Use="off")\ninput(type="imuxsock" Socket="${socket}")`
  )
  expect(config).not.toBe(text)
  const daemon = rsyslogDaemon(context, program, recipe.folder, config)
  const lines = await passThrough(recipe, daemon, socket)
  const alerts = lines.map(line => JSON.parse(line.slice(line.indexOf('{'))) as { body: string })
  expect(alerts.map(({ body }) => body)).toEqual(ALERTS)
})

// Fluent Bit and Fluentd can't be had as packages: the library of Fluent's own organisation speaks as they do.
for (const [name, tag] of [
  ['fluent-bit', 'app.auth'],
  ['fluentd', 'app.auth']
] as const) {
  test(`records of a peer that speaks as ${name} are acknowledged, and alerts come back with a tag by severity`, async context => {
    const recipe = new Recipe(context, name)
    const server = await FluentdLike.start(context)
    const port = await recipe.usePort(24224)
    await recipe.usePort(24225, Number(server.address.split(':')[1]))
    recipe.put('correlog.yaml')
    const correlog = recipe.correlog('run')
    await correlog.until(() => correlog.stderr.includes('correlog runs'), 'a running correlog')
    const client = new FluentClient('', { socket: { host: '127.0.0.1', port }, ack: { ackTimeout: 20_000 } })
    context.onTestFinished(() => client.disconnect())
    for (const log of LINES) await client.emit(tag, { log })
    await client.emit('other.auth', { log: 'db2 is down' })
    await vi.waitUntil(() => server.entries.length >= ALERTS.length, DEADLINE)
    expect(server.entries.map(({ tag: ofAlert, record }) => [ofAlert, record['message']])).toEqual([
      ['correlog.ERROR', ALERTS[0]],
      ['correlog.WARN', ALERTS[1]]
    ])
  })
}

test("each peer's configuration has the addresses and tags of correlog's own", () => {
  const { pipeline } = parse(readFileSync(join(recipes, 'fluent-bit/fluent-bit.yaml'), 'utf8')) as {
    pipeline: Record<'inputs' | 'outputs', readonly Record<string, unknown>[]>
  }
  expect(pipeline.inputs[1]).toMatchObject({ name: 'forward', listen: '127.0.0.1', port: 24225 })
  expect(pipeline.outputs[0]).toMatchObject({ name: 'forward', host: '127.0.0.1', port: 24224, workers: 1 })
  const fluentd = readFileSync(join(recipes, 'fluentd/fluent.conf'), 'utf8')
  expect(fluentd).toMatch(/<match app\.\*\*>[^]*port 24224[^]*flush_thread_count 1/)
  expect(fluentd).toMatch(/@type forward\n {2}bind 127\.0\.0\.1\n {2}port 24225/)
})

// Vector can't be had as a package: correlog is sent what the transform makes of a line.
test('requests as the transform of Vector makes them are answered, and alerts leave', async context => {
  const recipe = new Recipe(context, 'vector')
  const port = await recipe.usePort(4318)
  const { sinks, transforms } = parse(recipe.text('vector.yaml')) as {
    sinks: {
      correlog: {
        protocol: { uri: string; request: { headers: Record<string, string>; concurrency: number } }
      }
    }
    transforms: { otlp: { source: string } }
  }
  const { uri, request } = sinks.correlog.protocol
  expect([uri, request.concurrency]).toEqual([`http://127.0.0.1:${port}/v1/logs`, 1])
  const [, template = ''] = /^\. = ([^]*)$/m.exec(transforms.otlp.source) ?? []
  recipe.put(
    'correlog.yaml',
    recipe.text('correlog.yaml').replace(/otlp:\/\/127\S+/, `file:${recipe.folder}/alerts.jsonl`)
  )
  const correlog = recipe.correlog('run')
  await correlog.until(() => correlog.stderr.includes('"listening"'), 'a listening correlog')
  for (const [index, line] of LINES.entries()) {
    const body = template
      .replace('nanoseconds', JSON.stringify(`${1_790_000_000 + index}000000000`))
      .replace('line', JSON.stringify(line))
      .replace('string!(.file)', '"/var/log/auth.log"')
    const answer = await fetch(uri, {
      method: 'POST',
      headers: request.headers,
      body: `${JSON.stringify(JSON.parse(body))}\n`
    })
    expect(answer.status).toBe(200)
  }
  const bodies = correlog
    .file('alerts.jsonl')
    .trimEnd()
    .split('\n')
    .map(line => (JSON.parse(line) as { body: string }).body)
  expect(bodies).toEqual(ALERTS)
})

test("correlog's configuration in the ConfigMap of Kubernetes is right, and its volumes are mounted", async context => {
  const recipe = new Recipe(context, 'kubernetes')
  const [map, set] = parseAllDocuments(recipe.text('sidecar.yaml')).map(each => each.toJS() as unknown) as [
    { data: Record<string, string> },
    {
      spec: {
        template: {
          spec: Record<'initContainers' | 'containers', { volumeMounts: { name: string }[] }[]> & {
            volumes: { name: string }[]
          }
        }
        volumeClaimTemplates: { metadata: { name: string } }[]
      }
    }
  ]
  for (const [name, text] of Object.entries(map.data)) writeFileSync(join(recipe.folder, name), text)
  const check = recipe.correlog('check')
  expect({ status: await check.ended(), stderr: check.stderr }).toEqual({ status: 0, stderr: '' })
  const { template, volumeClaimTemplates } = set.spec
  const volumes = [...template.spec.volumes, ...volumeClaimTemplates.map(({ metadata }) => metadata)]
  const mounts = [...template.spec.initContainers, ...template.spec.containers].flatMap(
    each => each.volumeMounts
  )
  const isThere = new Set(volumes.map(({ name }) => name))
  expect(mounts.filter(({ name }) => !isThere.has(name))).toEqual([])
})
