import { describe, expect, test } from 'vitest'
import { codecNumbers, type Compression, zstdOfWebAssembly } from '../../../adapters/kafka/kafkajs/codecs.ts'
import { kcatConsume, kcatProduce } from '../../helpers/kcat.ts'
import { requireKcat } from '../../helpers/requirements.ts'
import { useKafka } from '../../helpers/shared-kafka.ts'
import { openClient } from './opening.ts'
import { Reading } from './reading.ts'

const brokerFor = useKafka()
const lines = Array.from({ length: 500 }, (_, number) => `line ${number} of some that are much alike`)
const codecs = Object.keys(codecNumbers) as Compression[]

describe.each(codecs)('%s', codec => {
  test('what kcat writes is read', async context => {
    requireKcat().need(context)
    const broker = brokerFor(context)
    const topic = await broker.topic(`kcat-${codec}`)
    await kcatProduce(broker.address, topic, lines, '-z', codec)
    const reading = await Reading.start(context, openClient(context, broker.address), { topics: [topic] })
    await reading.untilRecords(lines.length)
    expect(reading.values).toEqual(lines)
  })

  test('what is written is read by kcat', async context => {
    requireKcat().need(context)
    const broker = brokerFor(context)
    // They are 20 kB, and one batch.
    const topic = await broker.topic(`own-${codec}`, 1, { 'max.message.bytes': '10000' })
    const producer = await openClient(context, broker.address, { compression: codec }).producer()
    await producer.send(lines.map(line => ({ topic, key: null, value: Buffer.from(line) })))
    const read = await kcatConsume(broker.address, topic)
    expect(read.map(({ payload }) => payload)).toEqual(lines)
  })
})

test('Zstandard as WebAssembly uncompresses what says no size and is large', async () => {
  const codec = zstdOfWebAssembly()
  const large = Buffer.from(lines.join('\n').repeat(500))
  expect(large.length).toBeGreaterThan(8 * 1024 * 1024)
  expect((await codec.decompress(await codec.compress(large))).equals(large)).toBe(true)
})
