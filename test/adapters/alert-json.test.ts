import fc from 'fast-check'
import { expect, test } from 'vitest'
import { alertToJson } from '../../adapters/alert-json.ts'
import type { Alert } from '../../plugin/alert.ts'

const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 40 }).map(array => Buffer.from(array).toString('latin1')),
  fc.string({ unit: 'grapheme', maxLength: 20 }).map(text => Buffer.from(text).toString('latin1'))
)

/** What bytes are as characters, by Node.js' own decoder. */
const text = (of: string): string => Buffer.from(of, 'latin1').toString('utf8')

test('texts come out as their characters, what is no UTF-8 as U+FFFD, each text by itself', () => {
  fc.assert(
    fc.property(bytes, bytes, fc.array(bytes, { maxLength: 3 }), (body, value, values) => {
      const alert: Alert = {
        uid: '01',
        eventName: 'correlog.alert',
        body,
        severityNumber: 9,
        severityText: 'INFO',
        time: 1_790_000_000,
        attributes: { one: value, several: values, count: 3, ['__proto__']: value },
        traceId: '',
        spanId: '',
        traceFlags: 0
      }
      const json = alertToJson(alert)
      expect(json).not.toMatch(/[\n\u0100-\uffff]/)
      expect(JSON.parse(text(json))).toEqual({
        timestamp: '2026-09-21T14:13:20.000Z',
        event_name: 'correlog.alert',
        severity_number: 9,
        severity_text: 'INFO',
        body: text(body),
        attributes: { one: text(value), several: values.map(text), count: 3, ['__proto__']: text(value) }
      })
    })
  )
})
