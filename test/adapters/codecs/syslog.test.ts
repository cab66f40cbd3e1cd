import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { loadTimeZone, timeZoneFiles } from '../../../adapters/time-zone.ts'
import { syslogCodec } from '../../../adapters/codecs/syslog.ts'
import { UTC } from '../../../plugin/time/time-zone.ts'
import { bytesOf, decode, decodeDead, decodeOne } from './decode.ts'

const syslog = syslogCodec(UTC)

/** The part of the record that a line fills. */
function fieldsOf(line: string, observed = '2023-11-14T22:13:20Z') {
  const record = decodeOne(syslog, line, { observedTimestamp: Date.parse(observed) })
  const { body, attributes, resource, severityNumber, severityText, timestamp } = record
  return {
    body,
    attributes,
    resource,
    severity: [severityNumber, severityText],
    time: timestamp === undefined ? undefined : new Date(timestamp).toISOString()
  }
}

describe('RFC 5424, section 6.5', () => {
  test('example 1: with UTC and the BOM', () => {
    const line = bytesOf(
      "<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - \ufeff'su root' failed for lonvick on /dev/pts/8"
    )
    expect(fieldsOf(line)).toEqual({
      body: "'su root' failed for lonvick on /dev/pts/8",
      attributes: { 'syslog.facility': 4, 'syslog.version': 1, 'syslog.msgid': 'ID47' },
      resource: { 'host.name': 'mymachine.example.com', 'service.name': 'su' },
      severity: [18, 'crit'],
      time: '2003-10-11T22:14:15.003Z'
    })
  })

  test('example 2: with an offset and microseconds', () => {
    const line =
      "<165>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 myproc 8710 - - %% It's time to make the do-nuts."
    expect(fieldsOf(line)).toEqual({
      body: "%% It's time to make the do-nuts.",
      attributes: { 'syslog.facility': 20, 'syslog.version': 1, 'syslog.procid': '8710' },
      resource: { 'host.name': '192.0.2.1', 'service.name': 'myproc' },
      severity: [10, 'notice'],
      time: '2003-08-24T12:14:15.000Z'
    })
    expect(decodeOne(syslog, line).timestamp).toBe(Date.parse('2003-08-24T12:14:15Z') + 0.003)
  })

  test('example 3: with structured data', () => {
    const line = bytesOf(
      '<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog - ID47 [exampleSDID@32473 iut="3" eventSource="Application" eventID="1011"] \ufeffAn application event log entry...'
    )
    expect(fieldsOf(line)).toMatchObject({
      body: 'An application event log entry...',
      attributes: {
        'syslog.exampleSDID@32473.iut': '3',
        'syslog.exampleSDID@32473.eventSource': 'Application',
        'syslog.exampleSDID@32473.eventID': '1011'
      }
    })
  })

  test('example 4: structured data only', () => {
    const line =
      '<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog - ID47 [exampleSDID@32473 iut="3" eventSource="Application" eventID="1011"][examplePriority@32473 class="high"]'
    expect(fieldsOf(line)).toMatchObject({
      body: '',
      attributes: { 'syslog.exampleSDID@32473.iut': '3', 'syslog.examplePriority@32473.class': 'high' }
    })
  })

  test('section 6.3.5, escapes; parameters that come several times (section 6.3.3)', () => {
    const line = String.raw`<13>1 - - - - - [x a="1\"2\\3\]4\n" ip="192.0.2.1" ip="192.0.2.129" ip=""][y] text`
    expect(fieldsOf(line)).toEqual({
      body: 'text',
      attributes: {
        'syslog.facility': 1,
        'syslog.version': 1,
        'syslog.x.a': String.raw`1"2\3]4\n`,
        'syslog.x.ip': ['192.0.2.1', '192.0.2.129', '']
      },
      resource: {},
      severity: [10, 'notice'],
      time: undefined
    })
  })

  test('names in UTF-8 are names, whatever their bytes are', () => {
    const line = Buffer.from('<13>1 - hôtel-à voilà - - - text', 'utf8').toString('latin1')
    expect(fieldsOf(line)).toMatchObject({
      body: 'text',
      resource: {
        'host.name': Buffer.from('hôtel-à', 'utf8').toString('latin1'),
        'service.name': Buffer.from('voilà', 'utf8').toString('latin1')
      }
    })
  })

  test('a value may be as long as a line may be', () => {
    const line = `<13>1 - - - - - [x a="${'\\"'.repeat(8_000_000)}"] text`
    expect(fieldsOf(line)).toMatchObject({
      body: 'text',
      attributes: { 'syslog.x.a': '"'.repeat(8_000_000) }
    })
  })

  test.each([
    ['<34>1 2003-10-11T22:14:15.003Z host', /header is not whole/],
    ['<34>2 - - - - - - x', /version 2; expected 1/],
    ['<34>1 yesterday - - - - - x', /timestamp "yesterday"/],
    ['<34>1 2003-02-30T22:14:15Z - - - - - x', /timestamp "2003-02-30T22:14:15Z"/],
    ['<34>1 - - - - - x', /structured data at "x"; expected "-" or "\["/],
    ['<34>1 - - - - - [] x', /expected an SD-ID/],
    ['<34>1 - - - - - [a b=c] x', /structured data at " b=c\] x"; expected NAME="VALUE" or "\]"/],
    ['<34>1 - - - - - [a b="c] x', /structured data at " b="c\] x"/],
    ['<34>1 - - - - - [a]x', /followed by "x"; expected a space/]
  ])('%s is dead', (line, reason) => {
    const dead = decodeDead(syslog, line)
    expect(dead).toMatchObject({ code: 'syslog-5424', value: line })
    expect(dead.reason).toMatch(reason)
  })
})

