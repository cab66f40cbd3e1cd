import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { KafkaBroker } from '../helpers/kafka-broker.ts'
import { projectRoot } from '../parity/sec/find.ts'
import { type CompanionOptions, runCompanion } from './companion.ts'

const WAYS = [
  'grpc',
  'http, protobuf',
  'http, json',
  'kafka, otlp_proto',
  'kafka, otlp_json',
  'kafka, raw'
] as const

/**
 * `npm run collector -- [--records 100000] [--kills 5] [--seed 1] [--way 'kafka, otlp_proto']`: a real Collector sends records and gets the alerts, in each way
 * that there is, while correlog is killed; texts have to be those of `correlog replay`. Returns the exit status.
 */
export async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      records: { type: 'string', default: '100000' },
      kills: { type: 'string', default: '5' },
      seed: { type: 'string', default: '1' },
      way: { type: 'string', multiple: true, default: [...WAYS] }
    }
  })
  let status = 0
  for (const way of WAYS.filter(each => values.way.includes(each))) {
    const folder = mkdtempSync(join(tmpdir(), 'correlog-collector-'))
    let broker: KafkaBroker | undefined
    try {
      if (way.startsWith('kafka')) {
        broker = await KafkaBroker.create()
        for (const topic of ['logs', 'alerts']) await broker.topic(topic)
      }
      const isRight = await run({
        folder,
        command: join(projectRoot, 'dist/cli/main.js'),
        records: Number(values.records),
        kills: Number(values.kills),
        seed: Number(values.seed),
        logs: way,
        // What is raw has no attributes.
        alerts: way === 'kafka, raw' ? 'kafka, otlp_proto' : way,
        ...(broker !== undefined && {
          kafka: { address: broker.address, logs: 'logs', alerts: 'alerts', group: 'correlog' }
        }),
        report: say
      })
      if (!isRight) status = 1
    } finally {
      await broker?.remove()
      rmSync(folder, { recursive: true, force: true })
    }
  }
  return status
}

async function run(options: CompanionOptions): Promise<boolean> {
  const result = await runCompanion(options)
  const { replayed, received, repeated, sharedUids, counted, late, droppings, committed, seconds } = result
  const differing = differences([...replayed].sort(), [...received].sort())
  const changed = differences([...result.replayedEssences].sort(), [...result.receivedEssences].sort())
  say(
    `${options.logs}: ${options.records} records in ${seconds.toFixed(1)} s, ${options.kills} kills; ${counted} counted in the last life, ${late} late; ` +
      `${received.length} alerts of ${replayed.length}, ${differing.length} texts and ${changed.length} alerts as a whole differ from replay, ` +
      `${repeated} repeated, ${sharedUids} uids shared`
  )
  const right = [differing, changed, droppings].every(({ length }) => length === 0) && sharedUids === 0
  const once = committed === undefined || saysOnce(committed, replayed.length)
  for (const each of [...droppings, ...differing, ...changed].slice(0, 20)) say(`  ${each}`)
  return right && once
}

/** Whether each alert is committed, and once. */
function saysOnce(committed: ReadonlyMap<string, number>, expected: number): boolean {
  const repeated = [...committed.values()].filter(count => count > 1).length
  say(`  committed: ${committed.size} alerts of ${expected}, ${repeated} of them more than once`)
  return committed.size === expected && repeated === 0
}

/** What only one of two sorted lists has. */
function differences(left: readonly string[], right: readonly string[]): string[] {
  const found: string[] = []
  let [i, j] = [0, 0]
  while (i < left.length || j < right.length) {
    const [one, other] = [left[i], right[j]]
    if (one === other) {
      i++
      j++
    } else if (other === undefined || (one !== undefined && one < other)) {
      found.push(`missing: ${one}`)
      i++
    } else {
      found.push(`too many: ${other}`)
      j++
    }
  }
  return found
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
