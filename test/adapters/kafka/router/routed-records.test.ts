import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { KafkaRecord } from '../../../../adapters/kafka/client.ts'
import { parsePosition } from '../../../../adapters/kafka/position.ts'
import { originOf, routedHeaders } from '../../../../adapters/kafka/router/route-headers.ts'
import { RoutedRecords } from '../../../../adapters/kafka/router/routed-records.ts'

const record = (headers: KafkaRecord['headers'], offset = 0): KafkaRecord => ({
  offset,
  timestamp: 0,
  key: null,
  value: null,
  headers
})

test('headers name the origin, in place of an earlier one', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), fc.nat(), fc.maxSafeNat(), (topic, partition, offset) => {
      const earlier = routedHeaders(
        { headers: { own: Buffer.from('x') }, offset: 7 },
        { topic: 'a', partition: 1 }
      )
      const headers = routedHeaders({ headers: earlier, offset }, { topic, partition })
      expect(originOf(headers)).toEqual({ topic, partition, offset })
      expect(headers['own']).toEqual(Buffer.from('x'))
    })
  )
})

test.each([
  [{}],
  [{ 'correlog.route.topic': Buffer.from('t') }],
  [
    {
      ...routedHeaders({ headers: {}, offset: 1 }, { topic: 't', partition: 0 }),
      'correlog.route.offset': Buffer.from('-1')
    }
  ],
  [
    {
      ...routedHeaders({ headers: {}, offset: 1 }, { topic: 't', partition: 0 }),
      'correlog.route.partition': Buffer.from('x')
    }
  ]
])('headers that name none: %j', headers => {
  expect(originOf(headers)).toBeUndefined()
  expect(new RoutedRecords().unseen([record(headers), record(headers)]).length).toBe(2)
})

test('what was seen is dropped, by origin, also by who goes on from the position', () => {
  const from = (partition: number, offset: number): KafkaRecord =>
    record(routedHeaders({ headers: {}, offset }, { topic: 'logs', partition }))
  const first = new RoutedRecords()
  const records = [from(0, 5), from(1, 5), from(0, 7), from(0, 5), from(0, 7), from(0, 8)]
  expect(first.unseen(records)).toEqual([0, 1, 2, 5].map(index => records[index]))
  expect(first.dropped).toBe(2)
  const position = parsePosition(JSON.parse(JSON.stringify({ offset: 6, routed: first.offsets })))
  const second = new RoutedRecords(position?.routed)
  const later = [from(0, 8), from(1, 5), from(1, 6)]
  expect(second.unseen(later)).toEqual(later.slice(2))
  expect(second.offsets).toEqual({ 'logs/0': 8, 'logs/1': 6 })
})

test('offsets are kept of so many origins that a position stays short, whatever headers say', () => {
  const routed = new RoutedRecords()
  const from = (partition: number): KafkaRecord =>
    record(routedHeaders({ headers: {}, offset: 1 }, { topic: 't'.repeat(249), partition }))
  const records = Array.from({ length: 10_000 }, (_none, partition) => from(partition))
  expect(routed.unseen(records)).toHaveLength(10_000)
  expect(JSON.stringify(routed.offsets).length).toBeLessThan(1_000_000)
  // The last ones are still known.
  expect(routed.unseen(records.slice(9000))).toHaveLength(0)
})

test('of a topic that was made anew nothing was seen, and the count goes on', () => {
  const old = new RoutedRecords()
  const records = [record(routedHeaders({ headers: {}, offset: 1 }, { topic: 'logs', partition: 0 }))]
  old.unseen(records)
  expect(old.unseen(records)).toEqual([])
  const routed = new RoutedRecords({}, old.dropped)
  expect(routed.unseen(records)).toEqual(records)
  expect(routed.dropped).toBe(1)
})
