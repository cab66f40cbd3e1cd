import type { TaskLayout } from './assigner.ts'
import type { KafkaAdmin, KafkaClient, KafkaConsumerOptions } from './client.ts'
import type { GroupTaskOptions, TaskDelivery } from './group-task.ts'
import type { InputTopics } from './inputs.ts'

export interface GroupOptions
  extends Pick<
    GroupTaskOptions,
    'groupId' | 'clock' | 'log' | 'startAt' | 'transactionTimeoutMs' | 'input' | 'createStage'
  > {
  /** Called once, at the start. @throws what can't be mended by waiting */
  readonly client: () => Promise<KafkaClient>
  readonly topics: InputTopics
  readonly layout: TaskLayout
  /** Whether the changelog may be created and extended. */
  readonly mayCreate: boolean
  readonly delivery: TaskDelivery
  /** Before the group is joined: what else is to be there for these inputs. @throws KafkaClientError */
  readonly prepare?: (admin: KafkaAdmin, inputs: ReadonlyMap<string, number>) => Promise<void>
  /** What is to be done now and then while the group is read, by each member. @throws KafkaClientError */
  readonly upkeep?: (admin: KafkaAdmin) => Promise<void>
  /** The state of each task is left behind once. */
  readonly resetState: boolean
  /** What becomes of errors that nothing but a change by somebody mends. */
  readonly onError: 'exit' | 'retry'
  readonly consumer: Pick<
    KafkaConsumerOptions,
    'maxBytesPerPartition' | 'sessionTimeoutMs' | 'rebalanceTimeoutMs' | 'heartbeatMs'
  >
}

/** What the group has done, beside the counters of its stages. */
export interface GroupReadings {
  readonly tasks: number
  /** Offsets of the changelog that are still to be read before all tasks run. */
  readonly restoring: number
  readonly rebalances: number
  /** Tasks that went to other members, and those that were rebuilt after an error. */
  readonly lost: number
  readonly rebuilt: number
  /** Routed records that came again and were dropped. */
  readonly duplicates: number
}
