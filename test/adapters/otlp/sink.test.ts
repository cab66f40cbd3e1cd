import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, test, type TestContext, vi } from 'vitest'
import { type FailureKind, type Failure, SUCCESS } from '../../../adapters/otlp/answer.ts'
import type { OtlpSink, OtlpSinkOptions } from '../../../adapters/otlp/sink.ts'
import { AdapterError } from '../../../plugin/adapter.ts'
import type { Alert } from '../../../plugin/alert.ts'
import { ManualClock } from '../../helpers/manual-clock.ts'
import { alertNumber, alertsUpTo, opened } from '../contract/sink.ts'
import { Receiver } from './receiver.ts'
import { useCertificates } from '../../helpers/use-certificates.ts'

const never = new AbortController().signal

const ALERT: Alert = {
  uid: '01KAV9G7NGC8QHH8PXB96SRKJE',
  eventName: 'correlog.alert',
  body: 'three failed logins, caf\xc3\xa9 \xff',
  severityNumber: 17,
  severityText: 'ERROR',
  time: 1_764_000_014,
  attributes: {
    'log.record.uid': '01KAV9G7NGC8QHH8PXB96SRKJE',
    'correlog.application': 'gate',
    'correlog.rule.number': 0,
    'correlog.window.end': 1_764_000_060,
    'correlog.negative': -5,
    'correlog.part': 0.25,
    'correlog.flag': true,
    'correlog.records': ['file:5c1b3f2a9d:0', 'caf\xc3\xa9'],
    'correlog.match.caf\xc3\xa9': ''
  },
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  traceFlags: 1
}

/** What a write comes to: the error, if it throws one. */
async function written(sink: OtlpSink, alerts: readonly Alert[]): Promise<AdapterError | undefined> {
  try {
    await sink.write(alerts, never)
    return undefined
  } catch (error) {
    expect(error).toBeInstanceOf(AdapterError)
    return error as AdapterError
  }
}

async function receiverOf(context: TestContext, protocol: 'grpc' | 'http'): Promise<Receiver> {
  const receiver = new Receiver(context, protocol)
  await receiver.start()
  return receiver
}

function failing(kind: FailureKind, message = 'so it is'): Failure {
  return { type: 'failure', kind, message }
}

