import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, type TestContext, test, vi } from 'vitest'
import { correlogCommand } from '../helpers/correlog-command.ts'
import { KafkaBroker } from '../helpers/kafka-broker.ts'
import { kcatConsume, kcatProduce } from '../helpers/kcat.ts'
import { requireKafka, requireKcat } from '../helpers/requirements.ts'
import { RunningCommand } from '../helpers/running-command.ts'
import { scratchFolder } from '../helpers/scratch.ts'
import { runChanges } from '../kafka-kill/changes.ts'
import { type Death, runKills } from '../kafka-kill/kills.ts'
import { runOutage } from '../kafka-kill/outage.ts'
import { brokerSettings, type Guarantee, type TopologyOptions } from '../kafka-kill/topology.ts'
import { TransactionProxy } from '../kafka-kill/transaction-proxy.ts'
import { kafkaRuleSets } from '../kafka-kill/workload.ts'
import { missingRules } from './community-cases.ts'

// `npm run kill:kafka` does the same with more kills, more lines and other brokers.

let proxy: TransactionProxy | undefined
let broker: KafkaBroker | undefined

beforeAll(async () => {
  if (!requireKafka().available) return
  proxy = await TransactionProxy.listen()
  broker = await KafkaBroker.create({ proxyPort: proxy.port, settings: brokerSettings })
}, 60_000)

afterAll(async () => {
  await broker?.remove()
  proxy?.close()
})

function surroundings(
  context: TestContext,
  name: string,
  guarantee: Guarantee
): TopologyOptions & { readonly broker: KafkaBroker; readonly proxy: TransactionProxy } {
  requireKafka().need(context)
  requireKcat().need(context)
  if (broker === undefined || proxy === undefined) throw new Error('the broker did not start')
  const folder = scratchFolder(context)
  return { broker, proxy, folder, command: correlogCommand(), name, guarantee, partitions: 12 }
}

const same = { missing: [], additional: [], positionsDiffer: [] }

test('exactly once: members are killed at the worst moments, and each alert of a replay is there once', async context => {
  const deaths: Death[] = []
  const { alerts, uncommitted, records, ...differences } = await runKills({
    ...surroundings(context, 'exactly', 'exactly_once'),
    kills: 6,
    halts: 2,
    lines: 10_000,
    linesPerSecond: 400,
    seed: 7,
    report: death => deaths.push(death)
  })
  expect(differences).toEqual({ ...same, repeated: 0 })
  expect(deaths.filter(death => death === 'before EndTxn')).toHaveLength(2)
  // Open transactions were hit.
  expect(uncommitted).toBeGreaterThan(0)
  expect(records).toBeGreaterThan(10_000)
  expect(alerts).toBeGreaterThan(2000)
}, 300_000)

test('at least once: members are killed, and no alert of a replay is missing', async context => {
  const { alerts, uncommitted, records, repeated, ...differences } = await runKills({
    ...surroundings(context, 'at-least', 'at_least_once'),
    kills: 5,
    halts: 0,
    lines: 10_000,
    linesPerSecond: 400,
    seed: 8,
    report: () => {}
  })
  expect(differences).toEqual(same)
  expect(uncommitted).toBe(0)
  // They died between alerts and state.
  expect(repeated).toBeGreaterThan(0)
  expect(alerts).toBeGreaterThan(2000)
  expect(records).toBeGreaterThan(10_000)
}, 300_000)

test('rule sets that people use, with Perl code: what Perl remembers is in the changelog, too', async context => {
  if (missingRules.length > 0) context.skip(`${missingRules.join(' and ')} missing in ../shared`)
  const { alerts, uncommitted, records, ...differences } = await runKills({
    ...surroundings(context, 'rule-sets', 'exactly_once'),
    partitions: 2,
    workload: kafkaRuleSets(7),
    kills: 3,
    halts: 0,
    lines: 1500,
    linesPerSecond: 100,
    seed: 7,
    report: () => {}
  })
  expect(differences).toEqual({ ...same, repeated: 0 })
  expect(uncommitted).toBeGreaterThan(0)
  expect(records).toBeGreaterThan(1500)
  expect(alerts).toBeGreaterThan(50)
}, 300_000)

test('members are stopped, killed and added while records flow, and the alerts are those of a replay', async context => {
  const {
    alerts,
    uncommitted: _open,
    records: _lines,
    ...differences
  } = await runChanges({
    ...surroundings(context, 'changes', 'exactly_once'),
    linesPerSecond: 400
  })
  expect(differences).toEqual({ ...same, repeated: 0 })
  expect(alerts).toBeGreaterThan(500)
}, 300_000)

test('a broker that is away and comes back: nothing is lost, memory is bounded, and health says so', async context => {
  const { backAfterMs, grownBytes, status, troubles, missing, additional, repeated, positionsDiffer } =
    await runOutage({
      ...surroundings(context, 'outage', 'exactly_once'),
      lines: 5000,
      outageMs: 20_000
    })
  expect({ missing, additional, repeated, positionsDiffer }).toEqual({ ...same, repeated: 0 })
  expect(status).toEqual(['degraded', 'ok'])
  expect(troubles.join()).toContain('ECONNREFUSED')
  expect(grownBytes).toBeLessThan(64 * 1024 * 1024)
  expect(backAfterMs).toBeLessThan(10_000)
}, 300_000)

test('what kcat writes in any codec is read, and a batch that nobody can decode ends the stage with one error', async context => {
  const { broker: running, folder, command } = surroundings(context, 'codecs', 'exactly_once')
  const topic = await running.topic('codecs')
  await running.topic('codecs-alerts')
  const codecs = ['gzip', 'snappy', 'lz4', 'zstd']
  for (const codec of codecs) await kcatProduce(running.address, topic, [`hello ${codec}`], '-z', codec)
  await kcatProduce(running.address, topic, ['hello nobody'])
  await running.stop()
  const segment = join(running.folder, 'data', `${topic}-0`, '00000000000000000000.log')
  const bytes = readFileSync(segment)
  let last = 0
  for (let at = 0; at < bytes.length; at += 12 + bytes.readInt32BE(at + 8)) last = at
  // Its codec becomes one that there is not. Brokers do not look at what they send.
  bytes.writeInt16BE(bytes.readInt16BE(last + 21) | 6, last + 21)
  writeFileSync(segment, bytes)
  await running.start()
  writeFileSync(
    join(folder, 'rules.sec'),
    'type=Single\nptype=RegExp\npattern=^hello\ndesc=$0\naction=alert $0\n'
  )
  const ends = [
    '--from',
    `kafka://${running.address}/codecs`,
    '--to',
    `kafka://${running.address}/codecs-alerts`
  ]
  const stage = new RunningCommand(
    [process.execPath, command, 'run', '--application', 'codecs', '--rules', 'rules.sec', ...ends],
    { folder, env: { CORRELOG_LOG_FORMAT: 'json' } }
  )
  try {
    expect(await stage.ended()).toBe(2)
    // When it happens, and as the reason of the end.
    const errors = stage.stderr
      .split('\n')
      .filter(line => line.includes('"error":'))
      .map(line => (JSON.parse(line) as { error: string }).error)
    expect(new Set(errors).size).toBe(1)
    expect(errors[0]).toContain("codecs/0: the record batch at offset 4 can't be decoded")
    // The marker of their transaction may be written a moment after its commit is answered.
    await vi.waitUntil(
      async () => (await kcatConsume(running.address, 'codecs-alerts')).length === codecs.length,
      { timeout: 20_000, interval: 100 }
    )
  } finally {
    await stage.kill()
  }
}, 120_000)
