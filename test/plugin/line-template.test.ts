import fc from 'fast-check'
import { expect, test } from 'vitest'
import { syslogCodec } from '../../adapters/codecs/syslog.ts'
import { compileLineTemplate } from '../../plugin/line-template.ts'
import { type LogRecord, lineRecord } from '../../plugin/record.ts'
import { formatRfc3339 } from '../../plugin/time/format.ts'
import { createFixedTimeZone, UTC } from '../../plugin/time/time-zone.ts'
import { decodeOne } from '../adapters/codecs/decode.ts'

function recordWith(fields: Partial<LogRecord>): LogRecord {
  return { ...lineRecord('1', 'in', 'text', undefined), ...fields }
}

const record = recordWith({
  body: 'disk full',
  timestamp: 1_699_012_800_250,
  observedTimestamp: 1_699_012_801_000,
  severityNumber: 17,
  severityText: 'ERROR',
  traceId: 'aa',
  spanId: 'bb',
  eventName: 'disk.full',
  tag: 't',
  attributes: { 'http.status': 503, user: { name: 'joe' }, 'syslog.procid': '12' },
  resource: { 'host.name': 'web1', 'service.name': 'db' },
  scope: { name: 'lib', version: '1', attributes: {} }
})

function render(template: string, fields: Partial<LogRecord> = {}): string {
  return compileLineTemplate(template, UTC)({ ...record, ...fields })
}

test.each<[string, Partial<LogRecord>, string]>([
  ['a text as it is', { body: ' x\ty ' }, ' x\ty '],
  ['structure as JSON', { body: { a: [1, 'é"'] } }, '{"a":[1,"é\\""]}'],
  ['a number', { body: 5 }, '5'],
  [
    'without one, the attributes',
    { body: null },
    '{"http.status":503,"user":{"name":"joe"},"syslog.procid":"12"}'
  ],
  ['without one and without attributes, nothing', { body: null, attributes: {} }, ''],
  ['an empty one', { body: '' }, ''],
  ['newlines become spaces', { body: 'Error: x\r\n  at a\n  at b' }, 'Error: x   at a   at b'],
  ['newlines at the end are cut off', { body: 'x\r\n\n' }, 'x']
])('body: %s', (_name, fields, expected) => {
  expect(render('body', fields)).toBe(expected)
})

test.each<[string, Partial<LogRecord>, string]>([
  ['whole', {}, 'Nov  3 12:00:00 web1 db[12]: disk full'],
  ['without a process', { attributes: {} }, 'Nov  3 12:00:00 web1 db: disk full'],
  [
    'a process as OpenTelemetry has it',
    { attributes: { 'process.pid': 7 } },
    'Nov  3 12:00:00 web1 db[7]: disk full'
  ],
  ['without a name', { resource: { 'host.name': 'web1' } }, 'Nov  3 12:00:00 web1 disk full'],
  ['without a host', { resource: {}, attributes: {} }, 'Nov  3 12:00:00 - disk full'],
  ['without a time, when it was seen', { timestamp: undefined }, 'Nov  3 12:00:01 web1 db[12]: disk full']
])('syslog: %s', (_name, fields, expected) => {
  expect(render('syslog', fields)).toBe(expected)
})

test('syslog: the time is local', () => {
  const zone = createFixedTimeZone('X', 'X', -3600 * 15)
  expect(compileLineTemplate('syslog', zone)(record)).toBe('Nov  2 21:00:00 web1 db[12]: disk full')
})

test.each([
  ['{resource.host.name} {severity_text}: {body}', 'web1 ERROR: disk full'],
  [
    '{attributes.http.status}|{attributes.user.name}|{attributes.user}|{attributes.none}',
    '503|joe|{"name":"joe"}|'
  ],
  ['{timestamp} {observed_timestamp}', '2023-11-03T12:00:00.250Z 2023-11-03T12:00:01.000Z'],
  [
    '{syslog_timestamp} {severity_number} {trace_id} {span_id} {event_name} {source} {tag}',
    'Nov  3 12:00:00 17 aa bb disk.full in t'
  ],
  ['{scope.name} {scope.version} { body }', 'lib 1 disk full'],
  ['{{{body}}} }}{{', '{disk full} }{'],
  ['{resource}', '{"host.name":"web1","service.name":"db"}']
])('%s', (template, expected) => {
  expect(render(template)).toBe(expected)
})

test.each([
  ['{bdoy}', /^unknown field \{bdoy\} in line template; expected body, /],
  ['{attributes.}', /^unknown field \{attributes\.\}/],
  ['{constructor}', /^unknown field \{constructor\}/],
  ['{body', /^"\{" alone in line template "\{body"; expected \{field\}, \{\{ or \}\}$/],
  ['body}', /^"\}" alone/],
  [
    'text',
    /^line template "text" shows no field; expected body, syslog or a text with fields such as \{body\}$/
  ],
  ['', /shows no field/]
])('%s is refused', (template, message) => {
  expect(() => compileLineTemplate(template, UTC)).toThrow(message)
})

test('a syslog file is rendered to what it was', () => {
  const name = fc.stringMatching(/^[a-z][a-z0-9/-]{0,20}$/)
  const message = fc.string({ unit: 'binary-ascii' }).filter(text => !text.includes('\n'))
  const codec = syslogCodec(UTC)
  const template = compileLineTemplate('syslog', UTC)
  fc.assert(
    fc.property(name, name, fc.option(fc.nat().map(String)), message, (host, app, pid, body) => {
      const line = `Nov  3 12:00:00 ${host} ${app}${pid === null ? '' : `[${pid}]`}: ${body}`
      expect(template(decodeOne(codec, line))).toBe(line)
    })
  )
})

test('RFC 3339 as Date has it', () => {
  fc.assert(
    fc.property(
      fc.date({
        min: new Date(-62_167_219_200_000),
        max: new Date(253_402_300_799_999),
        noInvalidDate: true
      }),
      date => {
        expect(formatRfc3339(date.getTime())).toBe(date.toISOString())
      }
    )
  )
})
