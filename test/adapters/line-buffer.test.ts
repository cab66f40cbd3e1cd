import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LineBuffer } from '../../adapters/line-buffer.ts'

/** Feeds blocks and gives all lines, a last one without newline too, and what was cut of them. */
function linesOf(blocks: readonly Uint8Array[], maxLineBytes: number) {
  const cut = { lines: 0, bytes: 0 }
  const buffer = new LineBuffer({
    maxLineBytes,
    onCut: (bytes, first) => {
      cut.bytes += bytes
      if (first) cut.lines++
    }
  })
  const lines: string[] = []
  const take = (line: string | undefined): boolean => line !== undefined && lines.push(line) > 0
  for (const block of blocks) {
    for (let taken = 0; taken < block.length; ) {
      const room = buffer.room()
      const part = block.subarray(taken, taken + room.length)
      room.set(part)
      buffer.filled(part.length)
      taken += part.length
      while (take(buffer.next()));
    }
  }
  take(buffer.rest())
  return { lines, cut }
}

/** The same by hand. */
function expectedOf(blocks: readonly Uint8Array[], maxLineBytes: number) {
  const lines = Buffer.concat(blocks).toString('latin1').split('\n')
  if (lines.at(-1) === '') lines.pop()
  const cut = lines.filter(line => line.length > maxLineBytes)
  return {
    lines: lines.map(line => line.slice(0, maxLineBytes)),
    cut: { lines: cut.length, bytes: cut.reduce((sum, line) => sum + line.length - maxLineBytes, 0) }
  }
}

const bytes = fc.uint8Array({ maxLength: 40 }).map(block => block.map(byte => (byte % 5 === 0 ? 10 : byte)))

test('any bytes in any blocks become the lines that they are', () => {
  fc.assert(
    fc.property(fc.array(bytes, { maxLength: 12 }), fc.integer({ min: 1, max: 30 }), (blocks, max) => {
      expect(linesOf(blocks, max)).toEqual(expectedOf(blocks, max))
    })
  )
})

test('lines longer than a block', () => {
  const blocks = [300_000, 1, 70_000, 65_536, 0].flatMap(length => [
    Buffer.alloc(length, 'x'),
    Buffer.from('\n')
  ])
  expect(linesOf(blocks, 1e6)).toEqual(expectedOf(blocks, 1e6))
  expect(linesOf(blocks, 66_000)).toEqual(expectedOf(blocks, 66_000))
})

test('a line of 10 MB is whole, of a longer one the excess is counted', () => {
  const blocks = [Buffer.alloc(10e6, 'x'), Buffer.from('\nshort\n')]
  expect(linesOf(blocks, 16e6).lines.map(line => line.length)).toEqual([10e6, 5])
  const { lines, cut } = linesOf(blocks, 1e6)
  expect(lines.map(line => line.length)).toEqual([1e6, 5])
  expect(cut).toEqual({ lines: 1, bytes: 9e6 })
})
