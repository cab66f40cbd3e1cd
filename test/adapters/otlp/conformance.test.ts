import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, type TestContext, test, vi } from 'vitest'
import { ManualClock } from '../../helpers/manual-clock.ts'
import { grpcExport } from './grpc-client.ts'
import { decodeResponse, decodeStatus, encodeRequest } from './protobuf.ts'
import { conformanceRows } from './conformance-rows.ts'
import { closing, otlpSource, post, receiving, requestOf } from './sources.ts'

const JSON_TYPE = { 'content-type': 'application/json' }
const DAMAGED_RECORD = Buffer.from([0x0a, 0x0a, 0x12, 0x08, 0x12, 0x02, 0x2a, 0x00, 0x12, 0x02, 0x2a, 0x64])
const LOGS_SERVICE = '/opentelemetry.proto.collector.logs.v1.LogsService/Export'

function jsonOf(...logRecords: readonly unknown[]): string {
  return JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] })
}

/** Each row of docs/otlp-conformance.md by its name. */
const rows: Readonly<Record<string, (context: TestContext) => Promise<void>>> = {
  'HTTP takes protobuf and answers in protobuf': async context => {
    const { address, bodies } = receiving(context)
    const { status, headers, body } = await post(await address, requestOf(['one', 'two']))
    expect([status, headers['content-type'], body.length]).toEqual([200, 'application/x-protobuf', 0])
    expect(bodies()).toEqual(['one', 'two'])
  },
  'HTTP takes JSON and answers in JSON': async context => {
    const { address, bodies } = receiving(context)
    const answer = await post(await address, jsonOf({ body: { stringValue: 'é' } }), { headers: JSON_TYPE })
    expect([answer.status, answer.headers['content-type']]).toEqual([200, 'application/json'])
    expect(JSON.parse(answer.body.toString())).toEqual({})
    expect(bodies()).toEqual(['\xc3\xa9'])
  },
  'the content type may have parameters': async context => {
    const { address } = receiving(context)
    const headers = { 'content-type': 'Application/JSON; charset=utf-8' }
    expect((await post(await address, jsonOf({}), { headers })).status).toBe(200)
  },
  'another content type is answered with 415': async context => {
    const { address, batches } = receiving(context)
    const answer = await post(await address, 'x', { headers: { 'content-type': 'text/plain' } })
    expect(answer.status).toBe(415)
    expect(JSON.parse(answer.body.toString())).toEqual({
      code: 3,
      message: 'content type "text/plain"; expected application/x-protobuf or application/json'
    })
    expect(batches).toEqual([])
  },
  'HTTP takes gzip': async context => {
    const { address, bodies } = receiving(context)
    const headers = { 'content-encoding': 'GZIP' }
    expect((await post(await address, requestOf(['zipped']), { gzip: true })).status).toBe(200)
    expect((await post(await address, requestOf(['again']), { gzip: true, headers })).status).toBe(200)
    expect(bodies()).toEqual(['zipped', 'again'])
  },
  'another content encoding is answered with 415': async context => {
    const { address } = receiving(context)
    const answer = await post(await address, 'x', { headers: { 'content-encoding': 'br' } })
    expect([answer.status, decodeStatus(answer.body)]).toMatchObject([
      415,
      { message: 'content encoding "br"; expected gzip or identity' }
    ])
  },
  'a body that is no gzip is answered with 400': async context => {
    const { address } = receiving(context)
    const answer = await post(await address, 'plain', { headers: { 'content-encoding': 'gzip' } })
    expect([answer.status, decodeStatus(answer.body)]).toMatchObject([400, { code: 3 }])
  },
  'gRPC takes requests': async context => {
    const { address, bodies } = receiving(context, { protocol: 'grpc' })
    expect(await grpcExport(await address, requestOf(['one', 'two']))).toMatchObject({ code: 0 })
    expect(bodies()).toEqual(['one', 'two'])
  },
  'gRPC takes gzip': async context => {
    const { address, bodies } = receiving(context, { protocol: 'grpc' })
    expect(await grpcExport(await address, requestOf(['zipped']), { gzip: true })).toMatchObject({ code: 0 })
    expect(bodies()).toEqual(['zipped'])
  },
  'gRPC takes requests above the 4 MB of its library': async context => {
    const { address, bodies } = receiving(context, { protocol: 'grpc' })
    const large = 'x'.repeat(10_000_000)
    expect(await grpcExport(await address, requestOf([large]))).toMatchObject({ code: 0 })
    expect(bodies()).toEqual([large])
  },
  'ids in JSON are hexadecimal': async context => {
    const { address, batches } = receiving(context)
    const hex = { traceId: '5B8EFFF798038103D269B633813FC60C', spanId: 'EEE19B7EC3C1B174' }
    const base64 = { traceId: 'W47/95gDgQPSabYzgT/GDA==', spanId: '7uGbfsPBsXQ=' }
    await post(await address, jsonOf(hex, base64), { headers: JSON_TYPE })
    expect(batches[0]?.records).toMatchObject([
      { traceId: '5b8efff798038103d269b633813fc60c', spanId: 'eee19b7ec3c1b174' },
      { traceId: '', spanId: '' }
    ])
  },
  'enums in JSON are integers': async context => {
    const { address, batches } = receiving(context)
    const records = [{ severityNumber: 17 }, { severityNumber: 'SEVERITY_NUMBER_ERROR' }]
    await post(await address, jsonOf(...records), { headers: JSON_TYPE })
    expect(batches[0]?.records).toMatchObject([{ severityNumber: 17 }, { severityNumber: 0 }])
  },
  '64-bit integers in JSON are strings or numbers': async context => {
    const { address, batches } = receiving(context)
    const records = [
      { timeUnixNano: '1544712660300000000', body: { intValue: '7' }, flags: '257' },
      { timeUnixNano: 1544712660300000000, body: { intValue: 7 }, flags: 257 }
    ]
    await post(await address, jsonOf(...records), { headers: JSON_TYPE })
    const record = { timestamp: 1_544_712_660_300, body: 7, traceFlags: 1 }
    expect(batches[0]?.records).toMatchObject([record, record])
  },
  'unknown fields in JSON are ignored': async context => {
    const { address, bodies } = receiving(context)
    const record = {
      body: { stringValue: 'x' },
      some_future_field: { a: 1 },
      severity_text: 'not lowerCamelCase'
    }
    expect((await post(await address, jsonOf(record), { headers: JSON_TYPE })).status).toBe(200)
    expect(bodies()).toEqual(['x'])
  },
  'unknown fields in protobuf are ignored': async context => {
    const { address, bodies } = receiving(context)
    const unknown = Buffer.from([0x7a, 0x02, 0x68, 0x69])
    const request = Buffer.concat([unknown, requestOf(['x']), unknown])
    expect((await post(await address, request)).status).toBe(200)
    expect(bodies()).toEqual(['x'])
  },
  'an empty request succeeds': async context => {
    const http = receiving(context)
    const grpc = receiving(context, { protocol: 'grpc' })
    expect((await post(await http.address, Buffer.alloc(0))).status).toBe(200)
    expect((await post(await http.address, '{}', { headers: JSON_TYPE })).status).toBe(200)
    expect(await grpcExport(await grpc.address, Buffer.alloc(0))).toMatchObject({ code: 0 })
    expect([...http.batches, ...grpc.batches]).toEqual([])
  },
  'a success says nothing of a partial one': async context => {
    const http = receiving(context)
    const grpc = receiving(context, { protocol: 'grpc' })
    const { body } = await post(await http.address, requestOf(['x']))
    const answer = await grpcExport(await grpc.address, requestOf(['x']))
    expect([body.length, answer.body?.length]).toEqual([0, 0])
  },
  'records that are damaged are told as rejected, in protobuf': async context => {
    const { address, batches } = receiving(context)
    const { status, body } = await post(await address, DAMAGED_RECORD)
    expect(status).toBe(200)
    expect(decodeResponse(body)).toEqual({
      partialSuccess: {
        rejectedLogRecords: '1',
        errorMessage: 'not a LogRecord: 100 bytes announced, 0 there'
      }
    })
    expect(batches.map(({ records, dead }) => [records.length, dead.length])).toEqual([[1, 1]])
  },
  'records that are damaged are told as rejected, in JSON': async context => {
    const { address, batches } = receiving(context)
    const { status, body } = await post(await address, jsonOf({}, 5, 'x'), { headers: JSON_TYPE })
    expect(status).toBe(200)
    expect(JSON.parse(body.toString())).toEqual({
      partialSuccess: {
        rejectedLogRecords: '2',
        errorMessage: 'resourceLogs[0].scopeLogs[0].logRecords[1] is 5; expected an object'
      }
    })
    expect(batches[0]?.dead).toMatchObject([
      { code: 'otlp-record', value: '5' },
      { code: 'otlp-record', value: '"x"' }
    ])
  },
  'records that are damaged are told as rejected, over gRPC': async context => {
    const { address } = receiving(context, { protocol: 'grpc' })
    const { code, body } = await grpcExport(await address, DAMAGED_RECORD)
    expect(code).toBe(0)
    expect(decodeResponse(body as Buffer)).toMatchObject({ partialSuccess: { rejectedLogRecords: '1' } })
  },
  'a request that can not be decoded is answered with 400 and a Status in protobuf': async context => {
    const { address, batches, warnings } = receiving(context)
    const { status, headers, body } = await post(await address, 'plain text')
    expect([status, headers['content-type']]).toEqual([400, 'application/x-protobuf'])
    expect(decodeStatus(body)).toMatchObject({
      code: 3,
      message: expect.stringMatching(/^not an ExportLogsServiceRequest at byte \d+: /) as string,
      details: []
    })
    expect(batches).toEqual([])
    expect(warnings.map(({ message }) => message)).toEqual(['a request was refused: it can not be decoded'])
  },
  'a request that can not be decoded is answered with 400 and a Status in JSON': async context => {
    const { address } = receiving(context)
    const { status, headers, body } = await post(await address, '{', { headers: JSON_TYPE })
    expect([status, headers['content-type']]).toEqual([400, 'application/json'])
    expect(JSON.parse(body.toString())).toEqual({
      code: 3,
      message: expect.stringMatching(/^not JSON: /) as string
    })
  },
  'a request that can not be decoded is answered with INVALID_ARGUMENT': async context => {
    const { address } = receiving(context, { protocol: 'grpc' })
    const { code, details } = await grpcExport(await address, Buffer.from('plain text'))
    expect([code, decodeStatus(details as Buffer)]).toMatchObject([3, { code: 3, details: [] }])
  },
  'a body above the limit is answered with 413': async context => {
    const { address, batches } = receiving(context, { maxRequestBytes: 10_000 })
    const { status, headers, body } = await post(await address, requestOf(['x'.repeat(10_000)]))
    expect([status, headers['retry-after']]).toEqual([413, undefined])
    expect(decodeStatus(body)).toMatchObject({ code: 8, details: [] })
    expect(batches).toEqual([])
  },
  'the limit holds for what is decompressed, over HTTP': async context => {
    const { address, batches } = receiving(context, { maxRequestBytes: 10_000 })
    const { status } = await post(await address, requestOf(['x'.repeat(5_000_000)]), { gzip: true })
    expect(status).toBe(413)
    expect(batches).toEqual([])
    expect((await post(await address, requestOf(['small']), { gzip: true })).status).toBe(200)
  },
  'the limit holds for what is decompressed, over gRPC': async context => {
    const { address, batches } = receiving(context, { protocol: 'grpc', maxRequestBytes: 10_000 })
    const large = requestOf(['x'.repeat(5_000_000)])
    for (const gzip of [false, true]) {
      expect(await grpcExport(await address, large, { gzip })).toMatchObject({ code: 8 })
    }
    expect(batches).toEqual([])
    expect(await grpcExport(await address, requestOf(['small']), { gzip: true })).toMatchObject({ code: 0 })
  },
  'back-pressure is 503 with Retry-After, before anything is processed': async context => {
    const { address, waiting } = await full(context, 'http', post)
    const { status, headers, body } = await post(address, requestOf(['late']))
    expect([status, headers['retry-after']]).toEqual([503, '1'])
    expect(decodeStatus(body)).toMatchObject({ code: 14, details: [{ retryDelay: { seconds: '1' } }] })
    expect(waiting()).toBe(LIMIT)
    // The body need not come for it.
    expect(await headOfAnswer(address, 'content-type: application/json\r\ncontent-length: 500\r\n')).toMatch(
      /^HTTP\/1\.1 503 /
    )
  },
  'back-pressure is UNAVAILABLE with RetryInfo, before anything is processed': async context => {
    const { address, waiting } = await full(context, 'grpc', grpcExport)
    const { code, details } = await grpcExport(address, requestOf(['late']))
    expect([code, decodeStatus(details as Buffer)]).toMatchObject([
      14,
      {
        code: 14,
        details: [{ type: 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: { seconds: '1' } }]
      }
    ])
    expect(waiting()).toBe(LIMIT)
  },
  'a request is answered when it is settled': async context => {
    const { address, batches, untilBatches } = receiving(context, {}, { settles: false })
    let answered = false
    const answer = post(await address, requestOf(['x'])).then(({ status }) => {
      answered = true
      return status
    })
    await untilBatches(1)
    await new Promise(resolve => setTimeout(resolve, 50))
    expect(answered).toBe(false)
    await batches[0]?.ack()
    expect(await answer).toBe(200)
  },
  'what is not settled in three seconds is answered with 503, and goes on': async context => {
    const clock = new ManualClock()
    const { address, batches, untilBatches } = receiving(context, { clock }, { settles: false })
    const first = post(await address, requestOf(['x']))
    await untilBatches(1)
    await clock.advance(2999)
    await clock.advance(1)
    const { status, headers } = await first
    expect([status, headers['retry-after']]).toEqual([503, '1'])
    const again = post(await address, requestOf(['x']))
    await untilWaits(clock)
    await batches[0]?.ack()
    expect((await again).status).toBe(200)
    expect(batches).toHaveLength(1)
  },
  'what is not settled in three seconds is answered with UNAVAILABLE, and goes on': async context => {
    const clock = new ManualClock()
    const source = receiving(context, { clock, protocol: 'grpc' }, { settles: false })
    const first = grpcExport(await source.address, requestOf(['x']))
    await source.untilBatches(1)
    await clock.advance(3000)
    const { code, details } = await first
    expect([code, decodeStatus(details as Buffer)]).toMatchObject([14, { details: [{}] }])
    const again = grpcExport(await source.address, requestOf(['x']))
    await untilWaits(clock)
    await source.batches[0]?.ack()
    expect(await again).toMatchObject({ code: 0 })
    expect(source.batches).toHaveLength(1)
  },
  'a request that is sent again while it is processed waits with the first': async context => {
    const clock = new ManualClock()
    const { address, batches, untilBatches } = receiving(context, { clock }, { settles: false })
    const where = await address
    const answers = [post(where, requestOf(['x'])), post(where, requestOf(['x']), { gzip: true })]
    await untilBatches(1)
    await untilWaits(clock, 2)
    expect(batches).toHaveLength(1)
    await batches[0]?.ack()
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200])
  },
  'traces and metrics are answered with 404 and one log line each': async context => {
    const { address, warnings } = receiving(context)
    for (const path of ['/v1/traces', '/v1/metrics']) {
      expect((await post(await address, requestOf(['x']), { path })).status).toBe(404)
    }
    expect(warnings.map(({ message }) => message)).toEqual([
      'traces were refused: only logs are taken',
      'metrics were refused: only logs are taken'
    ])
  },
  'traces and metrics are answered with UNIMPLEMENTED and one log line each': async context => {
    const { address, batches, warnings } = receiving(context, { protocol: 'grpc' })
    for (const signal of ['trace', 'metrics']) {
      const path = LOGS_SERVICE.replace('logs', signal).replace(
        'Logs',
        signal === 'trace' ? 'Trace' : 'Metrics'
      )
      expect(await grpcExport(await address, requestOf(['x']), { path })).toMatchObject({ code: 12 })
    }
    expect(warnings.map(({ message }) => message)).toEqual([
      'traces were refused: only logs are taken',
      'metrics were refused: only logs are taken'
    ])
    expect(batches).toEqual([])
  },
  'other methods are answered with 405': async context => {
    const { address } = receiving(context)
    const { status, headers } = await post(await address, '', { method: 'PUT' })
    expect([status, headers['allow']]).toEqual([405, 'POST'])
  },
  'without the bearer token it is 401': async context => {
    const { address, batches, warnings } = receiving(context, { token: 'right' })
    for (const headers of [{}, { authorization: 'Bearer wrong' }, { authorization: 'Basic right' }]) {
      const answer = await post(await address, requestOf(['x']), { headers })
      expect([answer.status, answer.headers['www-authenticate']]).toEqual([401, 'Bearer'])
    }
    expect([batches.length, warnings.length]).toEqual([0, 3])
    const headers = { authorization: 'Bearer right' }
    expect((await post(await address, requestOf(['x']), { headers })).status).toBe(200)
  },
  'without the bearer token it is UNAUTHENTICATED': async context => {
    const { address, batches, warnings } = receiving(context, { token: 'right', protocol: 'grpc' })
    for (const headers of [{}, { authorization: 'Bearer wrong' }]) {
      expect(await grpcExport(await address, requestOf(['x']), { headers })).toMatchObject({ code: 16 })
    }
    expect([batches.length, warnings.length]).toEqual([0, 2])
    const headers = { authorization: 'Bearer right' }
    expect(await grpcExport(await address, requestOf(['x']), { headers })).toMatchObject({ code: 0 })
  },
  'a record without times was observed when it came': async context => {
    const clock = new ManualClock(1_800_000_000_000)
    const { address, batches } = receiving(context, { clock })
    await post(await address, encodeRequest({ resourceLogs: [{ scopeLogs: [{ logRecords: [{}] }] }] }))
    expect(batches[0]?.records).toMatchObject([
      { timestamp: undefined, observedTimestamp: 1_800_000_000_000 }
    ])
  },
  'at the end what was taken in is answered, and the rest is told to come again': async context => {
    for (const protocol of ['http', 'grpc'] as const) {
      const source = receiving(context, { protocol }, { settles: false })
      const address = await source.address
      const send = async () =>
        protocol === 'http'
          ? (await post(address, requestOf(['x']))).status
          : (await grpcExport(address, requestOf(['x']))).code
      const answer = send()
      await source.untilBatches(1)
      source.stop()
      await source.ended
      await source.batches[0]?.ack()
      expect(await answer).toBe(protocol === 'http' ? 200 : 0)
      await source.source.close()
      expect(await send().catch((error: NodeJS.ErrnoException) => error.code)).toBe(
        protocol === 'http' ? 'ECONNREFUSED' : 14
      )
    }
  }
}