describe('RFC 3164, section 5.4', () => {
  test('example 1', () => {
    const line = "<34>Oct 11 22:14:15 mymachine su: 'su root' failed for lonvick on /dev/pts/8"
    expect(fieldsOf(line)).toEqual({
      body: "'su root' failed for lonvick on /dev/pts/8",
      attributes: { 'syslog.facility': 4 },
      resource: { 'host.name': 'mymachine', 'service.name': 'su' },
      severity: [18, 'crit'],
      time: '2023-10-11T22:14:15.000Z'
    })
  })

  test('example 2: no syslog but for its priority, which a relay would have to mend', () => {
    expect(fieldsOf('Use the BFG!')).toMatchObject({
      body: 'Use the BFG!',
      time: undefined,
      severity: [0, '']
    })
  })

  test('example 3: with a year and a zone behind it, which is none', () => {
    const line =
      "<165>Aug 24 05:34:00 CST 1987 mymachine myproc[10]: %% It's time to make the do-nuts.  %%  Ingredients: Mix=OK, Jelly=OK # Devices: Mixer=OK, Jelly_Injector=OK, Frier=OK # Transport: Conveyer1=OK, Conveyer2=OK # %%"
    // As a receiver that knows the grammar only must take it.
    expect(fieldsOf(line)).toMatchObject({
      resource: { 'host.name': 'CST' },
      time: '2023-08-24T05:34:00.000Z'
    })
  })

  test('example 4: a time that is none makes all of it the content', () => {
    const line = "<0>1990 Oct 22 10:52:01 TZ-6 scapegoat.dmz.example.org 10.1.2.3 sched[0]: That's All Folks!"
    expect(fieldsOf(line)).toMatchObject({ body: line.slice(3), severity: [21, 'emerg'], time: undefined })
  })
})

test.each([
  ['Nov  3 12:00:00 host app[12]: x y', 'x y', 'host', 'app', '12', '2023-11-03T12:00:00.000Z'],
  ['Nov  3 12:00:00 host app: ', '', 'host', 'app', undefined, '2023-11-03T12:00:00.000Z'],
  ['Nov  3 12:00:00 host -- MARK --', '-- MARK --', 'host', undefined, undefined, '2023-11-03T12:00:00.000Z'],
  ['Nov  3 12:00:00 app[12]: x', 'x', undefined, 'app', '12', '2023-11-03T12:00:00.000Z'],
  [
    'Nov  3 2001 12:00:00.25 fw %ASA-6-302013: x',
    'x',
    'fw',
    '%ASA-6-302013',
    undefined,
    '2001-11-03T12:00:00.250Z'
  ],
  [
    '2023-11-03T12:00:00.123456+01:00 host kernel: x',
    'x',
    'host',
    'kernel',
    undefined,
    '2023-11-03T11:00:00.123Z'
  ]
])('as files hold it: %s', (line, body, host, app, process, time) => {
  const fields = fieldsOf(line)
  expect(fields).toMatchObject({ body, time, severity: [0, ''] })
  expect(fields.resource['host.name']).toBe(host)
  expect(fields.resource['service.name']).toBe(app)
  expect(fields.attributes['syslog.procid']).toBe(process)
})

test.each([
  ['Feb 30 12:00:00 host app: x'],
  ['Foo  3 12:00:00 host app: x'],
  ['Nov  3 25:00:00 host app: x'],
  [''],
  ['   at java.lang.Thread.run']
])('%s is all body', line => {
  expect(fieldsOf(line)).toEqual({
    body: line,
    attributes: {},
    resource: {},
    severity: [0, ''],
    time: undefined
  })
})

