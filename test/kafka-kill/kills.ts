import { setTimeout as sleep } from 'node:timers/promises'
import type { KafkaBroker } from '../helpers/kafka-broker.ts'
import { Random } from '../parity/rule-files/random.ts'
import { type Member, SESSION_TIMEOUT_MS, Topology, type TopologyOptions, type Verdict } from './topology.ts'
import type { Moment, TransactionProxy } from './transaction-proxy.ts'

/** How a life ends: at a random moment, or at one of a transaction with alerts (at least once: with state). */
export type Death = 'at random' | Moment | 'halted'

export interface KillsOptions extends TopologyOptions {
  readonly broker: KafkaBroker
  /** It leads to the broker's listener that advertises it. Who comes by it is killed. */
  readonly proxy: TransactionProxy
  readonly kills: number
  /** How often a member is stopped (SIGSTOP) until the group has given its tasks away, and then goes on. */
  readonly halts: number
  /** Lines that are there at the beginning. */
  readonly lines: number
  readonly linesPerSecond: number
  readonly seed: number
  /** Hears of each life. */
  readonly report: (death: Death, commits: number) => void
}

const DEATHS: readonly Death[] = ['at random', 'after EndTxn', 'before EndTxn']
const COMMITS_WITHIN_MS = 90_000
const RANDOM_MS = 1000

/** Two members read while lines come in; one of them is killed again and again, each time after it has committed. */
export async function runKills(options: KillsOptions): Promise<Verdict> {
  const { broker, proxy, kills, halts, guarantee } = options
  const topology = await Topology.create(options)
  const random = new Random(options.seed)
  proxy.leadTo(
    broker.proxiedAddress,
    guarantee === 'exactly_once' ? topology.alertTopic : topology.stateTopic
  )
  try {
    await topology.feed.put(options.lines)
    topology.feed.flow(options.linesPerSecond)
    topology.join()
    let victim = topology.join(`127.0.0.1:${proxy.port}`)
    for (let number = 0; number < kills; number++) {
      const before = proxy.commits
      await untilCommitted(topology, proxy)
      const death = DEATHS[number % DEATHS.length] ?? 'at random'
      if (death === 'at random' || death === 'halted') await sleep(random.below(RANDOM_MS))
      else await trapped(topology, proxy, death, victim)
      await victim.kill()
      options.report(death, proxy.commits - before)
      victim = topology.join(`127.0.0.1:${proxy.port}`)
    }
    for (let number = 0; number < halts; number++) {
      const before = proxy.commits
      await untilCommitted(topology, proxy)
      await sleep(random.below(RANDOM_MS))
      victim.halt()
      await sleep(2 * SESSION_TIMEOUT_MS)
      victim.goOn()
      options.report('halted', proxy.commits - before)
    }
    if (kills + halts > 0) await untilCommitted(topology, proxy)
    return await topology.verdict()
  } finally {
    await topology.close()
  }
}

/** From now on. */
async function untilCommitted(topology: Topology, proxy: TransactionProxy): Promise<void> {
  const before = proxy.commits
  const deadline = performance.now() + COMMITS_WITHIN_MS
  while (proxy.commits === before) {
    topology.check()
    if (performance.now() > deadline) throw new Error(`no commit:\n${topology.logs}`)
    await sleep(20)
  }
}

async function trapped(
  topology: Topology,
  proxy: TransactionProxy,
  moment: Moment,
  victim: Member
): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no EndTxn:\n${topology.logs}`)), COMMITS_WITHIN_MS)
  })
  try {
    await Promise.race([proxy.trap(moment, () => victim.killNow()), late])
  } finally {
    clearTimeout(timer)
    proxy.disarm()
  }
}
