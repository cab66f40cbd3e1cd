import { expect, test } from 'vitest'
import {
  type Broker,
  createSendMessages,
  type SenderParts,
  type TopicData
} from '../../../../adapters/kafka/kafkajs/send-messages.ts'

class ProtocolError extends Error {
  override readonly name = 'KafkaJSProtocolError'
  readonly retriable = true
}

interface Written {
  readonly node: string
  readonly partition: number
  readonly firstSequence: number | undefined
  readonly values: readonly string[]
}

/** A cluster of nodes that lead partitions of one topic; a request to a node that is away fails, and its leaders move. */
class Cluster {
  readonly written: Written[] = []
  readonly asked: string[] = []
  readonly sequences = new Map<number, number>()
  leaders: string[]
  /** Nodes that fail once, and who leads their partitions then. */
  readonly failing = new Map<string, string>()

  constructor(leaders: readonly string[]) {
    this.leaders = [...leaders]
  }

  send(messages: readonly { readonly value: string; readonly partition?: number }[]): Promise<object[]> {
    let turn = 0
    const parts: SenderParts = {
      logger: { error: () => {} },
      // As kafkajs' own: a message without a key has another partition each time that it is asked for.
      partitioner: ({ message }) =>
        (message as { partition?: number }).partition ?? turn++ % this.leaders.length,
      cluster: {
        addMultipleTargetTopics: () => Promise.resolve(),
        refreshMetadataIfNecessary: () => Promise.resolve(),
        refreshMetadata: () => {
          this.leaders = this.leaders.map(node => this.failing.get(node) ?? node)
          this.failing.clear()
          return Promise.resolve()
        },
        findTopicPartitionMetadata: () => this.leaders,
        findLeaderForPartitions: (_topic, partitions) => {
          const found: Record<string, number[]> = {}
          for (const partition of partitions) (found[this.leaders[partition] ?? ''] ??= []).push(partition)
          return found
        },
        findBroker: ({ nodeId }) => Promise.resolve(this.#broker(nodeId)),
        removeBroker: () => {},
        isConnected: () => true,
        connect: () => Promise.resolve()
      },
      eosManager: {
        isTransactional: () => false,
        addPartitionsToTransaction: () => Promise.resolve(),
        getTransactionalId: () => '',
        getProducerId: () => 1,
        getProducerEpoch: () => 0,
        getSequence: (_topic, partition) => this.sequences.get(partition) ?? 0,
        updateSequence: (_topic, partition, by) =>
          void this.sequences.set(partition, (this.sequences.get(partition) ?? 0) + by),
        acquireBrokerLock: () => Promise.resolve(),
        releaseBrokerLock: () => Promise.resolve()
      },
      retrier: async attempt => {
        let given: Error | undefined
        for (;;) {
          try {
            const result = await attempt(error => (given = error), 0, 0)
            if (given === undefined) return result
          } catch {
            continue
          }
          throw given
        }
      }
    }
    class MetadataNotLoaded extends Error {}
    const send = createSendMessages({ KafkaJSMetadataNotLoaded: MetadataNotLoaded })(parts)
    return send({ acks: -1, timeout: 1000, compression: 0, topicMessages: [{ topic: 'logs', messages }] })
  }

  #broker(nodeId: string): Broker {
    return {
      produce: async request => {
        this.asked.push(nodeId)
        // Whoever fails does so later than others answer.
        await new Promise(resolve => setTimeout(resolve, this.failing.has(nodeId) ? 5 : 1))
        if (this.failing.has(nodeId)) throw new ProtocolError('not leader for partition')
        const { topicData } = request as { readonly topicData: TopicData }
        for (const { partitions } of topicData) {
          for (const { partition, firstSequence, messages } of partitions) {
            const values = (messages as { value: string }[]).map(({ value }) => value)
            this.written.push({ node: nodeId, partition, firstSequence, values })
          }
        }
        return {
          topics: topicData.map(({ topic, partitions }) => ({ topicName: topic, partitions }))
        }
      }
    }
  }
}

test('what moves to a broker that has answered already is sent all the same', async () => {
  const cluster = new Cluster(['one', 'other'])
  cluster.failing.set('other', 'one')
  const responses = await cluster.send([
    { value: 'a', partition: 0 },
    { value: 'b', partition: 1 },
    { value: 'c', partition: 1 }
  ])
  expect(cluster.written).toEqual([
    { node: 'one', partition: 0, firstSequence: 0, values: ['a'] },
    { node: 'one', partition: 1, firstSequence: 0, values: ['b', 'c'] }
  ])
  expect(responses).toHaveLength(2)
  expect(cluster.asked).toEqual(['one', 'other', 'one'])
  expect([...cluster.sequences]).toEqual([
    [0, 1],
    [1, 2]
  ])
})

test('a message keeps the partition that it was given first, so that each is written once', async () => {
  const cluster = new Cluster(['one', 'other', 'third'])
  cluster.failing.set('third', 'other')
  const values = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
  await cluster.send(values.map(value => ({ value })))
  expect(cluster.written.flatMap(({ values: each }) => each).sort()).toEqual(values)
})
