import { spawn } from 'node:child_process'
import { closeSync, constants, openSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { makeFifo, scratch, watch } from './watched.ts'

/** Opens a FIFO as a writer that doesn't wait: its reader must be there. */
function openWriter(path: string): number {
  return openSync(path, constants.O_WRONLY | constants.O_NONBLOCK)
}

function writeAndLeave(path: string, text: string): void {
  const fd = openWriter(path)
  writeSync(fd, text, null, 'latin1')
  closeSync(fd)
}

function fifo(): { directory: string; path: string } {
  const directory = scratch()
  makeFifo(join(directory, 'f'))
  return { directory, path: join(directory, 'f') }
}

test('a writer that goes is no end: the next one completes its line', () => {
  const { directory, path } = fifo()
  const { lines, messages } = watch(directory, ['f'])
  expect(lines()).toEqual([])
  writeAndLeave(path, 'one\n\xff\0\npart')
  expect(lines()).toEqual(['one', '\xff\0'])
  writeAndLeave(path, 'ial\n')
  expect(lines()).toEqual(['partial'])
  expect(messages).toEqual(['4 Opening input file f'])
})

const closing = '6 No writers on input pipe f, closing the pipe'

test('--norwfifo: a writer that goes ends the line', () => {
  const { directory, path } = fifo()
  const { lines, messages, inputs } = watch(directory, ['f'], { rwFifo: false })
  expect(lines()).toEqual([])
  for (const text of ['one\npart', 'ial\n']) writeAndLeave(path, text)
  expect(lines()).toEqual(['one', 'partial'])
  writeAndLeave(path, 'last')
  expect(lines()).toEqual(['last'])
  expect(messages.slice(1)).toEqual([
    closing,
    '6 Reopening input pipe f',
    closing,
    '6 Reopening input pipe f'
  ])
  expect(inputs.atEnd).toBe(false)
})

test('--norwfifo --notail: over when the last writer has gone, not before the first', () => {
  const { directory, path } = fifo()
  const { lines, messages, inputs } = watch(directory, ['f'], { rwFifo: false, tail: false })
  expect(lines()).toEqual([])
  expect(inputs.atEnd).toBe(false)
  const fd = openWriter(path)
  expect(lines()).toEqual([])
  writeSync(fd, 'x\ny')
  expect(lines()).toEqual(['x'])
  expect(inputs.atEnd).toBe(false)
  closeSync(fd)
  expect(lines()).toEqual(['y'])
  expect(inputs.atEnd).toBe(true)
  expect(messages.slice(1)).toEqual([closing])
})

test('a FIFO that disappears is read on, and found again when it is back', () => {
  const { directory, path } = fifo()
  const { lines, messages } = watch(directory, ['f'])
  const held = openWriter(path)
  rmSync(path)
  writeSync(held, 'to the old one\n')
  expect(lines()).toEqual(['to the old one'])
  makeFifo(path)
  expect(lines()).toEqual([])
  writeAndLeave(path, 'two\n')
  writeSync(held, 'late\n')
  expect(lines()).toEqual(['two', 'late'])
  closeSync(held)
  rmSync(path)
  writeFileSync(path, 'a file now\n')
  expect(lines()).toEqual(['a file now'])
  expect(messages.filter(message => message === '4 Input file f has been recreated')).toHaveLength(2)
})

test('lines written in bursts by another process all come, in order', async () => {
  const { directory, path } = fifo()
  const { inputs } = watch(directory, ['f'])
  const count = 200_000
  const writer = spawn('sh', [
    '-c',
    `seq 1 ${count / 2} > "$1"; sleep 0.05; seq ${count / 2 + 1} ${count} > "$1"`,
    'sh',
    path
  ])
  onTestFinished(() => void writer.kill())
  let expected = 1
  while (expected <= count) {
    const line = inputs.next(0)
    if (line === undefined) await inputs.waitForInput(100)
    else if (line.text === String(expected)) expected++
    else expect(line.text).toBe(String(expected))
  }
})

test('waiting ends early when it is woken', async () => {
  const { directory } = fifo()
  const { inputs } = watch(directory, ['f'])
  for (let pause = 0; pause < 5; pause++) await inputs.waitForInput(1)
  const started = performance.now()
  const waiting = inputs.waitForInput(60_000)
  inputs.wake()
  await waiting
  inputs.wake()
  await inputs.waitForInput(60_000)
  expect(performance.now() - started).toBeLessThan(5000)
})

test('the pieces of a long line are waited for no longer than lines', async () => {
  const { directory, path } = fifo()
  const { inputs } = watch(directory, ['f'])
  const writer = openWriter(path)
  onTestFinished(() => closeSync(writer))
  for (let piece = 0; piece < 24; piece++) {
    writeSync(writer, 'x'.repeat(1000))
    expect(inputs.next(0)).toBe(undefined)
    // Twice as long after each piece, all would take five hours.
    await inputs.waitForInput(86_400_000)
  }
  writeSync(writer, '\n')
  expect(inputs.next(0)?.text).toHaveLength(24_000)
})
