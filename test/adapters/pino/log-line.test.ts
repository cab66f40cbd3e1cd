import { describe, expect, test } from 'vitest'
import { pinoRecord } from '../../../adapters/pino/log-line.ts'

const LABELS = { 10: 'trace', 20: 'debug', 30: 'info', 35: 'note', 40: 'warn', 50: 'error', 60: 'fatal' }
const FORMAT = { levels: LABELS, messageKey: 'msg' }

describe('a line of pino as a record', () => {
  test('has level, message, time and the rest as attributes', () => {
    const line = {
      level: 30,
      time: 1_700_000_000_123,
      pid: 7,
      hostname: 'web1',
      req: { id: 1 },
      msg: 'hello'
    }
    expect(pinoRecord(line, FORMAT)).toEqual({
      body: 'hello',
      severityText: 'info',
      severityNumber: 9,
      timestamp: 1_700_000_000_123,
      attributes: { pid: 7, hostname: 'web1', req: { id: 1 } }
    })
  })

  test.each(
    [
      [10, 'trace', 1],
      [20, 'debug', 5],
      [30, 'info', 9],
      [40, 'warn', 13],
      [50, 'error', 17],
      [60, 'fatal', 21],
      ['a level of its own: the next lower one', 35, 'note', 9],
      [5, '', 1],
      [1000, '', 21],
      ['WARN', 'WARN', 13],
      [undefined, '', 0]
    ].map(row => (row.length === 4 ? row.slice(1) : row))
  )('level %s is %s, %s', (level, severityText, severityNumber) => {
    expect(pinoRecord({ level }, FORMAT)).toMatchObject({ severityText, severityNumber })
  })

  test.each([
    ['2023-11-14T22:13:20.123Z', 1_700_000_000_123],
    [1_700_000_000_123, 1_700_000_000_123]
  ])('time %s is read', (time, timestamp) => {
    expect(pinoRecord({ level: 30, time }, FORMAT)).toMatchObject({ timestamp, attributes: {} })
  })

  test.each(['yesterday', null, 1e300])('time %s is none, and stays as an attribute', time => {
    const record = pinoRecord({ level: 30, time }, FORMAT)
    expect(record).not.toHaveProperty('timestamp')
    expect(record.attributes).toEqual({ time })
  })

  test('has the trace that the instrumentation of OpenTelemetry adds', () => {
    const line = {
      level: 30,
      trace_id: 'ab'.repeat(16),
      span_id: 'cd'.repeat(8),
      trace_flags: '01',
      msg: 'a'
    }
    expect(pinoRecord(line, FORMAT)).toMatchObject({
      traceId: 'ab'.repeat(16),
      spanId: 'cd'.repeat(8),
      traceFlags: 1,
      attributes: {}
    })
  })

  test('keeps what only looks like a trace as attributes', () => {
    const record = pinoRecord({ level: 30, trace_id: 'order 7', span_id: 'cd'.repeat(8) }, FORMAT)
    expect(record).not.toHaveProperty('traceId')
    expect(record).not.toHaveProperty('spanId')
    expect(record.attributes).toMatchObject({ trace_id: 'order 7', span_id: 'cd'.repeat(8) })
  })

  test('finds the message where pino is configured to put it', () => {
    const record = pinoRecord(
      { level: 30, message: 'hello', msg: 'other' },
      { ...FORMAT, messageKey: 'message' }
    )
    expect(record).toMatchObject({ body: 'hello', attributes: { msg: 'other' } })
  })

  test('without a message it has no body', () => {
    expect(pinoRecord({ level: 30, a: 1 }, FORMAT)).toMatchObject({ body: null, attributes: { a: 1 } })
  })
})
