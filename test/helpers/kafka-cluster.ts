import { freePorts } from './free-port.ts'
import { KafkaBroker, newClusterId } from './kafka-broker.ts'
import { KafkaServer } from './kafka-server.ts'

/** Three brokers: each of them can be away, and everything has a copy on the others. */
export class KafkaCluster extends KafkaServer {
  readonly nodes: readonly KafkaBroker[]

  private constructor(nodes: readonly KafkaBroker[]) {
    super(nodes.map(({ address }) => address).join(','))
    this.nodes = nodes
  }

  static async create(settings: Readonly<Record<string, string>> = {}): Promise<KafkaCluster> {
    const clusterId = newClusterId()
    const ports = await freePorts(3)
    const voters = ports.map((port, index) => `${index + 1}@127.0.0.1:${port}`).join(',')
    const created = await Promise.allSettled(
      ports.map((controllerPort, index) =>
        KafkaBroker.create({
          node: { id: index + 1, clusterId, controllerPort, voters },
          settings: { ...REPLICATED, ...settings }
        })
      )
    )
    const nodes = created.flatMap(each => (each.status === 'fulfilled' ? [each.value] : []))
    const cluster = new KafkaCluster(nodes)
    const failed = created.find(each => each.status === 'rejected')
    if (failed === undefined) return cluster
    await cluster.remove()
    throw failed.reason
  }

  async remove(): Promise<void> {
    await Promise.all(this.nodes.map(node => node.remove()))
  }
}

const REPLICATED: Readonly<Record<string, string>> = {
  'default.replication.factor': '3',
  'min.insync.replicas': '2',
  'offsets.topic.replication.factor': '3',
  'transaction.state.log.replication.factor': '3',
  'transaction.state.log.min.isr': '2'
}
