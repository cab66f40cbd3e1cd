import { expect, test } from 'vitest'
import type { KafkaAdmin } from '../../../../adapters/kafka/client.ts'
import {
  prepareRepartitionTopic,
  type RepartitionOptions
} from '../../../../adapters/kafka/router/repartition-topic.ts'
import { ManualClock } from '../../../helpers/manual-clock.ts'
import { MemoryKafka } from '../../../helpers/memory-kafka.ts'

function setUp(): { kafka: MemoryKafka; admin: KafkaAdmin; messages: string[]; options: RepartitionOptions } {
  const kafka = new MemoryKafka({ clock: new ManualClock() })
  kafka.createTopic('logs', 4)
  kafka.settings.set('logs', new Map([['max.message.bytes', '5000000']]))
  const messages: string[] = []
  const options: RepartitionOptions = {
    topic: 'app-route-repartition',
    mayCreate: true,
    partitions: undefined,
    inputs: new Map([['logs', 4]]),
    log: {
      level: 6,
      log: (_level, message, fields) => void messages.push(`${message} ${JSON.stringify(fields)}`)
    }
  }
  return { kafka, admin: kafka.client().admin, messages, options }
}

test('it is made as wide as the input, for its longest record, and nothing deletes from it', async () => {
  const { kafka, admin, options } = setUp()
  await prepareRepartitionTopic(admin, options)
  expect(kafka.topics.get(options.topic)?.length).toBe(4)
  expect(Object.fromEntries(kafka.settings.get(options.topic) ?? [])).toEqual({
    'cleanup.policy': 'delete',
    'retention.ms': '-1',
    'message.timestamp.type': 'CreateTime',
    'max.message.bytes': '5016384'
  })
})

test('it has as many partitions as is said', async () => {
  const { kafka, admin, options } = setUp()
  await prepareRepartitionTopic(admin, { ...options, partitions: 12 })
  expect(kafka.topics.get(options.topic)?.length).toBe(12)
})

test('one that may not be made is asked for, with all that it needs', async () => {
  const { admin, options } = setUp()
  await expect(prepareRepartitionTopic(admin, { ...options, mayCreate: false })).rejects.toMatchObject({
    code: 'REPARTITION_MISSING',
    retryable: false,
    message:
      'no repartition topic "app-route-repartition"; expected it (kafka-topics.sh --create --topic app-route-repartition --partitions 4 --config cleanup.policy=delete --config retention.ms=-1 --config message.timestamp.type=CreateTime --config max.message.bytes=5016384), or route.create: true'
  })
})

test('one that compacts is refused: it would lose records', async () => {
  const { kafka, admin, options } = setUp()
  kafka.createTopic(options.topic, 4)
  kafka.settings.set(options.topic, new Map([['cleanup.policy', 'compact']]))
  await expect(prepareRepartitionTopic(admin, options)).rejects.toMatchObject({
    code: 'REPARTITION_SETTINGS'
  })
})

test('one that forgets, or takes shorter records than there are, is warned about', async () => {
  const { kafka, admin, options, messages } = setUp()
  kafka.createTopic(options.topic, 4)
  const settings = { 'cleanup.policy': 'delete', 'retention.ms': '604800000', 'max.message.bytes': '1048588' }
  kafka.settings.set(options.topic, new Map(Object.entries(settings)))
  await prepareRepartitionTopic(admin, options)
  expect(messages).toEqual([
    'a setting of the repartition topic may lose records or their times {"topic":"app-route-repartition","setting":"retention.ms","value":"604800000","wanted":"-1"}',
    'the repartition topic does not take all that the inputs may hold: a record that is too long stops its task {"topic":"app-route-repartition","setting":"max.message.bytes","value":"1048588","wanted":"5016384"}'
  ])
})
