import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { StreamReader } from '../../../adapters/sec-inputs/stream-reader.ts'
import { ENDED, NOTHING } from '../../../adapters/sec-inputs/byte-reader.ts'

// Standard input as a file, a closed one and a terminal are tried through the built command.

function reader() {
  const stream = new PassThrough()
  let news = 0
  const bytes = new StreamReader(stream, () => news++)
  return { stream, bytes, newsCount: () => news }
}

function readAll(bytes: StreamReader, roomBytes = 1000): string {
  const room = Buffer.alloc(roomBytes)
  let text = ''
  for (let count = bytes.read(room); count > 0; count = bytes.read(room))
    text += room.toString('latin1', 0, count)
  return text
}

test('bytes that came are read in any portions; nothing waits', async () => {
  const { stream, bytes, newsCount } = reader()
  expect(bytes.read(Buffer.alloc(10))).toBe(NOTHING)
  stream.write(Buffer.from('a\nb\xff', 'latin1'))
  await turn()
  expect(newsCount()).toBe(1)
  expect(readAll(bytes, 2)).toBe('a\nb\xff')
  expect(bytes.read(Buffer.alloc(10))).toBe(NOTHING)
})

test('the end comes after the last byte', async () => {
  const { stream, bytes } = reader()
  stream.end('last')
  await once(stream, 'end')
  expect(readAll(bytes)).toBe('last')
  expect(bytes.read(Buffer.alloc(10))).toBe(ENDED)
})

test('a failing stream fails at reading, after what it brought', async () => {
  const { stream, bytes } = reader()
  stream.write('x')
  await turn()
  stream.destroy(new Error('gone'))
  await turn()
  expect(bytes.read(Buffer.alloc(10))).toBe(1)
  expect(() => bytes.read(Buffer.alloc(10))).toThrow('gone')
})

test('a fast stream is paused until what waits is read', async () => {
  const { stream, bytes } = reader()
  const block = Buffer.alloc(256 * 1024, 'x')
  for (let blocks = 0; blocks < 40; blocks++) stream.write(block)
  for (let turns = 0; turns < 20; turns++) await turn()
  expect(stream.isPaused()).toBe(true)
  let total = 0
  while (total < 40 * block.length) {
    total += readAll(bytes, 64 * 1024).length
    await turn()
  }
  expect(total).toBe(40 * block.length)
})