test.each(['<192>x', '<01>x', '<>x', '<9999>x'])('%s has no priority', line => {
  expect(fieldsOf(line)).toMatchObject({ body: line, severity: [0, ''] })
})

test.each([
  ['Dec 31 23:59:59', '2024-01-01T00:00:05Z', '2023-12-31T23:59:59.000Z'],
  ['Jan  1 00:00:10', '2023-12-31T23:59:59Z', '2024-01-01T00:00:10.000Z'],
  ['Feb 29 12:00:00', '2024-03-01T00:00:00Z', '2024-02-29T12:00:00.000Z'],
  ['Feb 29 12:00:00', '2025-01-02T00:00:00Z', '2024-02-29T12:00:00.000Z'],
  ['Nov 14 00:00:00', '2023-11-14T22:13:20Z', '2023-11-14T00:00:00.000Z']
])('%s seen at %s', (time, observed, expected) => {
  expect(fieldsOf(`${time} h a: x`, observed).time).toBe(expected)
})

test('the same time again is of the year in which it is seen then', () => {
  const codec = syslogCodec(UTC)
  const years = ['2023-10-12', '2023-10-13', '2026-10-12', '2023-10-12'].map(day => {
    const { timestamp } = decodeOne(codec, 'Oct 11 22:14:15 h a: x', { observedTimestamp: Date.parse(day) })
    return new Date(timestamp ?? 0).getUTCFullYear()
  })
  expect(years).toEqual([2023, 2023, 2026, 2023])
})

test('without a time of observation there is no year, and no time', () => {
  const record = decodeOne(syslog, 'Nov  3 12:00:00 host app: x', { observedTimestamp: undefined })
  expect(record).toMatchObject({ timestamp: undefined, body: 'x', resource: { 'host.name': 'host' } })
})

describe('in Europe/Berlin', () => {
  const berlin = syslogCodec(loadTimeZone('Europe/Berlin', timeZoneFiles(undefined)))
  test.each([
    ['summer', 'Jul  1 12:00:00', '2023-07-01T10:00:03Z', '2023-07-01T10:00:00.000Z'],
    ['winter', 'Dec  1 12:00:00', '2023-12-01T11:00:03Z', '2023-12-01T11:00:00.000Z'],
    [
      'the first 02:30 when clocks are put back',
      'Oct 29 02:30:00',
      '2023-10-29T00:30:03Z',
      '2023-10-29T00:30:00.000Z'
    ],
    ['the second 02:30', 'Oct 29 02:30:00', '2023-10-29T01:30:03Z', '2023-10-29T01:30:00.000Z'],
    ['a time in the gap', 'Mar 26 02:30:00', '2023-03-26T01:30:03Z', '2023-03-26T01:30:00.000Z']
  ])('%s', (_name, time, observed, expected) => {
    const { timestamp } = decodeOne(berlin, `${time} h a: x`, { observedTimestamp: Date.parse(observed) })
    expect(new Date(timestamp ?? 0).toISOString()).toBe(expected)
  })
})

test('whatever structured data and message hold, they come back', () => {
  const byte = fc.integer({ min: 0, max: 255 }).map(code => String.fromCharCode(code))
  const value = fc.string({ unit: byte })
  const name = fc.stringMatching(/^[a-z@0-9.]{1,32}$/).filter(text => text !== '')
  fc.assert(
    fc.property(fc.dictionary(name, value, { minKeys: 1 }), value, (parameters, message) => {
      const escaped = Object.entries(parameters).map(
        ([key, text]) => ` ${key}="${text.replace(/["\\\]]/g, '\\$&')}"`
      )
      const record = decodeOne(syslog, `<13>1 - - - - - [id${escaped.join('')}] x${message}`)
      expect(record.body).toBe(`x${message}`)
      for (const [key, text] of Object.entries(parameters))
        expect(record.attributes[`syslog.id.${key}`]).toBe(text)
    })
  )
})

test('nothing makes it throw, and no byte of a line goes missing', () => {
  const parts = fc.array(
    fc.constantFrom(
      '<13>',
      '1 ',
      '- ',
      '[a',
      ' b="',
      '"',
      ']',
      '\\',
      'Nov  3 12:00:00 ',
      'host ',
      'app[1]: ',
      ':',
      '\n',
      '\xff',
      '2023-11-03T12:00:00Z '
    )
  )
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        parts.map(list => list.join(''))
      ),
      line => {
        const { records, dead } = decode(syslog, line)
        expect(records.length + dead.length).toBe(1)
      }
    )
  )
})
