import { spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, type TestContext, test, vi } from 'vitest'
import type { FluentSourceOptions } from '../../../adapters/fluent/source.ts'
import type { Batch } from '../../../plugin/adapter.ts'
import { scratchFolder } from '../../helpers/scratch.ts'
import { bodies, ids, open, type Reading } from '../contract/source.ts'
import { hex, pack } from './bytes.ts'
import { fluentSource, type LogEntry, portOf, RawClient } from './peers.ts'

interface Listening {
  readonly reading: Reading
  /** What was asked for before anybody came. */
  readonly first: ReturnType<Reading['next']>
  readonly port: number
  readonly log: readonly LogEntry[]
  readonly client: () => RawClient
}

async function listening(
  context: TestContext,
  options: Partial<FluentSourceOptions> = {}
): Promise<Listening> {
  const { source, log } = fluentSource(options)
  const reading = open(context, source)
  const first = reading.next()
  const port = await portOf(source)
  return { reading, first, port, log, client: () => RawClient.connect(context, port) }
}

function message(body: string, option: object = {}, tag = 'app.log'): Buffer {
  return pack([tag, 1_500_000_000, { message: body }, option])
}

test('a request is acknowledged when it is settled, not before, with its own bytes', async context => {
  const { first, client, reading } = await listening(context)
  const sender = client()
  sender.send(hex('94 a1 "t" 01 80 81 a5 "chunk" db 00 00 00 02 "x\n"'))
  const batch = await first
  expect(batch?.records).toHaveLength(1)
  expect(reading.source.awaitsAck).toBe(true)
  await sleep(30)
  expect(sender.received).toHaveLength(0)
  await batch?.ack()
  expect(await sender.answered(12)).toEqual(hex('81 a3 "ack" db 00 00 00 02 "x\n"'))
  expect(reading.source.awaitsAck).toBe(false)
})

test('requests without an id are not acknowledged, and come together', async context => {
  const { first, client } = await listening(context)
  const sender = client()
  const bytes = Buffer.concat(Array.from({ length: 50 }, (_none, index) => message(`line ${index}`)))
  sender.send(bytes)
  const batch = await first
  expect(batch?.records).toHaveLength(50)
  expect(batch?.fingerprint).toBeUndefined()
  await batch?.ack()
  await sleep(20)
  expect(sender.received).toHaveLength(0)
})

test('a request that is repeated has the same fingerprint, and its records the same ids', async context => {
  const { first, client, reading } = await listening(context)
  client().send(message('a', { chunk: 'c' }))
  const one = await first
  client().send(message('a', { chunk: 'c' }))
  const other = await reading.next()
  expect(one?.fingerprint).toBe(`${one?.records[0]?.id.replace(/\/0$/, '')}/0`)
  expect(other?.fingerprint).toBe(one?.fingerprint)
  expect(other?.records).toEqual([
    { ...one?.records[0], observedTimestamp: other?.records[0]?.observedTimestamp }
  ])
})

test('each thousand of a long request has a fingerprint of its own, the same each time; the last one is answered', async context => {
  const { first, client, reading } = await listening(context)
  const entries = Array.from({ length: 2500 }, (_none, index) => pack([1, { message: `line ${index}` }]))
  const long = pack(['app.log', Buffer.concat(entries), { chunk: 'c' }])
  const sender = client()
  sender.send(long)
  const once = [(await first) as Batch, await reading.next()]
  expect(reading.source.awaitsAck).toBe(false)
  once.push(await reading.next())
  expect(reading.source.awaitsAck).toBe(true)
  sender.send(long)
  const again = [await reading.next(), await reading.next(), await reading.next()]
  const fingerprints = once.map(batch => batch?.fingerprint)
  expect(new Set(fingerprints).size).toBe(3)
  expect(again.map(batch => batch?.fingerprint)).toEqual(fingerprints)
  expect(ids(again as Batch[])).toEqual(ids(once as Batch[]))
  await once[0]?.ack()
  await once[1]?.ack()
  await sleep(20)
  expect(sender.received).toHaveLength(0)
  await once[2]?.ack()
  expect(await sender.answered(7)).toEqual(hex('81 a3 "ack" a1 "c"'))
})

test('records without an id of their request have ids of their own', async context => {
  const { first, client, reading } = await listening(context)
  client().send(message('a'))
  const found = [await first, await (client().send(message('a')), reading.next())]
  const all = found.flatMap(batch => (batch === undefined ? [] : ids([batch])))
  expect(new Set(all).size).toBe(2)
  expect(all[0]).toMatch(/^fluent:in:\d+:0$/)
})

