/** What of kafkajs' parts is used here. */
export interface SenderParts {
  readonly logger: { error(message: string, fields: object): void }
  readonly cluster: {
    addMultipleTargetTopics(topics: readonly string[]): Promise<void>
    refreshMetadataIfNecessary(): Promise<void>
    refreshMetadata(): Promise<void>
    findTopicPartitionMetadata(topic: string): readonly unknown[]
    findLeaderForPartitions(
      topic: string,
      partitions: readonly number[]
    ): Readonly<Record<string, readonly number[]>>
    findBroker(which: { readonly nodeId: string }): Promise<Broker>
    removeBroker(address: { readonly host: string; readonly port: number }): void
    isConnected(): boolean
    connect(): Promise<void>
  }
  readonly partitioner: (arguments_: {
    readonly topic: string
    readonly partitionMetadata: readonly unknown[]
    readonly message: unknown
  }) => number
  readonly eosManager: {
    isTransactional(): boolean
    addPartitionsToTransaction(topicData: TopicData): Promise<void>
    getTransactionalId(): string
    getProducerId(): number
    getProducerEpoch(): number
    getSequence(topic: string, partition: number): number
    updateSequence(topic: string, partition: number, by: number): void
    acquireBrokerLock(broker: Broker): Promise<void>
    releaseBrokerLock(broker: Broker): Promise<void>
  }
  readonly retrier: <Result>(
    attempt: (bail: (error: Error) => void, retryCount: number, retryTime: number) => Promise<Result>
  ) => Promise<Result>
}

export interface Broker {
  produce(request: object): Promise<{
    readonly topics: readonly { readonly topicName: string; readonly partitions: readonly object[] }[]
  }>
}

interface PartitionData {
  readonly partition: number
  readonly messages: readonly unknown[]
  firstSequence?: number
}

export type TopicData = { readonly topic: string; readonly partitions: PartitionData[] }[]

export interface SendRequest {
  readonly acks: number
  readonly timeout: number
  readonly compression: unknown
  readonly topicMessages: readonly { readonly topic: string; readonly messages: readonly unknown[] }[]
}

interface SenderErrors {
  readonly KafkaJSMetadataNotLoaded: new (message: string) => Error
}

/** What of an error says what to do. */
interface SendError extends Error {
  readonly retriable?: boolean
  readonly host?: string
  readonly port?: number
}

const WITH_NEW_METADATA: ReadonlySet<string> = new Set([
  'KafkaJSMetadataNotLoaded',
  'KafkaJSConnectionError',
  'KafkaJSConnectionClosedError'
])

/**
 * Sends messages until all are acknowledged. Stands in for kafkajs' `sendMessages`, which remembers brokers that have answered:
 * what moves from one that failed to one that had answered, as leaders do when a broker dies, is never sent, and the send
 * succeeds all the same. Here partitions are remembered, and each message keeps the one that it was given first.
 */
export function createSendMessages({ KafkaJSMetadataNotLoaded }: SenderErrors) {
  return (parts: SenderParts) => {
    const { cluster, partitioner, eosManager, retrier, logger } = parts

    /** By topic, then partition. */
    const groupedByPartition = ({
      topicMessages
    }: SendRequest): Map<string, Map<number, readonly unknown[]>> =>
      new Map(
        topicMessages.map(({ topic, messages }) => {
          const partitionMetadata = cluster.findTopicPartitionMetadata(topic)
          if (partitionMetadata.length === 0) {
            throw new KafkaJSMetadataNotLoaded('Producing to topic without metadata')
          }
          const groups = new Map<number, unknown[]>()
          for (const message of messages) {
            const partition = partitioner({ topic, partitionMetadata, message })
            const group = groups.get(partition)
            if (group === undefined) groups.set(partition, [message])
            else group.push(message)
          }
          return [topic, groups]
        })
      )

    /** What is not acknowledged, by the node that leads it. */
    const byLeader = (pending: Map<string, Map<number, readonly unknown[]>>): Map<string, TopicData> => {
      const requests = new Map<string, TopicData>()
      for (const [topic, partitions] of pending) {
        if (partitions.size === 0) continue
        const leaders = cluster.findLeaderForPartitions(topic, [...partitions.keys()])
        for (const [nodeId, led] of Object.entries(leaders)) {
          const data = led.map(partition => ({ partition, messages: partitions.get(partition) ?? [] }))
          requests.set(nodeId, [...(requests.get(nodeId) ?? []), { topic, partitions: data }])
        }
      }
      return requests
    }

    const produce = async (
      nodeId: string,
      topicData: TopicData,
      { acks, timeout, compression }: SendRequest
    ): Promise<object[]> => {
      const broker = await cluster.findBroker({ nodeId })
      await eosManager.acquireBrokerLock(broker)
      try {
        const isTransactional = eosManager.isTransactional()
        if (isTransactional) await eosManager.addPartitionsToTransaction(topicData)
        moveSequences(topicData, 1)
        try {
          const { topics } = await broker.produce({
            transactionalId: isTransactional ? eosManager.getTransactionalId() : undefined,
            producerId: eosManager.getProducerId(),
            producerEpoch: eosManager.getProducerEpoch(),
            acks,
            timeout,
            compression,
            topicData
          })
          return topics.flatMap(({ topicName, partitions }) =>
            partitions.map(partition => ({ topicName, ...partition }))
          )
        } catch (error) {
          moveSequences(topicData, -1)
          throw error
        }
      } finally {
        await eosManager.releaseBrokerLock(broker)
      }
    }

    const moveSequences = (topicData: TopicData, sign: 1 | -1): void => {
      for (const { topic, partitions } of topicData) {
        for (const entry of partitions) {
          if (sign === 1) entry.firstSequence = eosManager.getSequence(topic, entry.partition)
          eosManager.updateSequence(topic, entry.partition, sign * entry.messages.length)
        }
      }
    }

    return async (request: SendRequest): Promise<object[]> => {
      const topics = request.topicMessages.map(({ topic }) => topic)
      let pending: Map<string, Map<number, readonly unknown[]>> | undefined
      const responses: object[] = []

      const attempt = async (): Promise<void> => {
        await cluster.refreshMetadataIfNecessary()
        const left = (pending ??= groupedByPartition(request))
        const outcomes = await Promise.allSettled(
          [...byLeader(left)].map(async ([nodeId, topicData]) => {
            responses.push(...(await produce(nodeId, topicData, request)))
            for (const { topic, partitions } of topicData) {
              for (const { partition } of partitions) left.get(topic)?.delete(partition)
            }
          })
        )
        for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
      }

      return retrier(async (bail, retryCount, retryTime) => {
        await cluster.addMultipleTargetTopics(topics)
        try {
          await attempt()
        } catch (thrown) {
          const error = thrown as SendError
          const { name, host = '', port = 0, retriable } = error
          if (name === 'KafkaJSConnectionClosedError') cluster.removeBroker({ host, port })
          if (!cluster.isConnected()) {
            await cluster.connect()
            await cluster.refreshMetadata()
            throw error
          }
          logger.error(`Failed to send messages: ${error.message}`, { retryCount, retryTime })
          if (WITH_NEW_METADATA.has(name) || (name === 'KafkaJSProtocolError' && retriable === true)) {
            await cluster.refreshMetadata()
            throw error
          }
          if (retriable === true) throw error
          bail(error)
        }
        return responses
      })
    }
  }
}
