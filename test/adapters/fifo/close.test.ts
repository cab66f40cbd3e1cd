import { pbkdf2 } from 'node:crypto'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test, vi } from 'vitest'
import { FifoSink } from '../../../adapters/fifo/sink.ts'
import { wallClock } from '../../../adapters/wall-clock.ts'
import { FifoTail, makeFifo } from '../../helpers/fifo.ts'
import { scratchFolder } from '../../helpers/scratch.ts'
import { alertNumber, contractFormat } from '../contract/sink.ts'

test('what is opened after the close gets nothing of a write that was under way', async context => {
  const path = makeFifo(context)
  const reader = new FifoTail(context, path)
  reader.attach()
  const sink = new FifoSink({ name: 'out', path, format: contractFormat, clock: wallClock })
  await sink.write([alertNumber(0)], new AbortController().signal)
  // Node.js writes by one of four threads: all of them are busy when the write comes.
  const busy = Array.from({ length: 8 }, () => promisify(pbkdf2)('', '', 200_000, 32, 'sha512'))
  const written = sink.write([alertNumber(1)], new AbortController().signal)
  void sink.close()
  const other = join(scratchFolder(context), 'other')
  const fd = openSync(other, 'w')
  await Promise.allSettled([...busy, written])
  closeSync(fd)
  expect(readFileSync(other, 'utf8')).toBe('')
  await vi.waitUntil(() => reader.count === 2)
})
