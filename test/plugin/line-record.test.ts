import { expect, test } from 'vitest'
import { LineRecord, type LogRecord, lineRecord } from '../../plugin/record.ts'

const FIELDS: readonly Exclude<keyof LogRecord, 'late'>[] = [
  'id',
  'body',
  'attributes',
  'resource',
  'scope',
  'severityNumber',
  'severityText',
  'timestamp',
  'observedTimestamp',
  'traceId',
  'spanId',
  'traceFlags',
  'eventName',
  'source',
  'tag'
]

test('a line record whose id is put together late has what an ordinary one has, as JSON too', () => {
  const ordinary = lineRecord('file:abc:120', 'auth.log', 'a line', 1_700_000_000_000.5)
  expect(Object.keys(ordinary).sort()).toEqual([...FIELDS].sort())
  const record = new LineRecord('file:abc:', 120, 'auth.log', 'a line', 1_700_000_000_000.5, '')
  for (const field of FIELDS) expect([field, record[field]]).toEqual([field, ordinary[field]])
  expect(JSON.stringify(record)).toBe(JSON.stringify(ordinary))
})
