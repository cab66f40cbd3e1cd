import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, type TestContext, test, vi } from 'vitest'
import { pack } from '../adapters/fluent/bytes.ts'
import { FluentdLike } from '../adapters/fluent/fluentd-like.ts'
import { correlogCommand } from '../helpers/correlog-command.ts'
import { freePort } from '../helpers/free-port.ts'
import { OtelCollector } from '../helpers/otel-collector.ts'
import { requireCollector } from '../helpers/requirements.ts'
import { RunningCommand } from '../helpers/running-command.ts'
import { scratchFolder } from '../helpers/scratch.ts'

const RULES = `type=SingleWithThreshold
ptype=RegExp
pattern=^(\\S+) fails
desc=failures of $1
action=alert error three failures of $1
window=3600
thresh=3

type=Single
ptype=RegExp
pattern=^(\\S+) restarts (\\d+)
desc=restart $2
action=alert notice $1 restarts ($2)
`

interface StageOptions {
  readonly folder: string
  readonly port: number
  readonly to: string
  readonly source?: string
  readonly more?: string
  readonly rules?: string
}

function startStage(context: TestContext, options: StageOptions): RunningCommand {
  const { folder, port, to, source = '', more = '', rules = RULES } = options
  writeFileSync(join(folder, 'rules.sec'), rules)
  writeFileSync(
    join(folder, 'correlog.yaml'),
    `rules: rules.sec
sources: { fluent: { type: fluent, address: '127.0.0.1:${port}'${source} } }
sinks: { out: 'fluent://${to}' }
${more}`
  )
  const command = [process.execPath, correlogCommand(), 'run', '--config', 'correlog.yaml']
  const stage = new RunningCommand(command, { folder })
  context.onTestFinished(() => stage.kill())
  return stage
}

interface Entry {
  readonly message: string
  readonly dropped?: Readonly<Record<string, number>>
  readonly source?: string
}

function logOf(stage: RunningCommand): Entry[] {
  return stage.stderr
    .split('\n')
    .slice(0, -1)
    .map(line => JSON.parse(line) as Entry)
}

/** A client as Fluentd is one: what is not acknowledged it sends again, byte for byte, until it is. */
class PatientClient {
  readonly #port: number
  #socket: Socket | undefined
  #answers = ''
  resent = 0

