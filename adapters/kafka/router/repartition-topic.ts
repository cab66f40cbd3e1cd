import type { StageLog } from '../../../plugin/stage/options.ts'
import { type KafkaAdmin, KafkaClientError } from '../client.ts'

/** Records stay until they are deleted by size or time of the user's; nothing is compacted, times are the records' own. */
const REPARTITION_SETTINGS: Readonly<Record<string, string>> = {
  'cleanup.policy': 'delete',
  'retention.ms': '-1',
  'message.timestamp.type': 'CreateTime'
}

/** What headers and keys add to a record, at most as a rule. */
const ADDED_BYTES = 16_384

export interface RepartitionOptions {
  readonly topic: string
  /** It may be created. */
  readonly mayCreate: boolean
  /** By default as many as the input topic has that has most. */
  readonly partitions: number | undefined
  /** Topics that are routed. */
  readonly inputs: ReadonlyMap<string, number>
  readonly log: StageLog
}

/**
 * Sees to it that there is a topic to route to, and that it takes whatever the inputs hold.
 *
 * @throws KafkaClientError of one that is not there or would lose records
 */
export async function prepareRepartitionTopic(admin: KafkaAdmin, options: RepartitionOptions): Promise<void> {
  const { topic, mayCreate, log } = options
  if ((await admin.topics([topic])).has(topic)) {
    await check(admin, options)
    return
  }
  const partitions = options.partitions ?? Math.max(...options.inputs.values())
  const settings = {
    ...REPARTITION_SETTINGS,
    'max.message.bytes': String((await longestInput(admin, options)) + ADDED_BYTES)
  }
  if (!mayCreate) throw missing(topic, partitions, settings)
  try {
    await admin.createTopic(topic, partitions, settings)
  } catch (error) {
    // Another member was first.
    if (!(error instanceof KafkaClientError && error.code === 'TOPIC_ALREADY_EXISTS')) throw error
    return
  }
  log.log(4, 'the repartition topic was created', { topic, partitions, ...settings })
}

async function check(admin: KafkaAdmin, options: RepartitionOptions): Promise<void> {
  const { topic, log } = options
  const settings = await admin.topicSettings(topic, [
    ...Object.keys(REPARTITION_SETTINGS),
    'max.message.bytes'
  ])
  const alter = `kafka-configs.sh --alter --entity-type topics --entity-name ${topic} --add-config`
  const policy = settings.get('cleanup.policy')
  if (policy !== undefined && policy !== 'delete') {
    throw new KafkaClientError(
      `wrong value "${policy}" for cleanup.policy of the repartition topic "${topic}": of each key only the last record would stay; expected delete (${alter} cleanup.policy=delete)`,
      { code: 'REPARTITION_SETTINGS', retryable: false }
    )
  }
  for (const name of ['retention.ms', 'message.timestamp.type']) {
    const value = settings.get(name)
    const wanted = REPARTITION_SETTINGS[name]
    if (value === undefined || value === wanted) continue
    log.log(3, 'a setting of the repartition topic may lose records or their times', {
      topic,
      setting: name,
      value,
      wanted
    })
  }
  const most = Number(settings.get('max.message.bytes') ?? Infinity)
  const longest = await longestInput(admin, options)
  if (most <= longest) {
    log.log(
      3,
      'the repartition topic does not take all that the inputs may hold: a record that is too long stops its task',
      {
        topic,
        setting: 'max.message.bytes',
        value: String(most),
        wanted: String(longest + ADDED_BYTES)
      }
    )
  }
}

async function longestInput(admin: KafkaAdmin, { inputs }: RepartitionOptions): Promise<number> {
  const settings = await Promise.all(
    [...inputs.keys()].map(topic => admin.topicSettings(topic, ['max.message.bytes']))
  )
  return Math.max(...settings.map(each => Number(each.get('max.message.bytes') ?? 0)))
}

function missing(
  topic: string,
  partitions: number,
  settings: Readonly<Record<string, string>>
): KafkaClientError {
  const given = Object.entries(settings).map(([name, value]) => ` --config ${name}=${value}`)
  return new KafkaClientError(
    `no repartition topic "${topic}"; expected it (kafka-topics.sh --create --topic ${topic} --partitions ${partitions}${given.join('')}), or route.create: true`,
    { code: 'REPARTITION_MISSING', retryable: false }
  )
}
