import { gzipSync } from 'node:zlib'
import { compress, init } from '@bokuweb/zstd-wasm'
import { beforeAll, describe, expect, test } from 'vitest'
import { decompress } from '../../../adapters/fluent/decompress.ts'

beforeAll(() => init())

const text = Buffer.from('entries, again and again; '.repeat(20_000))

/** Of the command `zstd` as a pipe writes it: without the length of the content. */
const UNKNOWN_LENGTH = Buffer.from('28b52ffd0458390000666f6f20626172a09dcd18', 'hex')

const COMPRESSIONS: readonly (readonly [string, (bytes: Buffer) => Buffer])[] = [
  ['gzip', bytes => gzipSync(bytes)],
  ['zstd', bytes => Buffer.from(compress(bytes, 3))]
]

describe.each(COMPRESSIONS)('%s', (compression, press) => {
  test('of one piece and of several', async () => {
    expect((await decompress(compression, press(text), text.length)).equals(text)).toBe(true)
    const pieces = Buffer.concat([press(text.subarray(0, 10)), press(text.subarray(10))])
    expect((await decompress(compression, pieces, text.length)).equals(text)).toBe(true)
    expect(await decompress(compression, press(Buffer.alloc(0)), 10)).toHaveLength(0)
  })

  test('more than the limit is an error, however little it was before', async () => {
    await expect(decompress(compression, press(text), text.length - 1)).rejects.toMatchObject({
      code: 'too-long',
      message: `entries of more than ${text.length - 1} bytes; expected at most as many (maxDecompressedBytes)`
    })
    const bomb = press(Buffer.alloc(50_000_000))
    expect(bomb.length).toBeLessThan(100_000)
    const before = process.memoryUsage().arrayBuffers
    await expect(decompress(compression, bomb, 1_000_000)).rejects.toMatchObject({ code: 'too-long' })
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(30_000_000)
  })

  test('broken bytes are an error', async () => {
    const whole = press(text)
    for (const bytes of [whole.subarray(0, 20), Buffer.from('nothing of the kind'), whole.subarray(3)]) {
      await expect(decompress(compression, bytes, text.length)).rejects.toMatchObject({
        code: 'fluent-compression'
      })
    }
  })
})

test('a frame of zstd that does not say how long it is', async () => {
  expect(String(await decompress('zstd', UNKNOWN_LENGTH, 100))).toBe('foo bar')
})

test('frames of zstd that ask for gigabytes get none, wherever they stand', async () => {
  const skippable = Buffer.from('502a4d180400000001020304', 'hex')
  for (const before of [[], [UNKNOWN_LENGTH], [Buffer.from(compress(text, 3)), skippable, UNKNOWN_LENGTH]]) {
    for (const header of ['28b52ffd04a0', '28b52ffd04ff', '28b52ffde4ffffffffffff0f00']) {
      const bytes = Buffer.concat([...before, Buffer.from(`${header}390000666f6f20626172a09dcd18`, 'hex')])
      const rss = process.memoryUsage.rss()
      await expect(decompress('zstd', bytes, 10_000_000)).rejects.toMatchObject({ name: 'ForwardError' })
      expect(process.memoryUsage.rss() - rss).toBeLessThan(200_000_000)
    }
  }
})