const LIMIT = 1000

/** A source whose stage asks for nothing more, full to its limit. */
async function full(
  context: TestContext,
  protocol: 'http' | 'grpc',
  send: (address: string, request: Buffer) => Promise<unknown>
): Promise<{ readonly address: string; readonly waiting: () => number }> {
  const started = closing(context, otlpSource({ protocol, clock: new ManualClock(), maxRequestBytes: LIMIT }))
  const { source } = started
  const start = { position: undefined, signal: new AbortController().signal, onTrouble: () => {} }
  const taken = source.read(start).next()
  const address = await started.address
  void send(address, requestOf(['taken']))
  await taken
  // With what is around it it is as long as the limit.
  void send(address, requestOf(['w'.repeat(LIMIT - 15)]))
  await vi.waitUntil(() => source.lag().value === LIMIT, { timeout: 5000, interval: 5 })
  return { address, waiting: () => source.lag().value }
}

/** What is answered to a request that is begun and not ended. */
async function headOfAnswer(address: string, headers: string): Promise<string> {
  const [host, port] = address.split(':')
  const socket = connect(Number(port), host)
  socket.write(`POST /v1/logs HTTP/1.1\r\nhost: x\r\n${headers}\r\n`)
  const [data] = (await once(socket, 'data')) as [Buffer]
  socket.destroy()
  return data.toString('latin1')
}

/** So many senders wait for their answers: each has a timer. */
async function untilWaits(clock: ManualClock, senders = 1): Promise<void> {
  await vi.waitUntil(() => clock.timers >= senders, { timeout: 5000, interval: 5 })
}

test.for(conformanceRows())('%s', async (name, context) => {
  const row = rows[name]
  expect(row, `no test for the row "${name}" of docs/otlp-conformance.md`).toBeDefined()
  await row?.(context)
})

test('every test has its row', () => {
  expect(Object.keys(rows).filter(name => !conformanceRows().includes(name))).toEqual([])
})
