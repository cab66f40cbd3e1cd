import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { KafkaBroker } from '../helpers/kafka-broker.ts'
import { type Member, Topology, type TopologyOptions, type Verdict } from './topology.ts'

export interface OutageOptions extends TopologyOptions {
  readonly broker: KafkaBroker
  /** Read before, waiting when it goes, and put in when it is back: so many each time. */
  readonly lines: number
  readonly outageMs: number
}

export interface OutageResult extends Verdict {
  /** From the broker's answering to the first alert; what asks costs some tenths of a second. */
  readonly backAfterMs: number
  /** By how much the resident set grew beyond what it was before. */
  readonly grownBytes: number
  /** What health said meanwhile, and at the end. */
  readonly status: readonly [string, string]
  readonly troubles: readonly string[]
}

/** The broker is stopped while there is much to read, and started again on the same data. */
export async function runOutage(options: OutageOptions): Promise<OutageResult> {
  const { broker, lines, outageMs } = options
  const topology = await Topology.create(options)
  try {
    await topology.feed.put(lines)
    const member = topology.join()
    await topology.read()
    const before = residentBytes(member.pid)
    await topology.feed.put(lines)
    await broker.stop()
    let most = 0
    let meanwhile = await health(member)
    for (const end = performance.now() + outageMs; performance.now() < end; await sleep(500)) {
      most = Math.max(most, residentBytes(member.pid))
      meanwhile = await health(member)
    }
    await broker.start()
    const answers = performance.now()
    const there = await topology.alerts()
    // So many and no more: kcat ends where nothing comes for a moment.
    await topology.feed.put(lines)
    while ((await topology.alerts()) === there) {
      topology.check()
      if (performance.now() - answers > 60_000) throw new Error(`no alert:\n${topology.logs}`)
      await sleep(100)
    }
    const backAfterMs = Math.round(performance.now() - answers)
    await topology.read()
    const after = await health(member)
    return {
      backAfterMs,
      grownBytes: most - before,
      status: [meanwhile.status, after.status],
      troubles: meanwhile.troubles.map(({ reason }) => reason),
      ...(await topology.verdict())
    }
  } finally {
    await topology.close()
  }
}

interface Health {
  readonly status: string
  readonly troubles: readonly { readonly reason: string }[]
}

async function health(member: Member): Promise<Health> {
  const response = await fetch(`${member.telemetry}/healthz`)
  return (await response.json()) as Health
}

function residentBytes(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kilobytes) * 1024
}
