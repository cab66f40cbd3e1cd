import type { Message, TopicMessages } from 'kafkajs'
import type { KafkaMessage } from '../client.ts'

/** What one request takes: a batch of a partition must stay below a broker's 1 MiB. */
const MAX_BYTES = 512 * 1024
const MAX_RECORDS = 2000
/** Of a record beside its key, value and headers. */
const OVERHEAD_BYTES = 32

/** Messages in their order, cut into what is sent at once. A message that is larger than a chunk is one of its own. */
export function* chunks(messages: readonly KafkaMessage[]): Generator<TopicMessages[]> {
  let chunk = new Map<string, Message[]>()
  let records = 0
  let bytes = 0
  for (const message of messages) {
    const size = sizeOf(message)
    if (records > 0 && (records === MAX_RECORDS || bytes + size > MAX_BYTES)) {
      yield [...topicMessages(chunk)]
      chunk = new Map()
      records = 0
      bytes = 0
    }
    const ofTopic = chunk.get(message.topic)
    if (ofTopic === undefined) chunk.set(message.topic, [kafkajsMessage(message)])
    else ofTopic.push(kafkajsMessage(message))
    records++
    bytes += size
  }
  if (records > 0) yield [...topicMessages(chunk)]
}

function* topicMessages(chunk: ReadonlyMap<string, Message[]>): Generator<TopicMessages> {
  for (const [topic, messages] of chunk) yield { topic, messages }
}

function sizeOf({ key, value, headers }: KafkaMessage): number {
  let size = OVERHEAD_BYTES + (key?.length ?? 0) + (value?.length ?? 0)
  for (const name in headers) {
    const values = headers[name] as Buffer | readonly Buffer[]
    if (Buffer.isBuffer(values)) size += name.length + values.length
    else for (const one of values) size += name.length + one.length
  }
  return size
}

function kafkajsMessage({ partition, key, value, headers, timestamp }: KafkaMessage): Message {
  return {
    key,
    value,
    ...(partition === undefined ? {} : { partition }),
    ...(timestamp === undefined ? {} : { timestamp: String(timestamp) }),
    ...(headers === undefined ? {} : { headers: { ...headers } as NonNullable<Message['headers']> })
  }
}
