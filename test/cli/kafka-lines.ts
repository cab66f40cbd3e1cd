import type { Kafka } from 'kafkajs'

/** Rules of five types over lines of `kafkaLines`. */
export const KAFKA_RULES = `
type=SingleWithThreshold
ptype=RegExp
pattern=sshd\\[\\d+\\]: Failed password for (\\S+) from ([\\d.]+)
desc=failed logins from $2
action=alert error failed logins from $2, last as $1
window=60
thresh=4

type=PairWithWindow
ptype=RegExp
pattern=link (\\S+) down
desc=link $1 is down
action=alert warn link $1 stays down
ptype2=RegExp
pattern2=link $1 up
desc2=link %1 is up
action2=alert notice link %1 was down for a moment
window=20

type=Pair
ptype=RegExp
pattern=backup of (\\S+) begins
desc=backup of $1
action=none
ptype2=RegExp
pattern2=backup of $1 ends
desc2=backup of %1 is done
action2=alert info backup of %1 is done
window=300

type=SingleWithSuppress
ptype=RegExp
pattern=disk (\\S+) full
desc=disk $1 full
action=alert critical disk $1 is full
window=120

type=Single
ptype=SubStr
pattern=panic
desc=panic
action=alert emergency $0
`

export interface KafkaLine {
  readonly partition: number
  /** Seconds since Epoch. */
  readonly seconds: number
  readonly text: string
}

/** Lines that each rule of `KAFKA_RULES` acts on, the same each time; in each partition time goes on. */
export function kafkaLines(count: number, partitions: number, start: number): readonly KafkaLine[] {
  const lines = endlessKafkaLines(partitions, start)
  return Array.from({ length: count }, () => lines.next().value)
}

/** They never end. */
export function* endlessKafkaLines(partitions: number, start: number): Generator<KafkaLine, never> {
  let seed = 42
  const random = (below: number): number => {
    // Numerical Recipes' linear congruential generator.
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
    return Math.floor((seed / 2 ** 32) * below)
  }
  for (let index = 0; ; index++) {
    yield {
      partition: random(partitions),
      seconds: start + Math.floor(index / 3),
      text: lineOf(random)
    }
  }
}

function lineOf(random: (below: number) => number): string {
  const host = `192.0.2.${random(6)}`
  switch (random(12)) {
    case 0:
      return `link eth${random(4)} down`
    case 1:
      return `link eth${random(4)} up`
    case 2:
      return `backup of db${random(3)} begins`
    case 3:
      return `backup of db${random(3)} ends`
    case 4:
      return `disk sd${random(3)} full`
    case 5:
      return random(10) === 0 ? `kernel panic on node ${random(100)}` : 'nothing to see'
    default:
      return `sshd[${random(9999)}]: Failed password for user${random(5)} from ${host}`
  }
}

/** Puts lines into a topic, each with its time. */
export async function produce(kafka: Kafka, topic: string, lines: readonly KafkaLine[]): Promise<void> {
  const producer = kafka.producer()
  await producer.connect()
  for (let from = 0; from < lines.length; from += 2000) {
    const messages = lines.slice(from, from + 2000).map(({ partition, seconds, text }) => {
      return { partition, value: Buffer.from(text, 'latin1'), timestamp: String(seconds * 1000) }
    })
    await producer.send({ topic, messages })
  }
  await producer.disconnect()
}

export interface ReadRecord {
  readonly partition: number
  readonly offset: string
  readonly key: string | undefined
  readonly value: string
  readonly headers: Readonly<Record<string, string>>
}

/** All committed records of a topic that is not written any more. */
export async function consume(kafka: Kafka, topic: string, count: number): Promise<readonly ReadRecord[]> {
  const consumer = kafka.consumer({
    groupId: `reads-${topic}-${process.hrtime.bigint()}`,
    // Its end waits for a fetch that is under way.
    maxWaitTimeInMs: 100
  })
  const records: ReadRecord[] = []
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  try {
    await new Promise<void>((resolve, reject) => {
      const deadline = setTimeout(() => reject(new Error(`${records.length} of ${count} records`)), 20_000)
      const look = (): void => {
        if (records.length < count) return
        clearTimeout(deadline)
        resolve()
      }
      void consumer.run({
        eachMessage: async ({ partition, message }) => {
          const { offset, key, value, headers = {} } = message
          records.push({
            partition,
            offset,
            key: key?.toString('latin1'),
            value: value?.toString('latin1') ?? '',
            headers: Object.fromEntries(
              Object.entries(headers).map(([name, each]) => [name, each?.toString() ?? ''])
            )
          })
          look()
          await Promise.resolve()
        }
      })
      look()
    })
  } finally {
    await consumer.disconnect()
  }
  return records
}