test('heartbeats: nil is nothing, a packet is answered by one', async context => {
  const { first, client, port } = await listening(context, { udpHeartbeat: true })
  client().send(Buffer.concat([hex('c0'), message('a'), hex('c0')]))
  expect((await first)?.records).toHaveLength(1)
  const udp = createSocket('udp4')
  context.onTestFinished(() => void udp.close())
  udp.send('\0', port, '127.0.0.1')
  const [answer] = (await once(udp, 'message')) as [Buffer]
  expect(answer).toEqual(hex('00'))
})

test('who has sent all and listens still is answered, and then let go', async context => {
  const { first, client } = await listening(context)
  const sender = client()
  sender.socket.end(message('a', { chunk: 'c' }))
  const batch = await first
  await sleep(20)
  await batch?.ack()
  expect(await sender.answered(7)).toEqual(hex('81 a3 "ack" a1 "c"'))
  await sender.closed()
})

test('who has sent all is let go when the last of its messages that wait is answered', async context => {
  const { first, client, reading } = await listening(context)
  const sender = client()
  sender.socket.end(Buffer.concat(['a', 'b'].map(body => message(body, { chunk: body }))))
  await (await first)?.ack()
  // Nobody asks for the second one yet, and its end has come.
  expect(await sender.answered(7)).toEqual(hex('81 a3 "ack" a1 "a"'))
  await sleep(20)
  const second = await reading.next()
  await second?.ack()
  expect(await sender.answered(14)).toEqual(hex('81 a3 "ack" a1 "a" 81 a3 "ack" a1 "b"'))
  await sender.closed()
})

test('who has gone is not answered, which is an error of the acknowledgement', async context => {
  const { first, client } = await listening(context)
  const sender = client()
  sender.send(message('a', { chunk: 'c' }))
  const batch = await first
  sender.socket.resetAndDestroy()
  await sender.closed()
  await sleep(20)
  expect(() => batch?.ack()).toThrow(/^127\.0\.0\.1:\d+ has gone before it was answered$/)
})

test('who reads no answers is let go, and makes room for others', async context => {
  const { first, client, reading, log } = await listening(context, { maxConnections: 1 })
  const deaf = client()
  deaf.socket.pause()
  const chunk = 'x'.repeat(4000)
  const count = 20_000
  for (let index = 0; index < count; index++) deaf.send(message(`${index}`, { chunk }))
  await (await first)?.ack()
  for (let index = 1; index < count && log.length === 0; index++) await (await reading.next())?.ack()
  expect(log).toMatchObject([{ message: 'refused a connection that reads no answers' }])
  await vi.waitUntil(async () => {
    const other = client()
    other.send(message('other'))
    await sleep(20)
    return !other.isClosed
  })
}, 60_000)

test('at the end nobody is waited for who reads no answers', async context => {
  // Unix sockets hold some 200 KB, and no more with time.
  const path = join(scratchFolder(context), 'fluent.sock')
  const { source, log } = fluentSource({ address: path })
  const reading = open(context, source)
  const first = reading.next()
  await vi.waitUntil(() => existsSync(path))
  const client = new RawClient(context, connect({ path }))
  client.socket.pause()
  const chunk = 'x'.repeat(4000)
  for (let index = 0; index < 150; index++) client.send(message(`${index}`, { chunk }))
  await (await first)?.ack()
  for (let index = 1; index < 150; index++) await (await reading.next())?.ack()
  await source.close()
  client.socket.resume()
  await client.closed()
  expect(client.received.length).toBeLessThan(150 * 4000)
  expect(log).toEqual([])
})

test('what is no request is dead, and its connection is ended, with a word in the log', async context => {
  const { first, client, log, reading } = await listening(context)
  const wrong = client()
  wrong.send(Buffer.concat([message('a'), pack(['app.log']), message('b', { chunk: 'b' })]))
  await wrong.closed()
  reading.abort()
  const batches = [(await first) as Batch, ...(await reading.untilEnd())]
  expect(bodies(batches)).toEqual(['a'])
  expect(batches.flatMap(({ dead }) => dead)).toMatchObject([
    { code: 'fluent-message', value: '\x91\xa7app.log' }
  ])
  expect(log).toMatchObject([
    {
      message: 'refused a connection that does not keep to the protocol',
      fields: {
        source: 'in',
        reason: expect.stringContaining('expected [tag, time, record, option]') as string
      }
    }
  ])
})

