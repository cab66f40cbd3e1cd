import { Topology, type TopologyOptions, type Verdict } from './topology.ts'

export interface ChangesOptions extends TopologyOptions {
  readonly linesPerSecond: number
}

/** Two members read while lines come in: one is stopped, one killed, others are added; all partitions go on after each. */
export async function runChanges(options: ChangesOptions): Promise<Verdict> {
  const topology = await Topology.create(options)
  try {
    topology.feed.flow(options.linesPerSecond)
    const [first, second] = [topology.join(), topology.join()]
    await Promise.all([first.dealt(), second.dealt()])
    await topology.read()
    await first.stop()
    await topology.read()
    await topology.join().dealt()
    await topology.read()
    await second.kill()
    await topology.read()
    await topology.join().dealt()
    return await topology.verdict()
  } finally {
    await topology.close()
  }
}
