import { type KafkaAdmin, KafkaClientError } from './client.ts'
import type { TaskMode } from './assigner.ts'
import { type InputTopics, inputTopics } from './inputs.ts'

export interface TopicWatchOptions {
  readonly topics: InputTopics
  readonly mode: TaskMode
  /** What is wrong with the topics; `undefined`: nothing any more. */
  readonly onTrouble: (problem: string | undefined) => void
}

/** Sees topics and partitions that come, or go, while the group reads. */
export class TopicWatch {
  readonly #options: TopicWatchOptions

  constructor(options: TopicWatchOptions) {
    this.#options = options
  }

  /** What there is now where it is not what was read; `undefined`: it is the same, or nobody knows. */
  async changed(
    admin: KafkaAdmin,
    read: ReadonlyMap<string, number>
  ): Promise<ReadonlyMap<string, number> | undefined> {
    const found = await this.#found(admin)
    if (found === undefined) return undefined
    const isSame = found.size === read.size && [...found].every(([topic, count]) => read.get(topic) === count)
    return isSame ? undefined : found
  }

  async #found(admin: KafkaAdmin): Promise<ReadonlyMap<string, number> | undefined> {
    const { topics, mode, onTrouble } = this.#options
    try {
      const found = await inputTopics(admin, topics, mode)
      onTrouble(undefined)
      return found
    } catch (error) {
      if (error instanceof KafkaClientError && !error.retryable) onTrouble(error.message)
      return undefined
    }
  }
}
