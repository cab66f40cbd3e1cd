import { createRequire } from 'node:module'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { murmur2 } from '../../../../adapters/kafka/kafkajs/murmur2.ts'

const theirs = createRequire(import.meta.url)('kafkajs/src/producer/partitioners/default/murmur2') as (
  key: Buffer
) => number

// Of Kafka's own test of its Java client.
test.each([
  ['21', -973_932_308],
  ['foobar', -790_332_482],
  ['a-little-bit-long-string', -985_981_536],
  ['a-little-bit-longer-string', -1_486_304_829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58_897_971],
  ['abc', 479_470_107]
])('the hash of %j is what Java clients make of it', (key, hash) => {
  expect(murmur2(Buffer.from(key))).toBe(hash)
})

test('the same as that of kafkajs', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), bytes => {
      const key = Buffer.from(bytes)
      expect(murmur2(key)).toBe(theirs(key))
    })
  )
})
