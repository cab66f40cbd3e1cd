import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { pack } from '../adapters/fluent/bytes.ts'
import { open } from '../adapters/contract/source.ts'
import { fluentSource, portOf } from '../adapters/fluent/peers.ts'
import { Random } from '../parity/rule-files/random.ts'
import { fuzzForward, mutated } from './forward.ts'

// `npm run fuzz` does the same with a million.
test('50,000 mutated messages: records, dead letters or an error with a name, and nothing is held', async () => {
  const before = process.memoryUsage()
  const { records, dead, errors, frames } = await fuzzForward(50_000, 4711)
  expect(frames).toBeGreaterThan(10_000)
  expect(records).toBeGreaterThan(5_000)
  expect(dead).toBeGreaterThan(1_000)
  expect(errors).toBeGreaterThan(1_000)
  const after = process.memoryUsage()
  expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(100_000_000)
}, 120_000)

test('a source to which 500 connections send such things still takes what is right', async context => {
  const { source } = fluentSource({ maxMessageBytes: 100_000, messageTimeoutMs: 2000 })
  const reading = open(context, source)
  const next = reading.next()
  const port = await portOf(source)
  const random = new Random(7)
  const ends: Promise<unknown>[] = []
  for (let number = 0; number < 500; number++) {
    const socket = connect({ host: '127.0.0.1', port })
    socket.on('error', () => {}).resume()
    ends.push(new Promise(resolve => socket.on('close', resolve)))
    socket.end(mutated(random))
  }
  const last = connect({ host: '127.0.0.1', port })
  context.onTestFinished(() => void last.destroy())
  await once(last, 'connect')
  last.write(pack(['right', 1, { message: 'right' }, { chunk: 'r' }]))
  let isThere = false
  for (let batch = await next; batch !== undefined && !isThere; batch = await reading.next()) {
    isThere = batch.records.some(({ tag, body }) => tag === 'right' && body === 'right')
    try {
      await batch.ack()
    } catch {
      // Its client has gone already.
    }
    if (isThere) break
  }
  expect(isThere).toBe(true)
  const [answer] = (await once(last, 'data')) as [Buffer]
  expect(answer).toEqual(pack({ ack: 'r' }))
  void (async () => {
    while ((await reading.next()) !== undefined);
  })()
  await Promise.all(ends)
}, 30_000)