test.each([
  ['HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n'), '47'],
  ['TLS', hex('16 03 01 02 00 01 00 01 fc'), '16'],
  ['a number', hex('cf 00 00 00 00 00 00 00 01 01'), 'cf00000000000000']
])('who speaks %s is not heard any further', async (_name, bytes, shown) => {
  const { source, log } = fluentSource()
  onTestFinished(() => source.close())
  const stop = new AbortController()
  const batches = source.read({ position: undefined, signal: stop.signal, onTrouble: () => {} })
  const first = batches[Symbol.asyncIterator]().next()
  const socket = connect({ host: '127.0.0.1', port: await portOf(source) })
  socket.on('error', () => {})
  socket.write(bytes)
  await once(socket, 'close')
  stop.abort()
  expect(await first).toMatchObject({ done: true })
  expect(log).toMatchObject([
    { fields: { reason: `bytes ${shown}; expected an array of MessagePack, or JSON` } }
  ])
})

test('a message that is too long ends its connection', async context => {
  const { client, log } = await listening(context, { maxMessageBytes: 1000 })
  const sender = client()
  sender.send(hex('93 a1 "t" db 00 00 10 00'))
  await sender.closed()
  expect(log[0]?.fields.reason).toMatch(/^message of \d+ bytes or more; expected at most 1000/)
})

test('a message or a handshake that does not come to its end is not waited for', async context => {
  const { client, log } = await listening(context, { messageTimeoutMs: 200 })
  const slow = client()
  const idle = client()
  idle.send(message('a'))
  const dribble = setInterval(() => slow.send(Buffer.from([0x01])), 20)
  context.onTestFinished(() => clearInterval(dribble))
  slow.send(hex('93 a1 "t" dd 00 10 00 00'))
  await slow.closed()
  expect(idle.isClosed).toBe(false)
  expect(log).toMatchObject([
    {
      message: 'refused a connection that is too slow',
      fields: { reason: expect.stringMatching(/^no whole message after/) as string }
    }
  ])
  const { client: guarded } = await listening(context, {
    messageTimeoutMs: 200,
    credentials: { hostname: 's', sharedKey: 'k', user: undefined, password: undefined }
  })
  const silent = guarded()
  // A heartbeat is no handshake.
  const beating = guarded()
  const beats = setInterval(() => beating.send(hex('c0')), 20)
  context.onTestFinished(() => clearInterval(beats))
  await Promise.all([silent.closed(), beating.closed()])
})

test('of who has not shaken hands no long message is held', async context => {
  const { client, log } = await listening(context, {
    credentials: { hostname: 's', sharedKey: 'k', user: undefined, password: undefined }
  })
  const sender = client()
  sender.send(Buffer.concat([hex('93 a1 "t" db 00 10 00 00'), Buffer.alloc(200_000)]))
  await sender.closed()
  expect(log).toMatchObject([{ message: 'refused a connection without a handshake' }])
})

test('connections beyond maxConnections are refused, and idle ones are held', async context => {
  const { client, log, first } = await listening(context, { maxConnections: 20, messageTimeoutMs: 100 })
  const held = Array.from({ length: 20 }, client)
  await Promise.all(held.map(({ socket }) => once(socket, 'connect')))
  const beyond = client()
  await beyond.closed()
  expect(log[0]).toMatchObject({ message: 'refused a connection beyond maxConnections' })
  await sleep(250)
  held.at(-1)?.send(message('a'))
  expect((await first)?.records).toHaveLength(1)
  expect(held.some(({ isClosed }) => isClosed)).toBe(false)
})

test('2,000 idle connections are held', async context => {
  const { client, first } = await listening(context, { maxConnections: 2000, messageTimeoutMs: 100 })
  const before = process.memoryUsage.rss()
  const held = Array.from({ length: 2000 }, client)
  await Promise.all(held.map(({ socket }) => once(socket, 'connect')))
  await sleep(300)
  expect(process.memoryUsage.rss() - before).toBeLessThan(200_000_000)
  expect(held.filter(({ isClosed }) => isClosed)).toEqual([])
  held[1234]?.send(message('a'))
  expect((await first)?.records).toHaveLength(1)
}, 30_000)

