import type { PartitionAssigner } from 'kafkajs'
import {
  type GroupMember,
  KafkaClientError,
  type KafkaConsumerOptions,
  type TopicPartition
} from '../client.ts'
import { kafkajs } from './load.ts'

const { MemberAssignment, MemberMetadata } = kafkajs.AssignerProtocol

/** kafkajs' form of an assigner. What a member holds goes to the leader as JSON in the metadata of its join. */
export function partitionAssigner(
  { name, assign }: KafkaConsumerOptions['assigner'],
  owned: () => Iterable<TopicPartition>,
  onTrouble: (problem: string) => void
): PartitionAssigner {
  return ({ cluster }) => ({
    name,
    version: 0,
    protocol: ({ topics }) => ({
      name,
      metadata: MemberMetadata.encode({
        version: 0,
        topics,
        userData: Buffer.from(JSON.stringify(byTopic(owned())))
      })
    }),
    assign: async ({ members, topics }) => {
      try {
        const partitions = new Map(
          topics.map(topic => [topic, cluster.findTopicPartitionMetadata(topic).length])
        )
        const dealt = assign(
          members.map(({ memberId, memberMetadata }) => member(memberId, memberMetadata, topics)),
          partitions
        )
        const assignments = members.map(({ memberId }) => ({
          memberId,
          memberAssignment: MemberAssignment.encode({
            version: 0,
            assignment: byTopic(dealt.get(memberId) ?? []),
            userData: Buffer.alloc(0)
          })
        }))
        return await Promise.resolve(assignments)
      } catch (error) {
        if (!(error instanceof KafkaClientError)) throw error
        if (error.retryable) onTrouble(error.message)
        const { KafkaJSError, KafkaJSNonRetriableError } = kafkajs
        throw Object.assign(
          error.retryable ? new KafkaJSError(error) : new KafkaJSNonRetriableError(error.message),
          { cause: error }
        )
      }
    }
  })
}

/** @throws KafkaClientError where it reads other topics: what one member is given the other could not read */
function member(id: string, metadata: Buffer, topics: readonly string[]): GroupMember {
  const decoded = MemberMetadata.decode(metadata)
  const [own, others] = [topics, decoded?.topics ?? []].map(list => list.toSorted().join(', '))
  if (own !== others) {
    throw new KafkaClientError(
      `group member "${id}" reads the topics ${others}, this one ${own}; ` +
        'all members of a group must have the same configuration',
      { code: 'INCONSISTENT_TOPICS', retryable: true }
    )
  }
  return { id, owned: parseOwned(decoded?.userData) }
}

function byTopic(partitions: Iterable<TopicPartition>): Record<string, number[]> {
  const topics: Record<string, number[]> = {}
  for (const { topic, partition } of partitions) (topics[topic] ??= []).push(partition)
  return topics
}

/** What a member of another version says, and we do not understand, is nothing. */
function parseOwned(userData: Buffer | undefined): TopicPartition[] {
  try {
    const topics = JSON.parse(userData?.toString() ?? '') as Record<string, number[]>
    return Object.entries(topics).flatMap(([topic, partitions]) =>
      partitions.map(partition => ({ topic, partition }))
    )
  } catch {
    return []
  }
}
