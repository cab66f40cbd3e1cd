import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { lineRecord } from '../../../plugin/record.ts'
import { eventTime, hex, pack, str32 } from './bytes.ts'
import { taken } from './taken.ts'

/** A record of the tag `app.log` as the codec of these tests makes it. */
function record(number: number, body: string, seconds: number, attributes = {}) {
  return {
    ...lineRecord(`id:${number}`, 'in', body, 1_800_000_000_000),
    timestamp: seconds * 1000,
    attributes: { 'fluent.tag': 'app.log', ...attributes },
    tag: 'app.log'
  }
}

// Forward Protocol Specification v1, "Event Modes": its examples with the values filled in.
describe('the four modes', () => {
  test('Message', async () => {
    const message = hex('93 a7 "app.log" ce 56 5d 4b 80 82 a7 "message" a3 "foo" a1 "n" 01')
    const { records, ack } = await taken(message)
    expect(records).toEqual([record(0, 'foo', 0x565d4b80, { n: 1 })])
    expect(ack).toBeUndefined()
  })

  test('Message with an option', async () => {
    const message = hex(
      '94 a7 "app.log" d7 00 56 5d 4b 80 1d cd 65 00 81 a7 "message" a3 "foo" 81 a5 "chunk" a2 "c1"'
    )
    const { records, ack } = await taken(message)
    expect(records).toEqual([record(0, 'foo', 0x565d4b80 + 0.5)])
    expect(ack).toEqual(hex('81 a3 "ack" a2 "c1"'))
  })

  test('Forward', async () => {
    const message = hex(`93 a7 "app.log"
      93 92 ce 56 5d 4b 80 81 a7 "message" a3 "foo"
         92 ce 56 5d 4b 81 81 a7 "message" a3 "bar"
         92 d7 00 56 5d 4b 82 00 00 00 00 81 a7 "message" a3 "baz"
      82 a4 "size" 03 a5 "chunk" d9 02 "c1"`)
    const { records, ack } = await taken(message)
    const first = 0x565d4b80
    expect(records).toEqual([
      record(0, 'foo', first),
      record(1, 'bar', first + 1),
      record(2, 'baz', first + 2)
    ])
    expect(ack).toEqual(hex('81 a3 "ack" d9 02 "c1"'))
  })

  const packed = Buffer.concat([
    pack([1_500_000_000, { message: 'foo' }]),
    pack([eventTime(1_500_000_001, 250_000_000), { message: 'bar' }])
  ])
  const expected = [record(0, 'foo', 1_500_000_000), record(1, 'bar', 1_500_000_001.25)]

  test('PackedForward', async () => {
    expect((await taken(pack(['app.log', packed]))).records).toEqual(expected)
    expect((await taken(pack(['app.log', packed, { compressed: 'text' }]))).records).toEqual(expected)
  })

  test('CompressedPackedForward', async () => {
    const compressed = pack(['app.log', gzipSync(packed), { compressed: 'gzip', chunk: 'x' }])
    expect((await taken(compressed)).records).toEqual(expected)
  })

  test('CompressedPackedForward of pieces that were compressed one by one', async () => {
    const pieces = Buffer.concat([gzipSync(packed.subarray(0, 7)), gzipSync(packed.subarray(7))])
    expect((await taken(pack(['app.log', pieces, { compressed: 'gzip' }]))).records).toEqual(expected)
  })

  test('JSON', async () => {
    const message = '["app.log",1500000000,{"message":"f\\u00f6\u00f6"},{"chunk":"abc="}]'
    const { records, ack } = await taken(message)
    expect(records).toEqual([record(0, 'f\xc3\xb6\xc3\xb6', 1_500_000_000)])
    expect(ack?.toString()).toBe('{"ack":"abc="}')
    const forward = '["app.log",[[1500000000,{"message":"foo"}],[1500000001.25,{"message":"bar"}]]]'
    expect((await taken(forward)).records).toEqual(expected)
  })
})

