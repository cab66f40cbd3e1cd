import {
  appendFileSync,
  chmodSync,
  closeSync,
  mkdirSync,
  openSync,
  renameSync,
  rmdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync
} from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { scratch, watch } from './watched.ts'

test('a file is followed from its end on', () => {
  const file = join(scratch(), 'f')
  writeFileSync(file, 'old\n')
  const { lines, messages, inputs } = watch(join(file, '..'), ['f'])
  expect(lines()).toEqual([])
  appendFileSync(file, 'one\npart')
  expect(lines()).toEqual(['one'])
  appendFileSync(file, 'ial\n\n')
  expect(lines()).toEqual(['partial', ''])
  expect(messages).toEqual(['4 Opening input file f'])
  expect(inputs.atEnd).toBe(false)
})

test('--fromstart reads what is there, then follows; a last line without newline waits', () => {
  const directory = scratch()
  writeFileSync(join(directory, 'f'), 'old\nlast')
  const { lines } = watch(directory, ['f'], { fromStart: true })
  expect(lines()).toEqual(['old'])
  appendFileSync(join(directory, 'f'), '!\n')
  expect(lines()).toEqual(['last!'])
})

test('--notail ends at the end, with a last line without newline', () => {
  const directory = scratch()
  writeFileSync(join(directory, 'f'), 'old\r\n\0\xff\nlast', 'latin1')
  const { lines, inputs, messages } = watch(directory, ['f', 'missing'], { tail: false })
  expect(inputs.atEnd).toBe(false)
  expect(lines()).toEqual(['old\r', '\0\xff', 'last'])
  expect(inputs.atEnd).toBe(true)
  expect(messages).toEqual([
    '4 Opening input file f',
    '4 Opening input file missing',
    '3 Input file missing does not exist!'
  ])
})

test('each input gives a line in turn, in the order of their names', () => {
  const directory = scratch()
  for (const [name, text] of Object.entries({
    c: 'c1\nc2\nc3\nc4',
    a: 'a1\na2\na3\n',
    b: 'b1\n',
    B: 'B1\nB2\n',
    10: '10\n'
  })) {
    writeFileSync(join(directory, name), text)
  }
  const { lines } = watch(directory, ['c', 'a', 'b', 'B', 'a', '10'], { tail: false })
  expect(lines()).toEqual(['10', 'B1', 'a1', 'b1', 'c1', 'B2', 'a2', 'c2', 'a3', 'c3', 'c4'])
})

test('of several options for one name the last context counts', () => {
  const directory = scratch()
  writeFileSync(join(directory, 'f'), 'x\ny\n')
  const specs = [
    { path: 'f', context: 'C1' },
    { path: 'f', context: 'C2' }
  ]
  const path = join(directory, 'f')
  const { inputs } = watch(directory, specs, { tail: false })
  expect(inputs.next(0)).toEqual({ text: 'x', source: path, context: 'C2' })
  expect(watch(directory, [...specs, 'f'], { tail: false }).inputs.next(0)).toEqual({
    text: 'x',
    source: path
  })
})

const recreated = ['4 Input file f has been recreated', '4 Reopening f and processing from the start']

test('rotation: the old file to its end, then the new one; a part of a line is completed as in SEC', () => {
  const directory = scratch()
  const [file, old] = [join(directory, 'f'), join(directory, 'f.1')]
  writeFileSync(file, '')
  const { lines, messages } = watch(directory, ['f'])
  appendFileSync(file, 'one\npart')
  expect(lines()).toEqual(['one'])
  renameSync(file, old)
  appendFileSync(old, 'ial\ntwo\npa')
  expect(lines()).toEqual(['partial', 'two'])
  appendFileSync(old, 'st\nno newline')
  writeFileSync(file, ' here\nnew\n')
  expect(lines()).toEqual(['past', 'no newline here', 'new'])
  expect(messages.slice(1)).toEqual(recreated)
})

test('what the old file gets after the new one exists is read too', () => {
  const directory = scratch()
  const file = join(directory, 'f')
  writeFileSync(file, '')
  const { lines } = watch(directory, ['f'])
  const held = openSync(file, 'a')
  renameSync(file, `${file}.1`)
  writeFileSync(file, 'new\n')
  expect(lines(10)).toEqual(['new'])
  writeSync(held, 'late\nlast')
  expect(lines(20)).toEqual(['late'])
  expect(lines(50)).toEqual([])
  expect(lines(51)).toEqual(['last'])
  writeSync(held, 'too late\n')
  expect(lines(52)).toEqual([])
  closeSync(held)
})

test('a removed file is read on until its name is there again', () => {
  const directory = scratch()
  const file = join(directory, 'f')
  writeFileSync(file, '')
  const { lines, messages } = watch(directory, ['f'])
  const held = openSync(file, 'a')
  rmSync(file)
  writeSync(held, 'to the removed one\n')
  expect(lines()).toEqual(['to the removed one'])
  closeSync(held)
  writeFileSync(file, 're\n')
  expect(lines()).toEqual(['re'])
  expect(messages.slice(1)).toEqual(recreated)
})

test('a truncated file is read from its start', () => {
  const directory = scratch()
  const file = join(directory, 'f')
  writeFileSync(file, 'before\n')
  const { lines, messages } = watch(directory, ['f'])
  truncateSync(file)
  appendFileSync(file, 'a\n')
  expect(lines()).toEqual(['a'])
  expect(messages.slice(1)).toEqual([
    '4 Input file f has been truncated',
    '4 Reopening f and processing from the start'
  ])
})