test('while nobody asks, connections are not read beyond the bound', async context => {
  const maxBufferedBytes = 100_000
  const { first, client, reading } = await listening(context, { maxBufferedBytes })
  const sender = client()
  const count = 2000
  const wall = 'x'.repeat(10_000)
  for (let index = 0; index < count; index++) sender.send(message(`${index} ${wall}`))
  const batch = await first
  const length = (): number => reading.source.lag?.()?.value ?? 0
  await sleep(100)
  expect(length()).toBeLessThan(maxBufferedBytes + 200_000)
  // It waits at its sender: more than sockets hold of it.
  expect(sender.socket.writableLength).toBeGreaterThan(5_000_000)
  const rest = await reading.untilRecords(count - (batch?.records.length ?? 0))
  const all = [batch as NonNullable<typeof batch>, ...rest]
  expect(bodies(all).map(body => Number.parseInt(body, 10))).toEqual(
    Array.from({ length: count }, (_none, index) => index)
  )
  expect(length()).toBe(0)
}, 20_000)

test('messages that are not whole and together beyond the bound do not wait for each other', async context => {
  const { first, client, reading } = await listening(context, { maxBufferedBytes: 50_000 })
  const long = Array.from({ length: 8 }, (_none, index) => message(`${index} ${'x'.repeat(30_000)}`))
  const senders = long.map(bytes => ({ sender: client(), bytes }))
  for (const { sender, bytes } of senders) sender.send(bytes.subarray(0, 20_000))
  await sleep(100)
  for (const { sender, bytes } of senders) sender.send(bytes.subarray(20_000))
  const batch = await first
  const rest = await reading.untilRecords(long.length - (batch?.records.length ?? 0))
  const found = bodies([batch as NonNullable<typeof batch>, ...rest])
  expect(found.map(body => Number.parseInt(body, 10)).sort((one, other) => one - other)).toEqual([
    0, 1, 2, 3, 4, 5, 6, 7
  ])
})

test('when it stops, it gives what it has taken in, and answers that before it closes', async context => {
  const { first, client, reading, port } = await listening(context)
  const sender = client()
  sender.send(Buffer.concat(['a', 'b', 'c'].map(body => message(body, { chunk: body }))))
  const batch = await first
  await sleep(50)
  reading.abort()
  await batch?.ack()
  expect(bodies(await reading.untilEnd())).toEqual(['b', 'c'])
  await reading.source.close()
  expect(await sender.answered(21)).toEqual(hex('81 a3 "ack" a1 "a" 81 a3 "ack" a1 "b" 81 a3 "ack" a1 "c"'))
  await sender.closed()
  const late = connect({ host: '127.0.0.1', port })
  const [error] = (await once(late, 'error')) as [NodeJS.ErrnoException]
  expect(error.code).toBe('ECONNREFUSED')
})

test('an address that is taken is waited for', async context => {
  const other = createServer()
  other.listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as { port: number }
  const { source } = fluentSource({ address: `127.0.0.1:${port}` })
  const reading = open(context, source)
  const first = reading.next()
  await expect
    .poll(() => reading.troubles)
    .toEqual([`can't listen on 127.0.0.1:${port} (Address already in use)`])
  other.close()
  await portOf(source)
  expect(reading.troubles.at(-1)).toBeUndefined()
  RawClient.connect(context, port).send(message('a'))
  expect((await first)?.records).toHaveLength(1)
})

test('a file where the socket is to be is left alone', async context => {
  const path = join(scratchFolder(context), 'fluent.sock')
  writeFileSync(path, 'precious')
  const reading = open(context, fluentSource({ address: path }).source)
  void reading.next()
  await expect.poll(() => reading.troubles).toEqual([`can't listen on ${path} (Address already in use)`])
  reading.abort()
  await reading.source.close()
  expect(readFileSync(path, 'utf8')).toBe('precious')
})

test('a socket that a killed process left is replaced, one in use is not', async context => {
  const path = join(scratchFolder(context), 'fluent.sock')
  const script = 'require("net").createServer().listen(process.argv[1], () => console.log("listens"))'
  const other = spawn(process.execPath, ['-e', script, path])
  context.onTestFinished(() => void other.kill('SIGKILL'))
  await once(other.stdout, 'data')
  const { source } = fluentSource({ address: path })
  const reading = open(context, source)
  const first = reading.next()
  await expect.poll(() => reading.troubles).toEqual([`can't listen on ${path} (Address already in use)`])
  other.kill('SIGKILL')
  await once(other, 'exit')
  expect(existsSync(path)).toBe(true)
  await expect.poll(() => reading.troubles.at(-1), { timeout: 5000 }).toBeUndefined()
  const client = new RawClient(context, connect({ path }))
  client.send(message('a'))
  expect((await first)?.records).toHaveLength(1)
  await source.close()
  expect(existsSync(path)).toBe(false)
})
