// What `kafka.mjs` compares with: kafkajs alone, with the options that correlog gives it, reads all records of a topic and
// sends alerts as they were given, in as many sends. Prints `ready` and `done`, and ends when it is told to.
//   node kafka-peer.mjs OPTIONS (JSON: address, topic, alertTopic, group, records, alerts, sends, concurrency, samples)
import { readFileSync } from 'node:fs'
import kafkajs from 'kafkajs'

const options = JSON.parse(process.argv[2])
const samples = JSON.parse(readFileSync(options.samples, 'utf8')).map(({ key, value, headers }) => ({
  key: key === null ? null : Buffer.from(key, 'base64'),
  value: Buffer.from(value, 'base64'),
  headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)]))
}))
const kafka = new kafkajs.Kafka({
  brokers: [options.address],
  logLevel: kafkajs.logLevel.NOTHING,
  retry: { initialRetryTime: 5, maxRetryTime: 1000, retries: 1000 }
})
const producer = kafka.producer({ idempotent: true })
const consumer = kafka.consumer({
  groupId: options.group,
  sessionTimeout: 10_000,
  rebalanceTimeout: 15_000,
  heartbeatInterval: 1000,
  maxBytesPerPartition: 1_048_576,
  maxBytes: 64 * 1024 * 1024,
  maxWaitTimeInMs: 200
})
let read = 0
let sent = 0
let sends = 0

/** Alerts that are due for what was read, so many at once that in the end it is as many sends. */
async function send(isLast) {
  for (;;) {
    const due = Math.floor((read / options.records) * options.sends)
    if (sends >= due && !(isLast && sent < options.alerts)) return
    sends++
    const upTo = isLast && sends >= options.sends ? options.alerts : (options.alerts * sends) / options.sends
    const messages = []
    for (; sent < Math.floor(upTo); sent++) messages.push(samples[sent % samples.length])
    if (messages.length > 0) await producer.send({ topic: options.alertTopic, acks: -1, messages })
  }
}

process.on('SIGTERM', () => {
  void Promise.all([consumer.disconnect(), producer.disconnect()]).then(() => process.exit(0))
})
await producer.connect()
await consumer.connect()
await consumer.subscribe({ topic: options.topic, fromBeginning: true })
consumer.on(consumer.events.GROUP_JOIN, () => console.log('ready'))
await consumer.run({
  autoCommit: false,
  eachBatchAutoResolve: false,
  partitionsConsumedConcurrently: options.concurrency,
  eachBatch: async payload => {
    const { batch } = payload
    read += batch.messages.length
    await send(read >= options.records)
    payload.resolveOffset(batch.lastOffset())
    if (read >= options.records && sent >= options.alerts) console.log('done')
  }
})
