import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { expect, type TestContext, test, vi } from 'vitest'
import { Frames } from '../../../adapters/fluent/frames.ts'
import { MsgpackReader } from '../../../adapters/fluent/msgpack-reader.ts'
import { wallClock } from '../../../adapters/wall-clock.ts'
import { AdapterError } from '../../../plugin/adapter.ts'
import { alertNumber, alertsUpTo } from '../contract/sink.ts'
import { pack } from './bytes.ts'
import { FluentdLike } from './fluentd-like.ts'
import { fluentSink } from './peers.ts'
import { taken } from './taken.ts'

const never = new AbortController().signal

/** A server that does with messages what a test has in mind. */
class OddServer {
  readonly messages: Buffer[] = []
  connections = 0
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(
    context: TestContext,
    onMessage: (socket: Socket, chunk: unknown) => void,
    reads: boolean
  ) {
    this.#server = createServer(socket => {
      this.connections++
      this.#sockets.add(socket)
      const frames = new Frames(100_000_000)
      socket.on('error', () => {})
      if (!reads) return
      socket.on('data', piece => {
        frames.push(piece)
        for (let frame = frames.next(); frame !== undefined; frame = frames.next()) {
          this.messages.push(Buffer.from(frame.bytes))
          const [, , option] = new MsgpackReader(frame.bytes).value() as [
            unknown,
            unknown,
            { chunk: unknown }
          ]
          onMessage(socket, option.chunk)
        }
      })
    })
    context.onTestFinished(() => this.stop())
  }

  static async start(
    context: TestContext,
    onMessage: (socket: Socket, chunk: unknown) => void,
    { reads = true }: { readonly reads?: boolean } = {}
  ): Promise<OddServer> {
    const server = new OddServer(context, onMessage, reads)
    server.#server.listen(0, '127.0.0.1')
    await once(server.#server, 'listening')
    return server
  }

  get address(): string {
    const { port } = this.#server.address() as { port: number }
    return `127.0.0.1:${port}`
  }

  stop(): void {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
  }
}

const acknowledge = (socket: Socket, chunk: unknown): void => void socket.write(pack({ ack: chunk }))

async function failureOf(promise: Promise<void>): Promise<AdapterError> {
  const error = await promise.catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(AdapterError)
  expect(error).toMatchObject({ retryable: true, refused: [], code: 'OUTPUT_UNAVAILABLE' })
  return error as AdapterError
}

test('it waits for the acknowledgement of all that it has sent, in whatever order they come', async context => {
  const held: (() => void)[] = []
  const server = await OddServer.start(context, (socket, chunk) =>
    held.push(() => acknowledge(socket, chunk))
  )
  const sink = fluentSink(context, [server.address], { tag: ({ body }) => body })
  let isWritten = false
  const written = sink.write(alertsUpTo(3), never).then(() => {
    isWritten = true
  })
  await vi.waitUntil(() => held.length === 3, { interval: 2 })
  held[2]?.()
  held[0]?.()
  await new Promise(resolve => setTimeout(resolve, 30))
  expect(isWritten).toBe(false)
  held[1]?.()
  await written
  const again = sink.write([alertNumber(4)], never)
  await vi.waitUntil(() => held.length === 4, { interval: 2 })
  held[3]?.()
  await again
  expect(server.connections).toBe(1)
})

test('without an acknowledgement in time the same is sent again, under the same ids', async context => {
  let isDeaf = true
  const server = await OddServer.start(context, (socket, chunk) => {
    if (!isDeaf) acknowledge(socket, chunk)
  })
  const sink = fluentSink(context, [server.address], { ackTimeoutMs: 100 })
  const error = await failureOf(sink.write(alertsUpTo(5), never))
  expect(error.message).toBe(`no alerts to Fluent servers (${server.address}: acknowledged nothing in time)`)
  isDeaf = false
  await sink.write(alertsUpTo(5), never)
  expect(server.messages).toHaveLength(2)
  expect(server.messages[1]).toEqual(server.messages[0])
  const { records, fingerprint } = await taken(server.messages[0] as Buffer)
  expect(records.map(({ body }) => body)).toEqual([1, 2, 3, 4, 5].map(number => `alert ${number}`))
  expect(fingerprint).not.toBe('')
})

test('another acknowledgement is none', async context => {
  const server = await OddServer.start(context, socket => acknowledge(socket, 'other'))
  const written = fluentSink(context, [server.address], { ackTimeoutMs: 100 }).write([alertNumber(1)], never)
  expect((await failureOf(written)).message).toContain('acknowledged nothing in time')
})

test('without requireAck it waits for none', async context => {
  const server = await OddServer.start(context, () => {})
  await fluentSink(context, [server.address], { requireAck: false }).write(alertsUpTo(3), never)
  await vi.waitUntil(() => server.messages.length === 1, { interval: 2 })
  expect((await taken(server.messages[0] as Buffer)).records).toHaveLength(3)
})

test('without requireAck a server that takes nothing is left after ackTimeout', async context => {
  const deaf = await OddServer.start(context, () => {}, { reads: false })
  const next = await FluentdLike.start(context)
  const sink = fluentSink(context, [deaf.address, next.address], { requireAck: false, ackTimeoutMs: 300 })
  const alerts = [{ ...alertNumber(1), body: 'x'.repeat(30_000_000) }]
  const { message } = await failureOf(sink.write(alerts, never))
  expect(message).toBe(`no alerts to Fluent servers (${deaf.address}: did not take all in time)`)
  await sink.write(alertsUpTo(1), never)
  await vi.waitUntil(() => next.entries.length === 1, { interval: 2 })
})

