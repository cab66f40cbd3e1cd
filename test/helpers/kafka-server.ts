import { Kafka, logLevel } from 'kafkajs'

const TOPIC_WITHIN_MS = 60_000

/** A broker that runs, whoever has started it. */
export class KafkaServer {
  /** `host:port` of the plain listener; of several nodes with commas between. */
  readonly address: string

  constructor(address: string) {
    this.address = address
  }

  /** Makes a topic. */
  async topic(
    name: string,
    partitions = 1,
    settings: Readonly<Record<string, string>> = {}
  ): Promise<string> {
    const admin = this.kafkajs().admin()
    await admin.connect()
    const configEntries = Object.entries(settings).map(([key, value]) => ({ name: key, value }))
    await admin.createTopics({
      topics: [{ topic: name, numPartitions: partitions, replicationFactor: -1, configEntries }],
      waitForLeaders: false
    })
    const deadline = performance.now() + TOPIC_WITHIN_MS
    for (;;) {
      try {
        await admin.fetchTopicMetadata({ topics: [name] })
        break
      } catch (error) {
        if (performance.now() > deadline) throw error
        await new Promise(resolve => setTimeout(resolve, 50))
      }
    }
    await admin.disconnect()
    return name
  }

  /** kafkajs as it comes, by the plain listener: for what a test does beside what it tests. */
  kafkajs(): Kafka {
    return new Kafka({
      brokers: this.address.split(','),
      logLevel: logLevel.NOTHING,
      retry: { initialRetryTime: 50, maxRetryTime: 500, retries: 20 }
    })
  }
}
