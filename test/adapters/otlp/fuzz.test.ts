import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type ClientHttp2Stream, connect as connectHttp2 } from 'node:http2'
import { connect, type Socket } from 'node:net'
import { expect, test, type TestContext, vi } from 'vitest'
import { fuzzRequests } from '../../fuzz/otlp.ts'
import { grpcExport } from './grpc-client.ts'
import { post, receiving, requestOf } from './sources.ts'

// `npm run fuzz` does it a million times.
test('50,000 damaged requests are read or refused, and nothing else', () => {
  const { read, refused, dead } = fuzzRequests(50_000, 7)
  expect(read + refused).toBe(50_000)
  expect(Math.min(read, refused)).toBeGreaterThan(10_000)
  expect(dead).toBeGreaterThan(500)
}, 60_000)

const TIMEOUTS = { handshakeMs: 200, requestMs: 400, pingMs: 300 }

async function connected(context: TestContext, address: string): Promise<Socket> {
  const [host, port] = address.split(':')
  const socket = connect(Number(port), host)
  socket.on('error', () => {})
  socket.resume()
  context.onTestFinished(() => void socket.destroy())
  await once(socket, 'connect')
  return socket
}

async function closed(socket: Socket): Promise<void> {
  if (!socket.closed) await once(socket, 'close')
}

for (const protocol of ['grpc', 'http'] as const) {
  const getsIn = async (address: string): Promise<boolean> =>
    protocol === 'http'
      ? (await post(address, requestOf(['x']))).status === 200
      : (await grpcExport(address, requestOf(['x']))).code === 0

  test(`what is no ${protocol} does no harm`, async context => {
    const { address, bodies } = receiving(context, { protocol })
    const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'
    const beginnings = [
      '',
      'GET / HTTP/1.1\r\n\r\n',
      'POST /v1/logs HTTP/1.1\r\ncontent-length: 5\r\n\r\n',
      preface
    ]
    for (let index = 0; index < 200; index++) {
      const socket = await connected(context, await address)
      socket.end(Buffer.concat([Buffer.from(beginnings[index % 4] ?? ''), randomBytes(200)]))
    }
    expect(await getsIn(await address)).toBe(true)
    expect(bodies()).toEqual(['x'])
  })

  test(`who does not go on is let go (${protocol})`, async context => {
    const { address, bodies } = receiving(context, { protocol, timeouts: TIMEOUTS })
    const silent = await connected(context, await address)
    const slow = await connected(context, await address)
    slow.write(protocol === 'http' ? 'POST /v1/logs HTTP/1.1\r\nhost: x\r\n' : 'PRI * HTTP/2.0\r\n')
    const dripping = setInterval(() => slow.write('x'), 50)
    context.onTestFinished(() => clearInterval(dripping))
    if (protocol === 'http') {
      const halfWay = await connected(context, await address)
      halfWay.write(
        'POST /v1/logs HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{'
      )
      await closed(halfWay)
    }
    await Promise.all([closed(slow), closed(silent)])
    expect(await getsIn(await address)).toBe(true)
    expect(bodies()).toEqual(['x'])
  }, 20_000)
}

/** Requests over gRPC of which the head of the message and no more is sent; what their trailers say in the end. */
async function halfWay(context: TestContext, address: string, count: number): Promise<Promise<unknown>[]> {
  const session = connectHttp2(`http://${address}`)
  session.on('error', () => {})
  context.onTestFinished(() => session.destroy())
  await once(session, 'connect')
  return Array.from({ length: count }, () => {
    const stream: ClientHttp2Stream = session.request(
      {
        ':method': 'POST',
        ':path': '/opentelemetry.proto.collector.logs.v1.LogsService/Export',
        'content-type': 'application/grpc',
        te: 'trailers'
      },
      { endStream: false }
    )
    stream.on('error', () => {})
    stream.write(Buffer.from([0, 0, 0, 3, 232, 10]))
    return once(stream, 'response').then(([headers]) => (headers as Record<string, unknown>)['grpc-status'])
  })
}

test('requests over gRPC that do not come to their end are told so, and those that wait behind them get in', async context => {
  const { address, bodies } = receiving(context, { protocol: 'grpc', timeouts: TIMEOUTS })
  // More than may be received at once.
  const ends = await halfWay(context, await address, 40)
  expect(await grpcExport(await address, requestOf(['x']))).toMatchObject({ code: 0 })
  expect(new Set(await Promise.all(ends))).toEqual(new Set(['14']))
  expect(bodies()).toEqual(['x'])
}, 20_000)

/** Connects, says so, waits for a line, and sends a request; its answer's first line, or why there is none. */
const SENDER = `
const [host, port] = process.argv[1].split(':')
const socket = require('node:net').connect(Number(port), host, () => console.log('connected'))
socket.on('data', data => console.log(String(data).split('\\r\\n')[0])).on('error', error => console.log(error.code))
socket.on('close', () => console.log('closed')).on('close', () => process.exit())
process.stdin.once('data', () => {
  socket.write('POST /v1/logs HTTP/1.1\\r\\nhost: x\\r\\ncontent-type: application/json\\r\\ncontent-length: 2\\r\\n\\r\\n{}')
})`

// A sender gives up what is answered with 408, and it may be us who had no time to read, on a machine that is busy.
test('who was not listened to in time is not told to give up', async context => {
  const { address } = receiving(context, { timeouts: TIMEOUTS })
  const sender = spawn(process.execPath, ['-e', SENDER, await address], {
    stdio: ['pipe', 'pipe', 'inherit']
  })
  context.onTestFinished(() => void sender.kill('SIGKILL'))
  let output = ''
  sender.stdout.setEncoding('utf8').on('data', text => (output += text))
  await vi.waitUntil(() => output.includes('connected'), { timeout: 10_000, interval: 5 })
  await new Promise(resolve => setTimeout(resolve, 20))
  sender.stdin.write('go\n')
  // Nothing else runs here meanwhile.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 4 * TIMEOUTS.handshakeMs)
  await vi.waitUntil(() => /closed|HTTP/.test(output), { timeout: 10_000, interval: 5 })
  expect(output).not.toContain(' 408 ')
})
