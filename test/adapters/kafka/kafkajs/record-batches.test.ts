import { createRequire } from 'node:module'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { KafkaRecord } from '../../../../adapters/kafka/client.ts'
import { FetchedBatch } from '../../../../adapters/kafka/kafkajs/fetched-batch.ts'
import { readRecordBatches } from '../../../../adapters/kafka/kafkajs/record-batches.ts'
import { plainRecord } from '../plain-record.ts'

/** kafkajs' writer of batches: an encoder that is not ours. */
interface Encoder {
  readonly buffer: Buffer
}
const require = createRequire(import.meta.url)
const { RecordBatch } = require('kafkajs/src/protocol/recordBatch/v0') as {
  RecordBatch: (batch: Record<string, unknown>) => Promise<Encoder>
}
const Record = require('kafkajs/src/protocol/recordBatch/record/v0') as (record: Written) => unknown

interface Written {
  readonly offsetDelta: number
  readonly timestampDelta: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: { readonly [name: string]: Buffer | Buffer[] }
}

async function encode(firstOffset: number, records: readonly Written[], compression = 0): Promise<Buffer> {
  const batch = await RecordBatch({
    firstOffset,
    firstTimestamp: 1_700_000_000_000,
    maxTimestamp: 1_800_000_000_000,
    lastOffsetDelta: records.at(-1)?.offsetDelta ?? 0,
    compression,
    records: records.map(record => Record(record))
  })
  return batch.buffer
}

async function fetched(bytes: Buffer, offset = 0): Promise<FetchedBatch> {
  return new FetchedBatch('t', String(offset), {
    partition: 3,
    highWatermark: '9000',
    lastStableOffset: '8000',
    abortedTransactions: [],
    messages: await readRecordBatches(bytes)
  })
}

function all({ records }: FetchedBatch): readonly KafkaRecord[] {
  return records.slice(0, records.length).map(plainRecord)
}

const some = fc.uint8Array({ maxLength: 200 }).map(bytes => Buffer.from(bytes))
const written = fc.array(
  fc.record({
    gap: fc.nat(300),
    timestampDelta: fc.integer({ min: -(2 ** 40), max: 2 ** 40 }),
    key: fc.option(some),
    value: fc.option(some),
    headers: fc.dictionary(
      fc.string({ minLength: 1, maxLength: 9 }),
      fc.oneof(some, fc.array(some, { minLength: 2, maxLength: 3 })),
      { noNullPrototype: true }
    )
  }),
  { minLength: 1, maxLength: 20 }
)

test('reads what kafkajs writes, from any offset, plain and compressed', async () => {
  await fc.assert(
    fc.asyncProperty(
      written,
      fc.nat(2000),
      fc.constantFrom(0, 1),
      fc.nat(),
      fc.nat(),
      async (parts, from, compression, first, second) => {
        let offsetDelta = -1
        const records = parts.map(({ gap, ...record }) => {
          offsetDelta += gap + 1
          return { ...record, offsetDelta }
        })
        // Two batches, so that a part of the records may lie in both.
        const next = 1000 + offsetDelta + 1
        const bytes = [await encode(1000, records, compression), await encode(next, records, compression)]
        const batch = await fetched(Buffer.concat(bytes), 1000 + from)
        const expected = [
          ...records,
          ...records.map(record => ({ ...record, offsetDelta: offsetDelta + 1 + record.offsetDelta }))
        ]
          .filter(record => record.offsetDelta >= from)
          .map(({ offsetDelta: delta, timestampDelta, ...record }) => ({
            ...record,
            offset: 1000 + delta,
            timestamp: 1_700_000_000_000 + timestampDelta
          }))
        expect(all(batch)).toEqual(expected)
        const [start, end] = [
          first % (expected.length + 1),
          (first % (expected.length + 1)) + (second % (expected.length + 2))
        ]
        const some = batch.records.slice(start, end)
        expect(some.map(plainRecord)).toEqual(expected.slice(start, end))
        expect(some.map(locatedValue)).toEqual(some.map(({ value }) => value))
        expect(batch.bytes).toBe(
          expected.reduce((sum, { key, value }) => sum + (key?.length ?? 0) + (value?.length ?? 0), 0)
        )
        expect(batch.nextOffset).toBe(1000 + Math.max(2 * (offsetDelta + 1), from))
      }
    )
  )
})

function locatedValue(record: KafkaRecord): Buffer | null {
  const place = { bytes: Buffer.alloc(0), start: 0, end: 0 }
  return record.locateValue?.(place) === true ? place.bytes.subarray(place.start, place.end) : null
}

const three: readonly Written[] = [0, 1, 2].map(offsetDelta => ({
  offsetDelta,
  timestampDelta: 0,
  key: null,
  value: Buffer.from(`value ${offsetDelta}`),
  headers: {}
}))

test('goes on behind records that compaction took away at the end of a batch', async () => {
  const bytes = await encode(10, three)
  // lastOffsetDelta stays what it was when the batch was written.
  bytes.writeInt32BE(9, 23)
  const batch = await fetched(bytes, 10)
  expect(batch.nextOffset).toBe(20)
  expect(batch.lastOffset()).toBe('19')
  const behind = await fetched(bytes, 15)
  expect(behind.records).toHaveLength(0)
  expect(behind.isEmptyDueToFiltering()).toBe(true)
  expect(behind.nextOffset).toBe(20)
})

test('has the time of appending where the topic keeps that', async () => {
  const bytes = await encode(0, three)
  bytes.writeInt16BE(0x08, 21)
  expect(all(await fetched(bytes))[0]?.timestamp).toBe(1_800_000_000_000)
})

test('a batch that is cut off is fetched again', async () => {
  const bytes = Buffer.concat([await encode(0, three), await encode(3, three)])
  for (const cut of [1, 30, 80]) {
    const batch = await fetched(bytes.subarray(0, bytes.length - cut))
    expect(batch.records).toHaveLength(3)
    expect(batch.nextOffset).toBe(3)
  }
})

test('whatever is in a batch, it is read or said to be undecodable', async () => {
  const whole = Buffer.concat([await encode(0, three), await encode(3, three, 1)])
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
      async changes => {
        const bytes = Buffer.from(whole)
        for (const [at, value] of changes) bytes[at] = value
        const outcome = await fetched(bytes).then(
          () => 'read',
          (error: unknown) => (error as { readonly code?: string }).code
        )
        expect(['read', 'CODEC']).toContain(outcome)
      }
    ),
    { numRuns: 500 }
  )
})