test('a directory in the place of a file', () => {
  const directory = scratch()
  const file = join(directory, 'f')
  writeFileSync(file, '')
  const { lines, messages } = watch(directory, ['f'], { reopenTimeout: 1 })
  rmSync(file)
  mkdirSync(file)
  expect(lines()).toEqual([])
  rmdirSync(file)
  writeFileSync(file, 'back\n')
  expect(lines(1)).toEqual(['back'])
  expect(messages.slice(1)).toEqual([
    ...recreated,
    '2 Input file f is of unsupported type!',
    '6 Attempting to (re)open f'
  ])
})

test('a file that is not there yet is opened later, from its start', () => {
  const directory = scratch()
  const { lines, messages } = watch(directory, ['f'], { reopenTimeout: 5 })
  writeFileSync(join(directory, 'f'), 'one\n')
  expect(lines(4)).toEqual([])
  expect(lines(5)).toEqual(['one'])
  expect(messages).toEqual([
    '4 Opening input file f',
    '6 Input file f has not been created yet',
    '6 Attempting to (re)open f'
  ])
})

test('an unreadable file', () => {
  const directory = scratch()
  writeFileSync(join(directory, 'f'), 'one\n')
  chmodSync(join(directory, 'f'), 0)
  // To the superuser every file is readable.
  const isRoot = process.geteuid?.() === 0
  if (isRoot) {
    chmodSync(directory, 0o755)
    process.seteuid?.(65534)
  }
  try {
    const { messages } = watch(directory, ['f'])
    expect(messages[1]).toBe("2 Can't open input file f (Permission denied)")
  } finally {
    if (isRoot) process.seteuid?.(0)
  }
})

test('a device is no input', () => {
  const { messages } = watch('/dev', ['full'])
  expect(messages).toEqual(['4 Opening input file full', '2 Input file full is of unsupported type!'])
})

test('--check-timeout leaves a quiet input alone', () => {
  const directory = scratch()
  const file = join(directory, 'f')
  writeFileSync(file, '')
  const { lines } = watch(directory, ['f'], { checkTimeout: 5 })
  expect(lines(10)).toEqual([])
  appendFileSync(file, 'x\n')
  expect(lines(14)).toEqual([])
  expect(lines(15)).toEqual(['x'])
})

test('an update goes on where inputs were, opens new ones and drops others', () => {
  const directory = scratch()
  for (const name of ['a', 'b', 'c']) writeFileSync(join(directory, name), `${name}\n`)
  const { lines, update, messages } = watch(directory, ['a', 'b'])
  appendFileSync(join(directory, 'a'), 'a2\na3\n')
  appendFileSync(join(directory, 'b'), 'b2\n')
  update([{ path: 'a', context: 'A' }, 'c'], { fromStart: true })
  expect(lines()).toEqual(['a2', 'c', 'a3'])
  expect(messages.slice(2)).toEqual(['4 Opening input file c'])
})

test('a line that is too long is cut, counted and reported once', () => {
  const directory = scratch()
  writeFileSync(join(directory, 'f'), `${'x'.repeat(30)}\n${'y'.repeat(12)}\nz\n`)
  const { lines, inputs, messages } = watch(directory, ['f'], { tail: false, maxLineBytes: 10 })
  expect(lines()).toEqual(['x'.repeat(10), 'y'.repeat(10), 'z'])
  expect(inputs.counters).toEqual({ cutLines: 2, cutBytes: 22 })
  expect(messages.filter(message => message.includes('longer than 10 bytes'))).toHaveLength(1)
})

test('nothing is lost, doubled or reordered while a file is written, rotated and read', () => {
  const step = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ type: fc.constant('write' as const), lines: fc.integer({ min: 1, max: 2000 }) })
    },
    {
      weight: 3,
      arbitrary: fc.record({ type: fc.constant('read' as const), lines: fc.integer({ min: 1, max: 3000 }) })
    },
    {
      weight: 1,
      arbitrary: fc.record({ type: fc.constant('rotate' as const), lines: fc.integer({ min: 0, max: 50 }) })
    }
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), steps => {
      const directory = scratch()
      const file = join(directory, 'f')
      let fd = openSync(file, 'a')
      const { inputs, lines } = watch(directory, ['f'])
      const seen: string[] = []
      let written = 0
      const write = (count: number): void => {
        writeSync(fd, Array.from({ length: count }, () => `line ${written++}\n`).join(''))
      }
      for (const [index, { type, lines: count }] of steps.entries()) {
        if (type === 'write') write(count)
        else if (type === 'read') {
          for (let read = 0; read < count; read++) {
            const line = inputs.next(0)
            if (line !== undefined) seen.push(line.text)
          }
        } else {
          // Only one file back can be known: the reader has caught up with the one before.
          seen.push(...lines())
          renameSync(file, `${file}.${index}`)
          write(count)
          closeSync(fd)
          fd = openSync(file, 'a')
        }
      }
      seen.push(...lines())
      closeSync(fd)
      expect(seen).toEqual(Array.from({ length: written }, (_, number) => `line ${number}`))
    }),
    { numRuns: 60 }
  )
})