describe.each([
  ['gRPC', 'grpc', 'protobuf'],
  ['HTTP, protobuf', 'http', 'protobuf'],
  ['HTTP, JSON', 'http', 'json']
] as const)('%s', (_name, protocol, encoding) => {
  const sinkOf = async (context: TestContext, options: Partial<OtlpSinkOptions> = {}) => {
    const receiver = await receiverOf(context, protocol)
    return { receiver, sink: opened(context, receiver.sink({ encoding, ...options })) as OtlpSink }
  }

  test('an alert arrives as an event, with all that it has', async context => {
    const { receiver, sink } = await sinkOf(context)
    const { traceId, spanId, ...rest } = ALERT
    const withoutSpan = { ...rest, uid: '2', attributes: {}, traceId, spanId: '', traceFlags: 0 }
    const withoutTrace = { ...withoutSpan, uid: '3', traceId: '' }
    expect(await written(sink, [{ ...rest, traceId, spanId }, withoutSpan, withoutTrace])).toBeUndefined()
    const [first, second, third] = receiver.records
    expect(first).toMatchObject({
      eventName: 'correlog.alert',
      timestamp: 1_764_000_014_000,
      severityNumber: 17,
      severityText: 'ERROR',
      body: 'three failed logins, caf\xc3\xa9 \xef\xbf\xbd',
      traceId,
      spanId,
      traceFlags: 1,
      attributes: ALERT.attributes,
      scope: { name: 'correlog', version: '1.2.3' }
    })
    expect(first?.resource).toMatchObject({ 'service.name': 'gate', 'telemetry.sdk.language': 'nodejs' })
    expect(second).toMatchObject({ traceId, spanId: '', attributes: { 'log.record.uid': '2' } })
    expect(third).toMatchObject({ traceId: '', spanId: '' })
  })

  test('no attribute is left out, however many there are', async context => {
    const { receiver, sink } = await sinkOf(context)
    const many = Object.fromEntries(Array.from({ length: 500 }, (_none, index) => [`a${index}`, index]))
    await sink.write([{ ...ALERT, attributes: many }], never)
    expect(receiver.records[0]?.attributes).toEqual({ ...many, 'log.record.uid': ALERT.uid })
  })

  test('large alerts are sent in requests that receivers take', async context => {
    const { receiver, sink } = await sinkOf(context)
    const alerts = alertsUpTo(20).map(alert => ({ ...alert, body: '\xff'.repeat(256 * 1024) }))
    expect(await written(sink, alerts)).toBeUndefined()
    expect(receiver.records).toHaveLength(20)
    expect(Math.max(...receiver.requests)).toBeLessThan(5)
  })

  test('a receiver that is not there is to be tried again, and found when it comes', async context => {
    const { receiver, sink } = await sinkOf(context)
    await receiver.stop()
    const error = await written(sink, [alertNumber(1)])
    expect(error).toMatchObject({ retryable: true, code: 'OTLP_UNAVAILABLE', refused: [] })
    expect(error?.message).toMatch(/^OTLP receiver 127\.0\.0\.1:\d+ does not take alerts: .*ECONNREFUSED/)
    await receiver.start()
    expect(await written(sink, [alertNumber(1)])).toBeUndefined()
    expect(receiver.records).toHaveLength(1)
  })

  test('what is no fault of the alerts is to be tried again', async context => {
    const { receiver, sink } = await sinkOf(context)
    for (const kind of ['unavailable', 'unauthenticated', 'not-found'] as const) {
      receiver.answer = () => failing(kind)
      expect(await written(sink, alertsUpTo(2))).toMatchObject({ retryable: true, refused: [] })
    }
    expect(receiver.requests).toEqual([2, 2, 2])
  })

  test('alerts that are refused for good are named one by one, and the others arrive', async context => {
    const { receiver, sink } = await sinkOf(context)
    receiver.answer = records => {
      const isBad = records.some(({ body }) => body === 'alert 3' || body === 'alert 700')
      return isBad ? failing('invalid', 'bad caf\xc3\xa9') : SUCCESS
    }
    const error = await written(sink, alertsUpTo(1000))
    expect(error).toMatchObject({ retryable: false, refused: [2, 699] })
    expect(error?.message).toMatch(
      /^OTLP receiver 127\.0\.0\.1:\d+ refuses it for good: .*\(bad caf\xc3\xa9\)$/
    )
    expect(receiver.records).toHaveLength(998)
  })

  test('an alert that is too large for the receiver is refused alone', async context => {
    const { receiver, sink } = await sinkOf(context)
    const large = { ...alertNumber(2), attributes: { a: 'x'.repeat(5 * 1024 * 1024) } }
    const error = await written(sink, [alertNumber(1), large, alertNumber(3)])
    expect(error).toMatchObject({ retryable: false, refused: [1] })
    expect(receiver.records.map(({ body }) => body)).toEqual(['alert 1', 'alert 3'])
  })

  test('what is rejected in part is not sent again: all of the request are named', async context => {
    const { receiver, sink } = await sinkOf(context)
    receiver.answer = () => ({ type: 'success', rejected: 1, reason: 'no room' })
    const error = await written(sink, alertsUpTo(3))
    expect(error).toMatchObject({ retryable: false, refused: [0, 1, 2] })
    expect(error?.message).toMatch(/ has rejected 1 of 3 alerts: no room$/)
    expect(receiver.requests).toEqual([3])
  })

  test('a receiver that asks for a pause gets it', async context => {
    const receiver = await receiverOf(context, protocol)
    const clock = new ManualClock()
    const sink = opened(context, receiver.sink({ encoding, clock })) as OtlpSink
    receiver.answer = () => ({ ...failing('unavailable'), retryAfterSeconds: 7 })
    expect(await written(sink, [alertNumber(1)])).toMatchObject({ retryable: true })
    receiver.answer = () => SUCCESS
    const again = written(sink, [alertNumber(1)])
    await clock.advance(6999)
    expect(receiver.requests).toHaveLength(1)
    await clock.advance(1)
    expect(await again).toBeUndefined()
    expect(receiver.records).toHaveLength(1)
  })

  test('an answer that does not come is not waited for for ever', async context => {
    const receiver = await receiverOf(context, protocol)
    const sink = opened(context, receiver.sink({ encoding, timeoutMs: 100 })) as OtlpSink
    receiver.answer = () => new Promise(() => {})
    expect(await written(sink, [alertNumber(1)])).toMatchObject({ retryable: true })
  })

  test('what is under way ends when it is closed, and what is given up is not begun', async context => {
    const { receiver, sink } = await sinkOf(context, { timeoutMs: 3_600_000 })
    receiver.answer = () => new Promise(() => {})
    const under = written(sink, [alertNumber(1)])
    await vi.waitUntil(() => receiver.requests.length === 1, { interval: 5, timeout: 10_000 })
    await sink.close()
    expect(await under).toMatchObject({ retryable: true })
    const late = await sink.write([alertNumber(2)], AbortSignal.abort()).catch((error: unknown) => error)
    expect(late).toMatchObject({ retryable: true })
    expect(receiver.requests).toHaveLength(1)
  })

  test('a token that no header can have is said, but not what it is', async context => {
    const { sink } = await sinkOf(context, { token: 'sec\nret' })
    const error = (await sink.open().catch((thrown: unknown) => thrown)) as AdapterError
    expect(error).toMatchObject({ code: 'TOKEN', retryable: false })
    expect(error.message).not.toContain('ret')
  })
})