// As each of them encodes: see shared facts in docs/fluent.md, "What peers send".
describe('what peers send', () => {
  test('Fluentd 1.19: packed entries as str32, gzip, an id in Base64 with its newline', async () => {
    const entries = Buffer.concat([
      pack([eventTime(1_500_000_000), { message: 'foo\xff' }]),
      pack([eventTime(1_500_000_001), { message: 'bar' }])
    ])
    const id = 'YmFzZTY0IG9mIDE2IGJ5dGVz\n'
    const message = Buffer.concat([
      hex('93 a7 "app.log"'),
      str32(gzipSync(entries)),
      hex(`83 a4 "size" 02 aa "compressed" a4 "gzip" a5 "chunk" b9 "${id}"`)
    ])
    const { records, ack } = await taken(message)
    expect(records.map(({ body }) => body)).toEqual(['foo\xc3\xbf', 'bar'])
    expect(ack).toEqual(hex(`81 a3 "ack" b9 "${id}"`))
  })

  test('Fluent Bit 5: entries with metadata, options as map32, the newline that Docker leaves', async () => {
    const entry = hex(
      '92 92 d7 00 59 68 2f 00 07 5b cd 15 80 83 a3 "log" a4 "foo\n" a6 "stream" a6 "stdout" a4 "bin\xff" c0'
    )
    const message = Buffer.concat([
      hex('93 a7 "app.log" c6 00 00 00'),
      Buffer.from([2 * entry.length]),
      entry,
      entry,
      hex('df 00 00 00 03 a4 "size" 02 a5 "chunk" a4 "ab12" ad "fluent_signal" 00')
    ])
    const { records, ack } = await taken(message)
    expect(records).toEqual(
      [0, 1].map(number =>
        record(number, 'foo', 1_500_000_000.1234567, { stream: 'stdout', 'bin\xff': null })
      )
    )
    expect(ack).toEqual(hex('81 a3 "ack" a4 "ab12"'))
  })

  test('Fluent Bit 5: metrics and traces are acknowledged, counted and left out', async () => {
    for (const signal of [1, 2]) {
      const message = pack(['app.log', Buffer.from('not logs'), { chunk: 'x', fluent_signal: signal }])
      const { records, dead, dropped, ack } = await taken(message)
      expect({ records, dead, dropped }).toEqual({ records: [], dead: [], dropped: { 'fluent-signal': 1 } })
      expect(ack).toBeDefined()
    }
  })

  test('Fluent Bit 5: records of an OpenTelemetry resource', async () => {
    const traceId = Buffer.from('0af7651916cd43dd8448eb211c80319c', 'hex')
    const otlp = {
      severity_number: 17,
      severity_text: 'ERROR',
      attributes: { 'http.status': 503 },
      trace_id: traceId,
      span_id: Buffer.from('b7ad6b7169203331', 'hex')
    }
    const entries = [
      [
        [eventTime(0xffff_ffff), { schema: 'otlp', resource_id: 0 }],
        { resource: { attributes: { 'service.name': 'shop' } }, scope: { name: 's', version: '1' } }
      ],
      [[eventTime(1_500_000_000), { otlp }], { log: 'foo' }],
      [[eventTime(0xffff_fffe), {}], {}],
      [[eventTime(1_500_000_001), { other: 1 }], { log: 'bar' }]
    ]
    const { records, dead } = await taken(pack(['app.log', Buffer.concat(entries.map(pack))]))
    expect(dead).toEqual([])
    expect(records).toEqual([
      {
        ...record(1, 'foo', 1_500_000_000, { 'http.status': 503 }),
        resource: { 'service.name': 'shop' },
        scope: { name: 's', version: '1', attributes: {} },
        severityNumber: 17,
        severityText: 'ERROR',
        traceId: traceId.toString('hex'),
        spanId: 'b7ad6b7169203331'
      },
      record(3, 'bar', 1_500_000_001, { 'fluent.metadata': { other: 1 } })
    ])
  })

  // Fluentd's in_forward takes the time of arrival then.
  test('nil for a time is none', async () => {
    const fields = { message: 'foo' }
    for (const message of [
      pack(['app.log', null, fields]),
      pack(['app.log', [[null, fields]]]),
      Buffer.from('["app.log",null,{"message":"foo"}]')
    ]) {
      expect((await taken(message)).records).toMatchObject([{ body: 'foo', timestamp: undefined }])
    }
  })

  test('fluent-logger of Python and others: seconds with a fraction, and time 0, which is none', async () => {
    const { records } = await taken(
      pack([
        'app.log',
        [
          [1_500_000_000.5, { message: 'foo' }],
          [0, { log: 'x' }]
        ]
      ])
    )
    expect(records.map(({ timestamp }) => timestamp)).toEqual([1_500_000_000_500, undefined])
  })
})

test('fields of records: what has its place there, and attributes', async () => {
  const fields = {
    message: 'GET /',
    log: 'kept',
    level: 'warn',
    trace_id: '0af7651916cd43dd8448eb211c80319c',
    timestamp: 12,
    http: { status: 503, ok: false },
    list: [1, 'two', null],
    big: 2n ** 63n
  }
  const { records } = await taken(pack(['app.log', 1_500_000_000, fields]))
  expect(records).toEqual([
    {
      ...record(0, 'GET /', 1_500_000_000, {
        log: 'kept',
        timestamp: 12,
        http: { status: 503, ok: false },
        list: [1, 'two', null],
        big: '9223372036854775808'
      }),
      severityNumber: 13,
      severityText: 'warn',
      traceId: '0af7651916cd43dd8448eb211c80319c'
    }
  ])
})