test('a server that ends the connection, or answers what is none, is an error', async context => {
  const ending = await OddServer.start(context, socket => socket.destroy())
  const { message } = await failureOf(fluentSink(context, [ending.address]).write([alertNumber(1)], never))
  expect(message).toContain(`${ending.address}: closed the connection`)
  const odd = await OddServer.start(context, socket => void socket.write(Buffer.from([0xc1])))
  const other = await failureOf(fluentSink(context, [odd.address]).write([alertNumber(1)], never))
  expect(other.message).toContain('sent what is no answer (byte 0xc1 at 0; expected a MessagePack object)')
})

test('a server that is not there is named with the reason', async context => {
  const server = await OddServer.start(context, () => {})
  const { address } = server
  server.stop()
  const error = await failureOf(fluentSink(context, [address, '/nowhere/fluent.sock']).open(never))
  expect(error.message).toBe(
    `no alerts to Fluent servers (${address}: Connection refused; /nowhere/fluent.sock: No such file or directory)`
  )
})

test('a server that takes the connection and says nothing is not waited for longer than connectTimeout', async context => {
  const server = await OddServer.start(context, () => {})
  const credentials = { hostname: 'sink', sharedKey: 'k', user: undefined, password: undefined }
  const sink = fluentSink(context, [server.address], { credentials, connectTimeoutMs: 100 })
  const started = performance.now()
  await failureOf(sink.open(never))
  expect(performance.now() - started).toBeLessThan(1500)
})

test('when one server fails the next gets the alerts, and the first again when it works', async context => {
  const first = await FluentdLike.start(context)
  const second = await FluentdLike.start(context)
  let now = 0
  const clock = { ...wallClock, monotonic: () => now }
  const sink = fluentSink(context, [first.address, second.address], { clock, recoveryMs: 10_000 })
  const bodiesOf = ({ entries }: FluentdLike): unknown[] => entries.map(({ record }) => record['message'])
  await sink.write([alertNumber(1)], never)
  await first.stop()
  await sink.write([alertNumber(2)], never).catch(() => sink.write([alertNumber(2)], never))
  await sink.write([alertNumber(3)], never)
  expect(bodiesOf(second)).toEqual(['alert 2', 'alert 3'])
  await first.listen()
  // It is left alone for a while.
  await sink.write([alertNumber(4)], never)
  expect(bodiesOf(second)).toContain('alert 4')
  now = 30_000
  await sink.write([alertNumber(5)], never)
  expect(bodiesOf(first)).toEqual(['alert 1', 'alert 5'])
  expect(bodiesOf(second)).toEqual(['alert 2', 'alert 3', 'alert 4'])
})

test('when all have failed, all are tried, also those that are left alone', async context => {
  const first = await FluentdLike.start(context)
  const second = await FluentdLike.start(context)
  await first.stop()
  await second.stop()
  const sink = fluentSink(context, [first.address, second.address], { recoveryMs: 100_000 })
  await failureOf(sink.open(never))
  await failureOf(sink.write([alertNumber(1)], never))
  await second.listen()
  await sink.write([alertNumber(1)], never)
  expect(second.entries).toHaveLength(1)
})

test('a server that has no more to do with idle connections is connected to anew', async context => {
  const server = await FluentdLike.start(context)
  const sink = fluentSink(context, [server.address])
  for (const number of [1, 2, 3]) {
    await sink.write([alertNumber(number)], never)
    await server.stop()
    await server.listen()
  }
  expect(server.entries).toHaveLength(3)
})

test('giving up ends what it waits for', async context => {
  const server = await OddServer.start(context, () => {})
  const controller = new AbortController()
  const written = fluentSink(context, [server.address]).write([alertNumber(1)], controller.signal)
  await vi.waitUntil(() => server.messages.length === 1, { interval: 2 })
  controller.abort()
  expect((await failureOf(written)).message).toContain('was given up')
})

test('bytes that are no UTF-8 come out as U+FFFD, an alert of megabytes is a message of its own', async context => {
  const server = await OddServer.start(context, acknowledge)
  const long = 'x'.repeat(3_000_000)
  const alerts = [
    { ...alertNumber(1), body: 'caf\xc3\xa9 \xff', attributes: { list: ['\xc3\xa9'], count: 3, yes: true } },
    { ...alertNumber(2), body: long, traceId: '0af7651916cd43dd8448eb211c80319c', traceFlags: 1 },
    alertNumber(3)
  ]
  await fluentSink(context, [server.address]).write(alerts, never)
  expect(server.messages.map(({ length }) => length > 1_000_000)).toEqual([false, true, false])
  const [first, second] = (
    await Promise.all(server.messages.map(each => taken(each, { maxRecordBytes: 4_000_000 })))
  ).flatMap(({ records }) => records)
  expect(first).toMatchObject({
    body: 'caf\xc3\xa9 \xef\xbf\xbd',
    timestamp: 1_800_000_000_000,
    severityNumber: 9,
    severityText: 'INFO',
    eventName: 'test',
    attributes: { list: ['\xc3\xa9'], count: 3, yes: true, 'log.record.uid': alertNumber(1).uid }
  })
  expect(second).toMatchObject({ body: long, traceId: '0af7651916cd43dd8448eb211c80319c', traceFlags: 1 })
})
