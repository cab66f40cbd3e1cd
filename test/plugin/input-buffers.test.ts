import { expect, test } from 'vitest'
import { InputBuffers } from '../../plugin/input-buffers.ts'

test('each source has lines of its own, synthetic events too', () => {
  const buffers = new InputBuffers(2, false)
  buffers.push('a1', 'a')
  buffers.push('b1', 'b')
  buffers.push('s1', undefined)
  expect(buffers.text(2)).toBe('\ns1')
  expect(buffers.source(2)).toBe('synthetic')
  buffers.push('a2', 'a')
  expect(buffers.text(2)).toBe('a1\na2')
  expect(buffers.source(2)).toBe('a')
})

test('a joint buffer holds the lines of all, and names the source of each', () => {
  const buffers = new InputBuffers(3, true)
  buffers.push('a1', 'a')
  buffers.push('s1', undefined)
  expect(buffers.text(3)).toBe('\na1\ns1')
  expect(buffers.source(3)).toBe(' a synthetic')
  expect(buffers.source(1)).toBe('synthetic')
})

test('rewriting replaces the newest lines of the buffer last used', () => {
  const buffers = new InputBuffers(3, false)
  for (const line of ['1', '2', '3']) buffers.push(line, 'a')
  buffers.push('x', 'b')
  buffers.push('4', 'a')
  buffers.rewrite(['', 'new'])
  expect(buffers.text(3)).toBe('2\n\nnew')
})

test('before the first line, and when its input has gone, there is nothing to rewrite but the joint buffer', () => {
  const buffers = new InputBuffers(2, false)
  expect(buffers.rewrite(['x'])).toBe(false)
  buffers.push('1', 'a')
  expect(buffers.rewrite(['x'])).toBe(true)
  buffers.keep(new Set(['b']))
  expect(buffers.rewrite(['y'])).toBe(false)
  expect(new InputBuffers(2, true).rewrite(['x'])).toBe(true)
})
