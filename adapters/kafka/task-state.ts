import {
  AdapterError,
  type Checkpoint,
  type CheckpointStore,
  type StateChanges
} from '../../plugin/adapter.ts'
import type { KafkaMessage, KafkaTransactions, TopicPartition } from './client.ts'
import { adapterError } from './errors.ts'
import type { CollectedMessages } from './output.ts'

export interface TaskStateOptions {
  /** The task's partition of the changelog. */
  readonly changelog: TopicPartition
  /** What the task has raised since the last checkpoint; `undefined`: it is sent apart from this. */
  readonly collected: CollectedMessages | undefined
  /** A producer that fences every other one of this task. */
  readonly transactional: () => Promise<KafkaTransactions>
  /** All that the changelog holds, read after the fence: no other one adds to it. */
  readonly restore: () => Promise<ReadonlyMap<string, string>>
}

/**
 * A task's state in its partition of the changelog: each checkpoint is a transaction, together with alerts and dead
 * letters where these are collected. After a failed one nobody knows what became of it, so nothing is tried again
 * here: the task is rebuilt from what the changelog says.
 */
export class TaskState implements CheckpointStore {
  readonly name: string
  readonly #options: TaskStateOptions
  #transactions: KafkaTransactions | undefined
  #isClosed = false

  constructor(options: TaskStateOptions) {
    const { topic, partition } = options.changelog
    this.#options = options
    this.name = `kafka:${topic}/${partition}`
  }

  async load(): Promise<Checkpoint | undefined> {
    try {
      const transactions = await this.#options.transactional()
      this.#transactions = transactions
      if (this.#isClosed) {
        await transactions.close()
        throw new AdapterError('the task was given up', { code: 'DROPPED', retryable: false })
      }
      const entries = await this.#options.restore()
      return entries.size === 0 ? undefined : { entries, notes: [] }
    } catch (error) {
      throw adapterError(error)
    }
  }

  async save(changes: StateChanges): Promise<void> {
    const { collected } = this.#options
    const messages = [...(collected?.take() ?? []), ...this.#messagesOf(changes)]
    if (messages.length === 0) return
    try {
      if (this.#transactions === undefined) throw new Error('a state is loaded before it is saved')
      await this.#transactions.commit(messages)
    } catch (error) {
      const { message, code } = adapterError(error)
      throw new AdapterError(message, { code, retryable: false, cause: error })
    }
  }

  /** Seconds of arrival are not kept: what a transaction that was not committed raised, nobody has seen. */
  note(): void {}

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#transactions?.close()
  }

  #messagesOf({ set, deleted }: StateChanges): KafkaMessage[] {
    const { topic, partition } = this.#options.changelog
    const messages: KafkaMessage[] = deleted.map(key => ({
      topic,
      partition,
      key: Buffer.from(key, 'latin1'),
      value: null
    }))
    for (const [key, value] of set) {
      messages.push({
        topic,
        partition,
        key: Buffer.from(key, 'latin1'),
        value: Buffer.from(value, 'latin1')
      })
    }
    return messages
  }
}
