import type { StageLog } from '../../plugin/stage/options.ts'
import { type KafkaAdmin, KafkaClientError } from './client.ts'

/**
 * What a changelog is made with: only the last value of a key is of use, and what was passed by is to be cleaned away
 * soon, since the active segment never is and a restore reads all of it.
 */
const CHANGELOG_SETTINGS: Readonly<Record<string, string>> = {
  'cleanup.policy': 'compact',
  'segment.bytes': String(64 * 1024 * 1024),
  'segment.ms': String(3_600_000),
  'min.cleanable.dirty.ratio': '0.1',
  'delete.retention.ms': String(24 * 3_600_000)
}

export interface ChangelogOptions {
  readonly topic: string
  /** It may be created and extended. */
  readonly mayCreate: boolean
  /** How many tasks there are. */
  readonly tasks: number
  readonly log: StageLog
}

/**
 * Sees to it that there is a changelog with a partition for each task. Gives how many there were before.
 *
 * @throws KafkaClientError
 */
export async function prepareChangelog(admin: KafkaAdmin, options: ChangelogOptions): Promise<number> {
  const { topic, mayCreate, tasks, log } = options
  const found = (await admin.topics([topic])).get(topic)
  if (found === undefined) {
    if (!mayCreate) throw missing(options)
    await create(admin, topic, tasks)
    log.log(4, 'the changelog was created', { topic, partitions: tasks, ...CHANGELOG_SETTINGS })
    return 0
  }
  await check(admin, topic, log)
  if (found < tasks) {
    if (!mayCreate) throw tooSmall(options, found)
    await admin.extendTopic(topic, tasks)
    log.log(
      3,
      'the topics have new partitions: they become tasks without state, and keys may be in other partitions than before',
      { topic, before: found, partitions: tasks }
    )
  }
  return found
}

async function create(admin: KafkaAdmin, topic: string, tasks: number): Promise<void> {
  try {
    await admin.createTopic(topic, tasks, CHANGELOG_SETTINGS)
  } catch (error) {
    // Another member was first.
    if (error instanceof KafkaClientError && error.code === 'TOPIC_ALREADY_EXISTS') return
    throw error
  }
}

async function check(admin: KafkaAdmin, topic: string, log: StageLog): Promise<void> {
  const settings = await admin.topicSettings(topic, Object.keys(CHANGELOG_SETTINGS))
  const policy = settings.get('cleanup.policy')
  if (policy !== undefined && policy !== 'compact') {
    throw new KafkaClientError(
      `wrong value "${policy}" for cleanup.policy of the changelog "${topic}": state would be lost; expected compact (kafka-configs.sh --alter --entity-type topics --entity-name ${topic} --add-config cleanup.policy=compact)`,
      { code: 'CHANGELOG_SETTINGS', retryable: false }
    )
  }
  for (const [name, wanted] of Object.entries(CHANGELOG_SETTINGS)) {
    const value = settings.get(name)
    if (value === undefined || !isWorse(name, Number(value), Number(wanted))) continue
    log.log(3, 'a setting of the changelog makes restores slow', { topic, setting: name, value, wanted })
  }
}

/** Larger segments and a lazier cleaner leave more to be read. */
function isWorse(name: string, value: number, wanted: number): boolean {
  return name !== 'delete.retention.ms' && value > wanted
}

function missing({ topic, tasks }: ChangelogOptions): KafkaClientError {
  const settings = Object.entries(CHANGELOG_SETTINGS).map(([name, value]) => ` --config ${name}=${value}`)
  return new KafkaClientError(
    `no changelog "${topic}"; expected it with ${tasks} partitions (kafka-topics.sh --create --topic ${topic} --partitions ${tasks}${settings.join('')}), or state.create: true`,
    { code: 'CHANGELOG_MISSING', retryable: false }
  )
}

function tooSmall({ topic, tasks }: ChangelogOptions, found: number): KafkaClientError {
  return new KafkaClientError(
    `the changelog "${topic}" has ${found} partitions for ${tasks} tasks; expected ${tasks} (kafka-topics.sh --alter --topic ${topic} --partitions ${tasks}), or state.create: true`,
    { code: 'CHANGELOG_PARTITIONS', retryable: false }
  )
}