describe.each(['grpc', 'http'] as const)('over %s', protocol => {
  const { files } = useCertificates()

  test('with TLS, a certificate of its own and a token it is let in, without any of them not', async context => {
    const receiver = new Receiver(context, protocol)
    const { serverCertificate, serverKey, authority: ca, clientCertificate, clientKey } = files
    receiver.tls = { certificate: serverCertificate, key: serverKey, ca }
    receiver.token = 'right'
    await receiver.start()
    const tls = { ca, certificate: clientCertificate, key: clientKey, serverName: undefined }
    const outcomes = [
      { tls, token: 'right' },
      { tls, token: 'wrong' },
      { tls: { ...tls, certificate: undefined, key: undefined }, token: 'right' },
      { tls: { ...tls, ca: files.otherAuthority }, token: 'right' },
      { tls: undefined, token: 'right' }
    ].map(async (options, index) => {
      const sink = opened(context, receiver.sink({ ...options, timeoutMs: 2000 })) as OtlpSink
      return (await written(sink, [alertNumber(index + 1)]))?.retryable ?? 'delivered'
    })
    expect(await Promise.all(outcomes)).toEqual(['delivered', true, true, true, true])
    expect(receiver.records.map(({ body }) => body)).toEqual(['alert 1'])
  })

  test.for([
    ['has expired', 'expiredCertificate', /certificate has expired/],
    ['is for another name', 'strangerCertificate', /does not match certificate's altnames/]
  ] as const)('a receiver whose certificate %s gets nothing', async ([, certificate, reason], context) => {
    const receiver = new Receiver(context, protocol)
    receiver.tls = { certificate: files[certificate], key: files.serverKey, ca: undefined }
    await receiver.start()
    const tls = { ca: files.authority, certificate: undefined, key: undefined, serverName: undefined }
    const sink = opened(context, receiver.sink({ tls })) as OtlpSink
    const error = await written(sink, [alertNumber(1)])
    expect(error).toMatchObject({ retryable: true })
    expect(error?.message).toMatch(reason)
    expect(receiver.requests).toEqual([])
  })

  test('what is wrong with a connection is said in the same words each time, and not in those of OpenSSL', async context => {
    const receiver = await receiverOf(context, protocol)
    const tls = { ca: files.authority, certificate: undefined, key: undefined, serverName: undefined }
    const sink = opened(context, receiver.sink({ tls })) as OtlpSink
    const first = await written(sink, [alertNumber(1)])
    const second = await written(sink, [alertNumber(1)])
    expect(first).toMatchObject({ retryable: true })
    expect(first?.message).toMatch(/ plain text |Failed to connect|closed/)
    expect(first?.message).not.toMatch(/SSL routines|\d{4}-\d\d-\d\dT/)
    expect(second?.message).toBe(first?.message)
  })

  test('an answer that does not come is told in the same words each time', async context => {
    const receiver = await receiverOf(context, protocol)
    receiver.answer = () => new Promise(() => {})
    const sink = opened(context, receiver.sink({ timeoutMs: 100 })) as OtlpSink
    for (let attempt = 0; attempt < 2; attempt++) {
      expect((await written(sink, [alertNumber(1)]))?.message).toMatch(/no answer in time\)?$/)
    }
  })
})

describe('what is no receiver', () => {
  const sinkTo = async (
    context: TestContext,
    answer: (response: ServerResponse) => void
  ): Promise<{ sink: OtlpSink; requests: () => number }> => {
    let requests = 0
    const server = createServer((request, response) => {
      requests++
      request.resume()
      answer(response)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    context.onTestFinished(() => {
      server.close()
      server.closeAllConnections()
    })
    const receiver = new Receiver(context, 'http')
    receiver.port = (server.address() as AddressInfo).port
    return { sink: opened(context, receiver.sink()) as OtlpSink, requests: () => requests }
  }

  test.for([301, 302, 307, 308])(
    'a redirection (%i) is not followed, and no alert is given up',
    async (status, context) => {
      const { sink, requests } = await sinkTo(context, response => {
        response.writeHead(status, { location: 'http://127.0.0.1/elsewhere' }).end()
      })
      const error = await written(sink, alertsUpTo(2))
      expect(error).toMatchObject({ retryable: true })
      expect(error?.message).toMatch(
        new RegExp(`HTTP status ${status}, which leads to http://127\\.0\\.0\\.1/elsewhere$`)
      )
      expect(requests()).toBe(1)
    }
  )

  test('a page with status 200 is no success', async context => {
    const { sink } = await sinkTo(context, response => {
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<h1>Log in</h1>')
    })
    const error = await written(sink, [alertNumber(1)])
    expect(error).toMatchObject({ retryable: true })
    expect(error?.message).toMatch(/HTTP status 200 with a page \(text\/html\); expected an OTLP receiver$/)
  })

  test('a success without content is one', async context => {
    const { sink } = await sinkTo(context, response => response.writeHead(204).end())
    expect(await written(sink, [alertNumber(1)])).toBeUndefined()
  })
})
