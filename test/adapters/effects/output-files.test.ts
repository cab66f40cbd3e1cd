import { spawnSync } from 'node:child_process'
import {
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { correlogCommand } from '../../helpers/correlog-command.ts'
import { makeFifo, scratch } from '../sec-inputs/watched.ts'
import { carryOut } from './carried-out.ts'

function files() {
  const directory = scratch()
  const { effects, messages } = carryOut(directory)
  const path = (name: string): string => join(directory, name)
  return {
    effects,
    messages,
    path,
    write: (name: string, data: string) =>
      effects.effect({ type: 'write', path: path(name), data, isLine: data.endsWith('\n') }),
    writeOnce: (name: string, data: string) =>
      effects.effect({ type: 'write-close', path: path(name), data }),
    close: (name: string) => effects.effect({ type: 'close', path: path(name) }),
    text: (name: string) => readFileSync(path(name), 'latin1')
  }
}

test('a file is made, appended to and kept open; bytes stay as they are', () => {
  const { write, writeOnce, text, path } = files()
  writeFileSync(path('there'), 'before\n')
  write('there', 'x\n')
  expect(text('there')).toBe('before\nx\n')
  write('f', 'a\xff\0\n')
  expect(text('f')).toBe('a\xff\0\n')
  renameSync(path('f'), path('g'))
  write('f', 'b\n')
  writeOnce('f', 'once')
  writeOnce('g', 'c')
  expect([text('f'), text('g')]).toEqual(['once', 'a\xff\0\nb\nc'])
})

test('closing and reopening: the next write opens anew', () => {
  const { write, close, text, path, effects, messages } = files()
  write('f', '1')
  close('f')
  close('f')
  renameSync(path('f'), path('g'))
  write('f', '2')
  effects.reopen()
  renameSync(path('f'), path('h'))
  write('f', '3')
  expect([text('g'), text('h'), text('f')]).toEqual(['1', '2', '3'])
  expect(messages).toEqual(["6 File 'f' is not open, can't close"])
})

test('what is no regular file or FIFO is refused', () => {
  const { write, writeOnce, path, effects, messages } = files()
  mkdirSync(path('dir'))
  symlinkSync('/dev/null', path('null'))
  write('dir', 'L1\n')
  writeOnce('dir', 'L1')
  write('null', 'L1\n')
  write('no/such', 'L2\n')
  effects.effect({ type: 'write', path: '/dev/full', data: 'L3\n', isLine: true })
  expect(messages).toEqual([
    "6 Can't write event 'L1' to file 'dir' (not a regular file or pipe)",
    "6 Can't write event 'L1' to file 'dir' (not a regular file or pipe)",
    "6 Can't write event 'L1' to file 'null' (not a regular file or pipe)",
    "6 Can't open 'no/such' for writing event 'L2' (No such file or directory)",
    "6 Can't write event 'L3' to file '/dev/full' (not a regular file or pipe)"
  ])
  expect(effects.counters).toMatchObject({ failedWrites: 5, droppedWrites: 0 })
})

test('messages show an event as the rules gave it, with a newline of its own', () => {
  const { effects, path, messages } = files()
  mkdirSync(path('dir'))
  effects.effect({ type: 'write', path: path('dir'), data: 'a\n\n', isLine: true })
  effects.effect({ type: 'write', path: path('dir'), data: 'b\n' })
  effects.effect({ type: 'write-close', path: path('no/such'), data: 'c\n' })
  expect(messages).toEqual([
    "6 Can't write event 'a\n' to file 'dir' (not a regular file or pipe)",
    "6 Can't write event 'b\n' to file 'dir' (not a regular file or pipe)",
    "6 Can't open 'no/such' for writing event 'c\n' (No such file or directory)"
  ])
})

test('a symbolic link to nothing makes the file', () => {
  const { write, text, path } = files()
  symlinkSync('target', path('link'))
  write('link', 'x')
  expect(text('target')).toBe('x')
})

/** Reads what is in a FIFO now. */
function drain(fd: number): number {
  const buffer = Buffer.alloc(1 << 20)
  let total = 0
  try {
    for (let count = readSync(fd, buffer); count > 0; count = readSync(fd, buffer)) total += count
  } catch {
    // Empty.
  }
  return total
}

test('a FIFO never waits: without reader, full or half full, the write is dropped and counted', () => {
  const { write, path, effects, messages } = files()
  makeFifo(path('fifo'))
  write('fifo', 'L1\n')
  expect(existsSync(path('fifo'))).toBe(true)
  const reader = openSync(path('fifo'), constants.O_RDONLY | constants.O_NONBLOCK)
  const big = 'y'.repeat(40_000)
  for (const line of ['1', '2', '3']) write('fifo', `${line}${big}\n`)
  // How much a FIFO takes beyond whole pages is the system's matter.
  const held = drain(reader)
  expect(held).toBeGreaterThan(60_000)
  // It is still the same open file: its reader has seen no end.
  write('fifo', 'L4\n')
  expect(drain(reader)).toBe(3)
  closeSync(reader)
  write('fifo', 'L5\n')
  const other = openSync(path('fifo'), constants.O_RDONLY | constants.O_NONBLOCK)
  write('fifo', 'L6\n')
  expect(drain(other)).toBe(3)
  closeSync(other)
  expect(messages.map(message => message.replace(/yy+/, 'y'))).toEqual([
    "6 Can't open 'fifo' for writing event 'L1' (No such device or address)",
    `6 ${held - big.length - 2} bytes of '2y' written to 'fifo'`,
    "6 Error when writing event '3y' to 'fifo' (Resource temporarily unavailable)",
    "6 Error when writing event 'L5' to 'fifo' (Broken pipe)"
  ])
  expect(effects.counters).toMatchObject({ droppedWrites: 4, failedWrites: 0 })
})

/** Carries out writes in a process of their own, whose standard output and limits are its shell's. */
function writeElsewhere(shellCommand: string, path: string, data: string, writes: number, before = '') {
  const script = `
    import { writeSync } from 'node:fs'
    import { createEffects } from ${JSON.stringify(join(correlogCommand(), '../../adapters/effects/effects.js'))}
    ${before}
    const effects = createEffects({ log: (level, text) => writeSync(2, level + ' ' + text.replace(/yy+/, 'y') + '\\n') })
    for (let write = 1; write <= ${writes}; write++) {
      effects.effect({ type: 'write', path: ${JSON.stringify(path)}, data: write + ${JSON.stringify(data)}, isLine: ${data.endsWith('\n')} })
    }
    writeSync(2, JSON.stringify(effects.counters) + '\\n')`
  const { stderr, stdout, status } = spawnSync('sh', ['-c', shellCommand, 'sh', process.execPath, script], {
    encoding: 'latin1',
    maxBuffer: 1 << 26
  })
  return { status, stdout, messages: stderr.trimEnd().split('\n') }
}

test('a full disk: what does not fit is said and counted, and nothing ends', () => {
  const path = join(scratch(), 'f')
  // A limit of 64 blocks of 512 bytes stands for the disk.
  const { status, messages } = writeElsewhere(
    'ulimit -f 64; exec "$1" --input-type=module -e "$2"',
    path,
    `${'y'.repeat(20_000)}\n`,
    3
  )
  expect(status).toBe(0)
  expect(readFileSync(path)).toHaveLength(32_768)
  expect(messages).toEqual([
    `6 12766 bytes of '2y' written to '${path}'`,
    `6 Error when writing event '3y' to '${path}' (File too large)`,
    '{"droppedWrites":0,"failedWrites":2,"cutBytes":0}'
  ])
})

test('standard output that has gone or is full: said and counted, and nothing ends', () => {
  const gone = writeElsewhere('"$1" --input-type=module -e "$2" | :', '-', 'y'.repeat(80_000), 2)
  expect(gone.messages.at(-2)).toBe("6 Error when writing event '2y' to '-' (Broken pipe)")
  expect(gone.messages.at(-1)).toBe('{"droppedWrites":0,"failedWrites":2,"cutBytes":0}')
  const full = writeElsewhere('"$1" --input-type=module -e "$2" > /dev/full', '-', 'x\n', 1)
  expect(full.messages[0]).toBe("6 Error when writing event '1x' to '-' (No space left on device)")
})

test('standard output gets every byte, also where a write to it does not wait', () => {
  const slow = '"$1" --input-type=module -e "$2" | { sleep 0.2; wc -c; }'
  // Node.js makes the pipe one that does not wait as soon as somebody asks for its stream.
  for (const before of ['', 'process.stdout']) {
    const { stdout, messages } = writeElsewhere(slow, '-', `${'z'.repeat(99_998)}\n`, 9, before)
    expect(stdout.trim()).toBe('900000')
    expect(messages).toEqual(['{"droppedWrites":0,"failedWrites":0,"cutBytes":0}'])
  }
})