describe('what is no entry is dead, and what stands around it is read', () => {
  const good = pack([1, { message: 'good' }])
  test.each([
    ['no array', pack('x')],
    ['a text for a time', pack(['x', { message: 'x' }])],
    ['no record', pack([1, 'x'])],
    ['three items', pack([1, {}, {}])],
    ['metadata that are none', pack([[1, 'x'], {}])],
    [
      'arrays that are nested too deep',
      Buffer.concat([hex('92 01 81 a1 "x"'), Buffer.alloc(200, 0x91), hex('05')])
    ]
  ])('%s', async (_name, bad) => {
    const { records, dead, ack } = await taken(
      pack(['app.log', Buffer.concat([good, bad, good]), { chunk: 'x' }])
    )
    expect(records.map(({ id }) => id)).toEqual(['id:0', 'id:2'])
    expect(dead).toMatchObject([{ id: 'id:1', source: 'in', value: bad.toString('latin1') }])
    expect(ack).toBeDefined()
  })

  test('entries that end in the middle of one', async () => {
    const { records, dead } = await taken(pack(['app.log', Buffer.concat([good, good.subarray(0, 5)])]))
    expect(records).toHaveLength(1)
    expect(dead).toMatchObject([{ id: 'id:1', code: 'fluent-syntax' }])
  })

  test('an entry that is too long', async () => {
    const long = pack([1, { message: 'x'.repeat(100) }])
    const { records, dead } = await taken(pack(['app.log', Buffer.concat([long, good])]), {
      maxRecordBytes: 50
    })
    expect(records).toHaveLength(1)
    expect(dead).toMatchObject([
      { code: 'too-long', reason: 'entry of 113 bytes; expected at most 50 (maxRecordBytes)' }
    ])
    expect(dead[0]?.value).toHaveLength(50)
  })

  test('entries that were compressed by something else, or are broken, or grow too long', async () => {
    const zeros = gzipSync(Buffer.alloc(2_000_000))
    for (const [entries, compressed, reason] of [
      [good, 'lz4', 'entries compressed by "lz4"; expected gzip or zstd'],
      [good, 'gzip', 'no gzip (incorrect header check)'],
      [zeros.subarray(0, 500), 'gzip', 'no gzip (unexpected end of file)'],
      [zeros, 'gzip', 'entries of more than 1000000 bytes; expected at most as many (maxDecompressedBytes)']
    ] as const) {
      const message = pack(['app.log', entries, { chunk: 'x', compressed }])
      const { dead, ack } = await taken(message, { maxDecompressedBytes: 1_000_000 })
      expect(dead).toMatchObject([{ id: 'id:0', reason, value: entries.toString('latin1') }])
      expect(ack).toBeDefined()
    }
  })
})

test('what is no message is an error', async () => {
  for (const message of [
    pack(5),
    pack(['app.log']),
    pack(['app.log', 1]),
    pack([5, 1, {}]),
    pack(['app.log', [], 'option']),
    pack(['x'.repeat(5000), 1, {}]),
    pack(['app.log', [], { chunk: 'x'.repeat(5000) }]),
    Buffer.from(JSON.stringify(['app.log', [], { chunk: 'x'.repeat(5000) }])),
    Buffer.from('{"tag":"app.log"}'),
    Buffer.from('["app.log",1]'),
    Buffer.from('[,]')
  ]) {
    await expect(taken(message)).rejects.toThrow(/expected|not JSON/)
  }
})

test('options that nobody knows are passed over, however deep, and odd ones are none', async () => {
  const deep = Buffer.concat([Buffer.alloc(200, 0x91), hex('05')])
  const option = Buffer.concat([hex('84 a1 "x"'), deep, deep, hex('c0 ad "fluent_signal" 90 a5 "chunk" c0')])
  const { records, ack } = await taken(Buffer.concat([hex('94 a7 "app.log" 01 80'), option]))
  expect(records).toHaveLength(1)
  expect(ack).toBeUndefined()
})

test('records of other tags are counted and left out', async () => {
  const message = pack([
    'app.log',
    [
      [1, {}],
      [2, {}]
    ],
    { chunk: 'x' }
  ])
  const { records, dropped, ack } = await taken(message, { match: tag => tag !== 'app.log' })
  expect(records).toEqual([])
  expect(dropped).toEqual({ 'fluent-tag': 2 })
  expect(ack).toBeDefined()
})

test('a request of many entries comes in batches of 1,000, the same each time', async () => {
  const entries = Array.from({ length: 2500 }, (_none, index) => [index, { message: `line ${index}` }])
  const message = pack(['app.log', Buffer.concat(entries.map(pack)), { chunk: 'x' }])
  const first = await taken(message)
  expect(first.batches.map(({ records }) => records.length)).toEqual([1000, 1000, 500])
  const exact = await taken(pack(['app.log', Buffer.concat(entries.slice(500).map(pack)), { chunk: 'x' }]))
  expect(exact.batches.map(({ records }) => records.length)).toEqual([1000, 1000])
  expect(await taken(message)).toMatchObject({ records: first.records, fingerprint: first.fingerprint })
})

test('a request is known again by its id, its tag and its entries', async () => {
  const of = async (tag: string, body: string, option: object): Promise<string> =>
    (await taken(pack([tag, [[1, { message: body }]], option]))).fingerprint
  const same = await of('a', 'x', { chunk: 'c' })
  expect(same).toMatch(/^fluent:[\w-]{22}$/)
  expect(await of('a', 'x', { chunk: 'c', size: 1, sent_at: 5 })).toBe(same)
  const others = [
    await of('b', 'x', { chunk: 'c' }),
    await of('a', 'y', { chunk: 'c' }),
    await of('a', 'x', { chunk: 'd' })
  ]
  expect(new Set([same, ...others]).size).toBe(4)
})
