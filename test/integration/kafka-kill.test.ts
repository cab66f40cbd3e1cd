import { afterAll, beforeAll, expect, type TestContext, test } from 'vitest'
import { correlogCommand } from '../helpers/correlog-command.ts'
import { KafkaBroker } from '../helpers/kafka-broker.ts'
import { requireKafka, requireKcat } from '../helpers/requirements.ts'
import { scratchFolder } from '../helpers/scratch.ts'
import { runChanges } from '../kafka-kill/changes.ts'
import { type Death, runKills } from '../kafka-kill/kills.ts'
import { runOutage } from '../kafka-kill/outage.ts'
import { brokerSettings, type Guarantee, type TopologyOptions } from '../kafka-kill/topology.ts'
import { TransactionProxy } from '../kafka-kill/transaction-proxy.ts'

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
): TopologyOptions & { readonly proxy: TransactionProxy } {
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
      linesPerSecond: 400,
      outageMs: 20_000
    })
  expect({ missing, additional, repeated, positionsDiffer }).toEqual({ ...same, repeated: 0 })
  expect(status).toEqual(['degraded', 'ok'])
  expect(troubles.join()).toContain('ECONNREFUSED')
  expect(grownBytes).toBeLessThan(64 * 1024 * 1024)
  expect(backAfterMs).toBeLessThan(10_000)
}, 300_000)
