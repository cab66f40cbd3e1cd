import type { KafkaCluster } from '../helpers/kafka-cluster.ts'
import { Topology, type TopologyOptions, type Verdict } from './topology.ts'

export interface FailOverOptions extends TopologyOptions {
  readonly broker: KafkaCluster
  /** How many times a broker is killed, one after the other. */
  readonly times: number
  readonly linesPerSecond: number
  readonly report: (line: string) => void
}

/**
 * Two members read while lines come in, and brokers are killed and started again in turn: leaders, and coordinators of the
 * group and of transactions, move. Work goes on while one is away.
 */
export async function runFailOver(options: FailOverOptions): Promise<Verdict> {
  const { broker, times, linesPerSecond, report } = options
  const topology = await Topology.create(options)
  try {
    topology.feed.flow(linesPerSecond)
    await Promise.all([topology.join().dealt(), topology.join().dealt()])
    await topology.read()
    for (let time = 0; time < times; time++) {
      const node = broker.nodes[time % broker.nodes.length]
      await node?.kill()
      const began = performance.now()
      await topology.read()
      report(
        `broker ${(time % broker.nodes.length) + 1} killed: read again after ${Math.round(performance.now() - began)} ms`
      )
      await node?.start()
      await topology.read()
    }
    return await topology.verdict()
  } finally {
    await topology.close()
  }
}
