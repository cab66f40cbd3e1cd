import { checkCopartitioned, type TaskMode } from './assigner.ts'
import { type KafkaAdmin, KafkaClientError } from './client.ts'

export interface InputTopics {
  readonly names: readonly string[]
  /** All topics that it matches, but for internal ones. */
  readonly patterns: readonly RegExp[]
  /** Never among them: what this group itself writes. */
  readonly except: readonly string[]
}

/**
 * The topics that are read, and how many partitions they have.
 *
 * @throws KafkaClientError of one that is not there, of none at all, and of numbers of partitions that differ.
 */
export async function inputTopics(
  admin: KafkaAdmin,
  { names, patterns, except }: InputTopics,
  mode: TaskMode
): Promise<ReadonlyMap<string, number>> {
  const found = await admin.topics(patterns.length === 0 ? names : undefined)
  const inputs = new Map<string, number>()
  for (const [topic, count] of [...found].sort(([left], [right]) => (left < right ? -1 : 1))) {
    const isMeant =
      names.includes(topic) ||
      (!topic.startsWith('__') && !except.includes(topic) && patterns.some(pattern => pattern.test(topic)))
    if (isMeant) inputs.set(topic, count)
  }
  for (const name of names) if (!inputs.has(name)) throw missing(`no topic "${name}"`, name)
  if (inputs.size === 0) {
    throw missing(`no topic matches ${patterns.map(({ source }) => `"${source}"`).join(' or ')}`, undefined)
  }
  checkCopartitioned(inputs, mode)
  return inputs
}

function missing(what: string, topic: string | undefined): KafkaClientError {
  const how = topic === undefined ? '' : ` (kafka-topics.sh --create --topic ${topic})`
  return new KafkaClientError(
    `${what}; expected it to be there, and readable by this user, before correlog starts${how}`,
    { code: 'UNKNOWN_TOPIC_OR_PARTITION', retryable: false }
  )
}
