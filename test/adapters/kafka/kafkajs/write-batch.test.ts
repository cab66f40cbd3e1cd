import { createRequire } from 'node:module'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { codecs } from '../../../../adapters/kafka/kafkajs/codecs.ts'
import { crc32c } from '../../../../adapters/kafka/kafkajs/crc32c.ts'
import { readRecordBatches } from '../../../../adapters/kafka/kafkajs/record-batches.ts'
import { type BatchToWrite, writeRecordBatch } from '../../../../adapters/kafka/kafkajs/write-batch.ts'

const require = createRequire(import.meta.url)
/** kafkajs' own writer: it encodes each record before. */
const { RecordBatch } = require('kafkajs/src/protocol/recordBatch/v0') as {
  RecordBatch: (batch: Record<string, unknown>) => Promise<{ readonly buffer: Buffer }>
}
const Record = require('kafkajs/src/protocol/recordBatch/record/v0') as (
  record: BatchToWrite['records'][number]
) => unknown

const bytes = fc.uint8Array({ maxLength: 200 }).map(array => Buffer.from(array))
const text = fc.oneof(bytes, fc.string({ unit: 'grapheme', maxLength: 20 }))
const batches: fc.Arbitrary<BatchToWrite> = fc.record({
  compression: fc.constant(0),
  transactional: fc.boolean(),
  firstTimestamp: fc.oneof(fc.maxSafeNat(), fc.maxSafeNat().map(String)),
  maxTimestamp: fc.maxSafeNat(),
  producerId: fc.oneof(fc.constant(-1), fc.maxSafeNat().map(String)),
  producerEpoch: fc.integer({ min: -1, max: 32_767 }),
  firstSequence: fc.nat(2 ** 31 - 1),
  lastOffsetDelta: fc.nat(100_000),
  records: fc.array(
    fc.record({
      offsetDelta: fc.nat(2 ** 31 - 1),
      timestampDelta: fc.integer({ min: -(2 ** 40), max: 2 ** 40 }),
      key: fc.option(text, { nil: null }),
      value: fc.option(text, { nil: null }),
      headers: fc.dictionary(
        fc.string({ unit: 'grapheme', minLength: 1 }),
        fc.oneof(text, fc.array(text, { maxLength: 3 }))
      )
    }),
    { maxLength: 20 }
  )
})

test('writes byte for byte what kafkajs writes', async () => {
  await fc.assert(
    fc.asyncProperty(batches, async batch => {
      const theirs = await RecordBatch({ ...batch, records: batch.records.map(Record) })
      expect((await writeRecordBatch(batch)).equals(theirs.buffer)).toBe(true)
    })
  )
})

test.each([...codecs.keys()])('compressed with codec %i it is read again', async compression => {
  await fc.assert(
    fc.asyncProperty(batches, async batch => {
      const plain = await readRecordBatches(await writeRecordBatch(batch))
      const read = await readRecordBatches(await writeRecordBatch({ ...batch, compression }))
      expect(read).toEqual(plain)
    }),
    { numRuns: 20 }
  )
})

test('a codec that is not known is refused', async () => {
  const batch = { transactional: false, firstTimestamp: 0, maxTimestamp: 0, producerId: 1, records: [] }
  const rest = { producerEpoch: 0, firstSequence: 0, lastOffsetDelta: 0, compression: 7 }
  await expect(writeRecordBatch({ ...batch, ...rest })).rejects.toThrow('compression codec 7')
})

// The check value of the CRC catalogue, and RFC 3720, appendix B.4.
test.each([
  ['123456789', 0xe3069283],
  ['', 0],
  ['\0'.repeat(32), 0x8a9136aa],
  ['\xff'.repeat(32), 0x62a8ab43]
])('the CRC-32C of %j', (of, expected) => {
  expect(crc32c(Buffer.from(of, 'latin1'))).toBe(expected)
})