  constructor(context: TestContext, port: number) {
    this.#port = port
    context.onTestFinished(() => void this.#socket?.destroy())
  }

  async deliver(chunk: string, bytes: Buffer): Promise<void> {
    for (let attempts = 0; ; attempts++) {
      if (attempts > 0) this.resent++
      const socket = await this.connected()
      this.#answers = ''
      socket.write(bytes)
      while (!socket.destroyed && !this.#answers.includes(chunk)) await sleep(1)
      if (this.#answers.includes(chunk)) return
    }
  }

  async connected(): Promise<Socket> {
    while (this.#socket === undefined || this.#socket.destroyed) {
      const socket = connect({ host: '127.0.0.1', port: this.#port })
      socket.on('data', piece => {
        this.#answers += piece.toString('latin1')
      })
      socket.on('error', () => {})
      socket.on('end', () => socket.destroy())
      await new Promise(resolve => socket.on('connect', resolve).on('close', resolve))
      this.#socket = socket
      if (socket.destroyed) await sleep(20)
    }
    return this.#socket
  }
}

const CHUNKS = 150
const PER_CHUNK = 20
const START = 1_700_000_000

/** Records a second apart: of three hosts that fail in turn, and restart. */
function chunkBytes(number: number): Buffer {
  const entries = Array.from({ length: PER_CHUNK }, (_none, index) => {
    const second = number * PER_CHUNK + index
    const host = `host${second % 7}`
    return pack([
      START + second,
      { message: second % 5 === 0 ? `${host} restarts ${second}` : `${host} fails` }
    ])
  })
  return pack(['app.log', Buffer.concat(entries), { chunk: `chunk-${number}`, size: PER_CHUNK }])
}

interface Delivered {
  /** Alerts by uid, each as it came first. */
  readonly alerts: ReadonlyMap<string, string>
  readonly repeated: number
  readonly resent: number
}

/** Sends all chunks to a stage that is killed now and then, and gathers its alerts. */
async function delivered(context: TestContext, kills: number): Promise<Delivered> {
  const folder = scratchFolder(context)
  const port = await freePort()
  const server = await FluentdLike.start(context)
  const options = { folder, port, to: server.address, more: 'state: state\ntime: record\n' }
  let stage = startStage(context, options)
  const client = new PatientClient(context, port)
  let sent = 0
  const killing = (async () => {
    for (let kill = 1; kill <= kills; kill++) {
      const enough = Math.floor((kill / (kills + 1)) * CHUNKS)
      while (sent < enough) await sleep(1)
      await sleep(kill * 7)
      await stage.kill()
      stage = startStage(context, options)
    }
  })()
  for (; sent < CHUNKS; sent++) await client.deliver(`chunk-${sent}`, chunkBytes(sent))
  await killing
  stage.signal('SIGTERM')
  expect(await stage.ended()).toBe(0)
  const alerts = new Map<string, string>()
  let repeated = 0
  for (const { record } of server.entries) {
    const uid = String(record['log.record.uid'])
    const text = `${String(record['message'])} ${String(record['correlog.cause'])}`
    if (alerts.has(uid)) repeated++
    expect(alerts.get(uid) ?? text).toBe(text)
    alerts.set(uid, text)
  }
  return { alerts, repeated, resent: client.resent }
}

test('a stage that is killed again and again raises the alerts of one that is not, repeats with the same uid', async context => {
  const undisturbed = await delivered(context, 0)
  const killed = await delivered(context, 4)
  expect(undisturbed.alerts.size).toBeGreaterThan(CHUNKS * 4)
  expect(undisturbed.repeated).toBe(0)
  expect(killed.resent).toBeGreaterThan(0)
  expect(killed.alerts).toEqual(undisturbed.alerts)
}, 120_000)

test('own alerts, other tags, signals and repeated requests are counted and left out', async context => {
  const folder = scratchFolder(context)
  const port = await freePort()
  const server = await FluentdLike.start(context)
  const stage = startStage(context, {
    folder,
    port,
    to: `${server.address}?tag=alert.{severity_text}.{attributes.correlog.rule.type}.{attributes.correlog.rule.file}`,
    source: ', match: "app.** alert.**"'
  })
  const client = new PatientClient(context, port)
  const lines = [1, 2, 3].map(number => [START, { message: `web restarts ${number}` }])
  await client.deliver('one', pack(['app.log', lines, { chunk: 'one' }]))
  await client.deliver('two', pack(['sys.log', lines, { chunk: 'two' }]))
  await client.deliver('three', pack(['app.log', lines, { chunk: 'three', fluent_signal: 1 }]))
  await client.deliver('one', pack(['app.log', lines, { chunk: 'one' }]))
  const alerts = server.entries.map(({ tag, time, record }) => ({ tag, entry: [time, record] }))
  expect(alerts.map(({ tag }) => tag)).toEqual(Array(3).fill('alert.NOTICE.Single.rules_sec'))
  const back = [alerts[0]?.tag, alerts.map(({ entry }) => entry), { chunk: 'back' }]
  await client.deliver('back', pack(back))
  const counted = async (): Promise<Entry['dropped']> => {
    const told = (): Entry[] => logOf(stage).filter(({ message }) => message === 'health and counters')
    const before = told().length
    stage.signal('SIGUSR1')
    await stage.until(() => told().length > before, 'its counters')
    return told().at(-1)?.dropped
  }
  await vi.waitFor(
    async () =>
      expect(await counted()).toEqual({
        'own-alert': 3,
        'fluent-tag': 3,
        'fluent-signal': 1,
        'duplicate-request': 3
      }),
    { timeout: 10_000, interval: 100 }
  )
  stage.signal('SIGTERM')
  expect(await stage.ended()).toBe(0)
}, 60_000)

function contextRule(name: string): string {
  return `type=Single\nptype=RegExp\npattern=x\ncontext=[${name}]\ndesc=x\naction=alert ${name} $+{_tag}\n`
}

test('rules choose records by the context that their tag is routed to, in record and arrival time', async context => {
  for (const time of ['arrival', 'record']) {
    const folder = scratchFolder(context)
    const port = await freePort()
    const server = await FluentdLike.start(context)
    const stage = startStage(context, {
      folder,
      port,
      to: server.address,
      source: `, context: REST, routes: [{ match: 'app.*', context: APP }, { match: 'app.** sys.*', context: OTHER }]`,
      more: `time: ${time}\n`,
      rules: ['APP', 'OTHER', 'REST'].map(contextRule).join('\n')
    })
    const client = new PatientClient(context, port)
    for (const tag of ['app.a', 'app.a.b', 'sys.x', 'sys.x.y']) {
      await client.deliver(tag, pack([tag, START, { message: 'x' }, { chunk: tag }]))
    }
    expect(server.entries.map(({ record }) => record['message'])).toEqual([
      'APP app.a',
      'OTHER app.a.b',
      'OTHER sys.x',
      'REST sys.x.y'
    ])
    stage.signal('SIGTERM')
    expect(await stage.ended()).toBe(0)
  }
}, 60_000)

test("the Collector's fluentforward receiver takes alerts and acknowledges them", async context => {
  requireCollector().need(context)
  const port = await freePort()
  const collector = await OtelCollector.start(
    scratchFolder(context),
    `receivers: { fluentforward: { endpoint: 127.0.0.1:${port} } }
exporters: { debug: { verbosity: detailed } }
service:
  pipelines: { logs: { receivers: [fluentforward], exporters: [debug] } }
`
  )
  context.onTestFinished(() => collector.kill())
  const own = await freePort()
  startStage(context, {
    folder: scratchFolder(context),
    port: own,
    to: `127.0.0.1:${port}?tag=alert.{severity_text}`
  })
  const client = new PatientClient(context, own)
  const lines = Array.from({ length: 200 }, (_none, index) => [START, { message: `web restarts ${index}` }])
  // It is acknowledged when the Collector has acknowledged all alerts.
  await client.deliver('one', pack(['app.log', lines, { chunk: 'one' }]))
  await vi.waitUntil(() => collector.log.includes('Str(web restarts (199))'), { timeout: 10_000 })
  const { log } = collector
  expect(log.match(/LogRecord #/g)).toHaveLength(200)
  expect(log.match(/-> log\.record\.uid: Str\([0-9A-Z]{26}\)/g)).toHaveLength(200)
  expect(log.match(/-> fluent\.tag: Str\(alert\.NOTICE\)/g)).toHaveLength(200)
}, 60_000)

test('a wrong key is said on both sides, and the alerts wait', async context => {
  const folder = scratchFolder(context)
  const port = await freePort()
  const server = await FluentdLike.start(context, {
    security: { serverHostname: 'server', sharedKey: 'right', authorize: false, userDict: {} }
  })
  const stage = startStage(context, {
    folder,
    port,
    to: `${server.address}?sharedKey=wrong`,
    source: ', sharedKey: secret'
  })
  await stage.until(() => stage.stderr.includes('refused us ('), 'the refusal of the server')
  const socket = await new PatientClient(context, port).connected()
  socket.write(pack(['app.log', START, { message: 'web restarts 1' }]))
  await once(socket, 'close')
  await stage.until(
    () => stage.stderr.includes('refused a connection without a handshake'),
    'the refusal of its own'
  )
  expect(stage.stderr).not.toContain('secret')
}, 60_000)
