import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { KafkaBroker } from '../helpers/kafka-broker.ts'
import { KafkaCluster } from '../helpers/kafka-cluster.ts'
import { projectRoot } from '../parity/sec/find.ts'
import { runChanges } from './changes.ts'
import { runFailOver } from './fail-over.ts'
import { type HandOverOptions, runHandOver, uncleanedSettings } from './hand-over.ts'
import { runKills } from './kills.ts'
import { runOutage } from './outage.ts'
import { brokerSettings, type Guarantee, type TopologyOptions, type Verdict } from './topology.ts'
import { TransactionProxy } from './transaction-proxy.ts'
import { kafkaRuleSets } from './workload.ts'

/**
 * `npm run kill:kafka -- [--kills 20] [--halts 2] [--lines 20000] [--rate 1000] [--partitions 12] [--seed 1]
 * [--delivery at_least_once] [--rule-sets]`: kills one of two members of a group again and again and compares the alerts
 * with those of `correlog replay`. `--rule-sets`: the rules are those of `npm run kill -- --rule-sets`, and runs over files
 * say what is right. `--kills 0 --halts 0 --lines 200000` compares alone; `--changes` stops, kills and adds members;
 * `--fail-over 6` kills brokers of a cluster of three in turn, so many times; `--outage 60` stops the broker for so many
 * seconds; `--hand-over 100000` measures how long a task with so many live operations, and ten times as much history, takes
 * to go to another member. `CORRELOG_TEST_KAFKA_VERSION` names another broker. Returns the exit status.
 */
export async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      kills: { type: 'string', default: '20' },
      halts: { type: 'string', default: '2' },
      lines: { type: 'string', default: '20000' },
      rate: { type: 'string', default: '1000' },
      partitions: { type: 'string', default: '12' },
      seed: { type: 'string', default: '1' },
      delivery: { type: 'string', default: 'exactly_once' },
      changes: { type: 'boolean', default: false },
      'rule-sets': { type: 'boolean', default: false },
      outage: { type: 'string' },
      'fail-over': { type: 'string' },
      'hand-over': { type: 'string' }
    }
  })
  const guarantee: Guarantee = values.delivery === 'at_least_once' ? 'at_least_once' : 'exactly_once'
  const [lines, linesPerSecond, kills] = [Number(values.lines), Number(values.rate), Number(values.kills)]
  const folder = mkdtempSync(join(tmpdir(), 'correlog-kill-'))
  const proxy = await TransactionProxy.listen()
  let broker: KafkaBroker | undefined
  let cluster: KafkaCluster | undefined
  try {
    const operations = values['hand-over']
    const settings = { ...brokerSettings, ...(operations === undefined ? {} : uncleanedSettings) }
    const command = join(projectRoot, 'dist/cli/main.js')
    const failOver = values['fail-over']
    if (failOver !== undefined) {
      cluster = await KafkaCluster.create(settings)
      const verdict = await runFailOver({
        broker: cluster,
        folder,
        command,
        name: 'failed-over',
        partitions: Number(values.partitions),
        guarantee,
        times: Number(failOver),
        linesPerSecond,
        report: say
      })
      return judge(verdict, guarantee) ? 0 : 1
    }
    broker = await KafkaBroker.create({ proxyPort: proxy.port, settings })
    const began = performance.now()
    if (operations !== undefined) {
      return await handOver({ broker, folder, command, operations: Number(operations), changes: 10 })
    }
    const options: TopologyOptions & { readonly broker: KafkaBroker } = {
      broker,
      folder,
      command,
      name: 'killed',
      partitions: Number(values.partitions),
      guarantee,
      ...(values['rule-sets'] && { workload: kafkaRuleSets(Number(values.seed)) })
    }
    let isRight: boolean
    if (values.outage !== undefined) {
      const outageMs = 1000 * Number(values.outage)
      const { backAfterMs, grownBytes, status, troubles, ...verdict } = await runOutage({
        ...options,
        lines,
        outageMs
      })
      say(`back ${backAfterMs} ms after the broker; memory grew by ${(grownBytes / 2 ** 20).toFixed(1)} MiB`)
      say(`health: ${status.join(', then ')}; ${troubles.join('; ')}`)
      isRight = judge(verdict, guarantee)
    } else if (values.changes) {
      isRight = judge(await runChanges({ ...options, linesPerSecond }), guarantee)
    } else {
      let number = 0
      const verdict = await runKills({
        ...options,
        proxy,
        kills,
        halts: Number(values.halts),
        lines,
        linesPerSecond: kills === 0 ? 0 : linesPerSecond,
        seed: Number(values.seed),
        report: (death, commits) => say(`life ${++number}: ${death}, after ${commits} commits`)
      })
      // Unless open transactions were hit, exactly once was not tried.
      const isVain = guarantee === 'exactly_once' && kills >= 3 && verdict.uncommitted === 0
      isRight = judge(verdict, guarantee) && !isVain
    }
    say(`${guarantee}, ${((performance.now() - began) / 1000).toFixed(1)} s`)
    return isRight ? 0 : 1
  } finally {
    await broker?.remove()
    await cluster?.remove()
    proxy.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** From SIGTERM ten seconds, from an assignment after a kill five. */
async function handOver(options: HandOverOptions): Promise<number> {
  const { history, restores, orderlyMs, killedMs } = await runHandOver(options)
  for (const restore of restores) say(restore)
  say(`${options.operations} operations, ${history} offsets of the changelog`)
  say(
    `in good order: ${orderlyMs} ms from SIGTERM to the new owner's first alert; killed: ${killedMs} ms from the assignment`
  )
  return orderlyMs < 10_000 && killedMs < 5000 ? 0 : 1
}

/** Says what came of it. */
function judge(verdict: Verdict, guarantee: Guarantee): boolean {
  const { records, alerts, missing, additional, repeated, uncommitted, positionsDiffer } = verdict
  say(
    `${records} records, ${alerts} alerts: ${missing.length} missing, ${additional.length} too many, ${repeated} repeated`
  )
  say(
    `${uncommitted} alerts of transactions that were not committed; positions: ${positionsDiffer.length} differ`
  )
  const wrong = [...missing, ...additional, ...positionsDiffer]
  for (const each of wrong.slice(0, 20)) say(`  ${each}`)
  return wrong.length === 0 && (guarantee === 'at_least_once' || repeated === 0)
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
