import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
  writeSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test, type TestContext } from 'vitest'
import { correlogCommand } from '../helpers/correlog-command.ts'
import { requirePerl, requireSec } from '../helpers/requirements.ts'
import { RunningCommand } from '../helpers/running-command.ts'
import { byAnotherUser, mountSmallDisk } from '../helpers/machine-limits.ts'

// What goes wrong outside, against the running command: no crash, every line counted, a message that says what it was,
// and TERM still ends it with status 0. What SEC does the same way is asked of SEC too.

const perl = requirePerl()
const sec = requireSec()

type Name = 'correlog' | 'SEC'

/** Every line goes to `lines.txt` as it is. */
const ECHO = 'type=Single\nptype=RegExp\npattern=.*\ncontinue=TakeNext\ndesc=x\naction=write lines.txt $0\n\n'

let folder: string
let running: RunningCommand[]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'correlog-bad-input-'))
  running = []
  makeFifo()
})
afterEach(async () => {
  await Promise.all(running.map(command => command.kill()))
  rmSync(folder, { recursive: true, force: true })
})

const at = (name: string): string => join(folder, name)
const makeFifo = (): void => void execFileSync('mkfifo', [at('fifo')])
const rules = (text: string): void => writeFileSync(at('rules.sec'), ECHO + text, 'latin1')
const bytes = (text: string): Buffer => Buffer.from(text, 'latin1')
const numbered = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, number) => `${prefix} ${number}`)
const asText = (lines: readonly string[]): string => lines.map(line => `${line}\n`).join('')

function size(name: string): number {
  return statSync(at(name), { throwIfNoEntry: false })?.size ?? 0
}

function program(name: Name, context: TestContext): string[] {
  if (name === 'correlog') return [process.execPath, correlogCommand(), 'sec']
  return [perl.need(context), sec.need(context)]
}

interface StartOptions {
  readonly args?: string
  /** Runs the command given as its arguments. */
  readonly by?: readonly string[]
  readonly input?: string
}

/** Runs until its input is about to be opened. */
async function start(
  name: Name,
  context: TestContext,
  { args = '--conf=rules.sec --debug=4', by = [], input = 'fifo' }: StartOptions = {}
): Promise<RunningCommand> {
  const command = new RunningCommand(
    [...by, ...program(name, context), '--log=sec.log', `--input=${input}`, ...args.split(' ')],
    { folder }
  )
  running.push(command)
  await command.logged(`Opening input file ${input}`)
  return command
}

/** Writes as somebody who waits for room, without holding up this process. */
async function send(text: string, to = 'fifo'): Promise<void> {
  const writer = new RunningCommand(['sh', '-c', `cat > ${to}`], { folder, input: text })
  running.push(writer)
  expect(await writer.ended()).toBe(0)
}

/** Waits for `lines.txt` to be exactly this. */
async function echoes(command: RunningCommand, text: string): Promise<void> {
  await command.until(() => size('lines.txt') >= text.length, `${text.length} bytes in lines.txt`)
  // A difference of megabytes is not worth printing.
  expect(readFileSync(at('lines.txt')).equals(bytes(text))).toBe(true)
}

/** TERM; its log lines after the inputs were opened. */
async function end(command: RunningCommand): Promise<string[]> {
  command.signal('SIGTERM')
  expect(await command.ended()).toBe(0)
  const { log } = command
  return log.slice(log.findIndex(line => line.startsWith('Opening input file')) + 1)
}

const FROM_START = '--conf=rules.sec --debug=4 --fromstart'

const TERM = 'SIGTERM received: shutting down SEC'

/** Bytes from a seed, the same in every run. */
function garbage(length: number): string {
  let state = 1
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state >>> 24
  }
  return Buffer.from(Array.from({ length }, next)).toString('latin1')
}

describe.for<Name>(['correlog', 'SEC'])('%s', name => {
  test('binary garbage', async context => {
    rules(`type=SingleWithThreshold
ptype=RegExp
pattern=^(.)
desc=$1
action=write kinds.txt %s; create $1 1000; add $1 $0
window=1000
thresh=2
`)
    const text = `${garbage(300_000)}\n`
    const lines = text.split('\n').slice(0, -1)
    expect(lines.length).toBeGreaterThan(1000)
    const sec = await start(name, context)
    await send(text)
    await echoes(sec, text)
    expect(await end(sec)).toEqual([TERM])
    const firsts = lines.map(line => line.slice(0, 1)).filter(first => first !== '')
    const seen = new Map<string, number>()
    for (const first of firsts) seen.set(first, (seen.get(first) ?? 0) + 1)
    const kinds = [...seen.keys()].filter(first => (seen.get(first) ?? 0) > 1)
    expect(sec.file('kinds.txt').split('\n').slice(0, -1).sort()).toEqual(kinds.sort())
    expect(sec.stderr).toBe('')
  })

  test('NUL bytes, in lines, file names and arguments', async context => {
    rules(`type=Single
ptype=RegExp
pattern=^a(\\0+)b$
desc=$1
action=write nul.txt <$1>; write name$1.txt never; spawn /bin/echo got$1gone
`)
    const sec = await start(name, context, { args: '--conf=rules.sec --debug=6' })
    const lines = ['\0', 'a\0b', '\0\0\0', '', 'a\0\0b', 'end\0']
    await send(asText(lines))
    // What programs print comes when it comes.
    const all = [...lines, 'got', 'got']
    await sec.until(() => size('lines.txt') >= asText(all).length, 'all lines')
    expect(sec.file('lines.txt').split('\n').slice(0, -1).sort()).toEqual(all.sort())
    expect(sec.file('nul.txt')).toBe('<\0>\n<\0\0>\n')
    const log = await end(sec)
    expect(log.filter(line => line.startsWith("Can't open"))).toEqual([
      "Can't open 'name\0.txt' for writing event 'never' (No such file or directory)",
      "Can't open 'name\0\0.txt' for writing event 'never' (No such file or directory)"
    ])
  })

  test('a line of 10 MB between short ones', async context => {
    rules('type=Single\nptype=RegExp\npattern=needle(\\d+)$\ndesc=x\naction=write found.txt $1\n')
    const text = asText(['needle1', `${'0123456789'.repeat(1_000_000)}needle2`, 'needle3'])
    const sec = await start(name, context)
    await send(text)
    await echoes(sec, text)
    expect(sec.file('found.txt')).toBe('1\n2\n3\n')
    expect(await end(sec)).toEqual([TERM])
  })

  test('a rule file that may not be read, beside one that may', async context => {
    rules('')
    const notRoot = byAnotherUser(context, folder, program(name, context))
    writeFileSync(at('secret.sec'), ECHO)
    chmodSync(at('secret.sec'), 0o000)
    const args = '--conf=secret.sec --conf=rules.sec --debug=4'
    const refusal = "Can't open configuration file secret.sec (Permission denied)"
    const sec = await start(name, context, { args, by: notRoot })
    const lines = numbered('line', 100)
    await send(asText(lines))
    await echoes(sec, asText(lines))
    expect(sec.log.filter(line => line.includes('secret.sec'))).toEqual([
      'Reading configuration from secret.sec',
      refusal
    ])
    expect(await end(sec)).toEqual([TERM])
    const check = new RunningCommand(
      [...notRoot, ...program(name, context), '--testonly', '--log=sec.log', ...args.split(' ')],
      { folder }
    )
    expect(await check.ended()).toBe(1)
    expect(check.log.filter(line => line === refusal)).toHaveLength(2)
  })

  test('a rule file that is a directory, beside one that is none', async context => {
    rules('')
    mkdirSync(at('folder.sec'))
    const sec = await start(name, context, { args: '--conf=folder.sec --conf=rules.sec --debug=4' })
    await send('one\ntwo\n')
    await echoes(sec, 'one\ntwo\n')
    expect(sec.log.slice(0, 3)).toEqual([
      'Reading configuration from folder.sec',
      'No valid rules found in configuration file folder.sec',
      'Reading configuration from rules.sec'
    ])
    expect(await end(sec)).toEqual([TERM])
  })

  test('a FIFO that disappears, while its writer stays, and comes again', async context => {
    rules('')
    const sec = await start(name, context)
    const lines = numbered('line', 300)
    const writer = openSync(at('fifo'), 'w')
    try {
      writeSync(writer, asText(lines.slice(0, 100)))
      await echoes(sec, asText(lines.slice(0, 100)))
      unlinkSync(at('fifo'))
      writeSync(writer, asText(lines.slice(100, 200)))
      await echoes(sec, asText(lines.slice(0, 200)))
    } finally {
      closeSync(writer)
    }
    makeFifo()
    await sec.logged('Input file fifo has been recreated')
    await send(asText(lines.slice(200)))
    await echoes(sec, asText(lines))
    expect(await end(sec)).toEqual([
      'Input file fifo has been recreated',
      'Reopening fifo and processing from the start',
      TERM
    ])
  })

  test('a truncated input file: only what was cut before it was read is lost', async context => {
    rules('')
    writeFileSync(at('input'), asText(numbered('read', 500)))
    const sec = await start(name, context, { input: 'input', args: FROM_START })
    await echoes(sec, asText(numbered('read', 500)))
    // It can't read what is written while it is stopped.
    sec.signal('SIGSTOP')
    appendFileSync(at('input'), asText(numbered('cut', 300)))
    truncateSync(at('input'))
    appendFileSync(at('input'), asText(numbered('after', 200)))
    sec.signal('SIGCONT')
    await echoes(sec, asText([...numbered('read', 500), ...numbered('after', 200)]))
    appendFileSync(at('input'), asText(numbered('more', 100)))
    await echoes(sec, asText([...numbered('read', 500), ...numbered('after', 200), ...numbered('more', 100)]))
    expect(await end(sec)).toEqual([
      'Input file input has been truncated',
      'Reopening input and processing from the start',
      TERM
    ])
  })

  test('a full disk under write', async context => {
    mountSmallDisk(context, at('disk'))
    try {
      rules('type=Single\nptype=RegExp\npattern=.*\ndesc=x\naction=write disk/out.txt $0\n')
      const lines = numbered('x'.repeat(92), 1000)
      const sec = await start(name, context, { args: '--conf=rules.sec --debug=6' })
      await send(asText(lines))
      await echoes(sec, asText(lines))
      const kept = sec.file('disk/out.txt')
      expect(kept).toHaveLength(65_536)
      expect(asText(lines).startsWith(kept)).toBe(true)
      const whole = kept.split('\n').length - 1
      // There is room again.
      truncateSync(at('disk/out.txt'))
      await send('later\n')
      await echoes(sec, asText([...lines, 'later']))
      await sec.until(() => sec.file('disk/out.txt') !== '', 'a line on the disk')
      expect(sec.file('disk/out.txt')).toBe('later\n')
      const log = await end(sec)
      const refusal = /^Error when writing event '.*' to 'disk\/out\.txt' \(No space left on device\)$/
      expect(log.filter(line => refusal.test(line))).toHaveLength(lines.length - whole - 1)
      const part = kept.length - asText(lines.slice(0, whole)).length
      expect(log.filter(line => line.startsWith(`${part} bytes of '`))).toHaveLength(1)
      if (name === 'correlog') {
        expect(log.at(-1)).toBe(`Writes failed or came short: ${lines.length - whole}`)
      }
    } finally {
      // Also while a failed test's program still holds it.
      execFileSync('umount', ['--lazy', at('disk')])
    }
  })

  test('programs that do not exist', async context => {
    rules(`type=Single
ptype=RegExp
pattern=^run (\\d+)$
desc=run $1
action=shellcmd /no/such-$1; spawn no-such-program $1; cspawn C /no/such; cmdexec /no/such $1; pipe '$0' /no/such

type=SingleWithScript
ptype=RegExp
pattern=^script
script=/no/such script
desc=x
action=write scripts.txt yes
action2=write scripts.txt no

`)
    const sec = await start(name, context)
    const lines = [...numbered('run', 20), 'script']
    await send(asText(lines))
    await echoes(sec, asText(lines))
    await sec.until(() => sec.file('scripts.txt') !== '', 'the end of the script')
    expect(sec.file('scripts.txt')).toBe('no\n')
    await sec.logged(/^Child \d+ terminated with non-zero exitcode 1 /, 100)
    const log = await end(sec)
    const commands = log.map(line => line.replace(/^Child \d+ terminated with non-zero exitcode 1 /, ''))
    const expected = numbered('', 20).flatMap(number => [
      `( /no/such-${number.trim()} )`,
      `( no-such-program${number} )`,
      '( /no/such )',
      `( /no/such${number} )`,
      '( /no/such )'
    ])
    expect(commands.sort()).toEqual([...expected, TERM].sort())
    expect(sec.stderr.split('\n')[0]).toMatch(/^Can't exec "[^"]+": No such file or directory/)
  })
})

test('a line of 17 MiB is cut at 16 MiB, said once and counted', async context => {
  rules('')
  const MIB = 1024 * 1024
  const sec = await start('correlog', context)
  await send(asText(['one', 'x'.repeat(17 * MIB), 'two', 'x'.repeat(16 * MIB + 5), 'three']))
  const cut = 'x'.repeat(16 * MIB)
  await echoes(sec, asText(['one', cut, 'two', cut, 'three']))
  expect(await end(sec)).toEqual([
    `input file fifo: a line is longer than ${16 * MIB} bytes; what exceeds that is dropped and counted (said once)`,
    TERM,
    `Input lines were too long and were cut: 2, bytes ${MIB + 5}`
  ])
})

test('an input file rotated under load: nothing of the old files is lost', async context => {
  rules('')
  writeFileSync(at('input'), 'line 0\n')
  const sec = await start('correlog', context, { input: 'input', args: FROM_START })
  await echoes(sec, 'line 0\n')
  const rotations = 20
  let count = 1
  const write = (file: number, lines: number): void => {
    for (let line = 0; line < lines; line++) writeSync(file, `line ${count++}\n`)
  }
  let file = openSync(at('input'), 'a')
  for (let rotation = 1; rotation <= rotations; rotation++) {
    write(file, 400)
    renameSync(at('input'), at(`input.${rotation}`))
    write(file, 200)
    const next = openSync(at('input'), 'a')
    const first = `\nline ${count}\n`
    write(next, 100)
    // Its writer learns of the rotation late.
    write(file, 100)
    // Of two new files at once the first could not be known.
    await sec.until(() => sec.file('lines.txt').includes(first), 'a line of the new file')
    write(file, 200)
    closeSync(file)
    file = next
  }
  closeSync(file)
  const lines = Array.from({ length: count }, (_, number) => `line ${number}`)
  await sec.until(() => size('lines.txt') >= asText(lines).length, 'all lines')
  // Nothing comes twice.
  await sleep(100)
  expect(sec.file('lines.txt').split('\n').slice(0, -1).sort()).toEqual(lines.sort())
  const said = ['Input file input has been recreated', 'Reopening input and processing from the start']
  expect(await end(sec)).toEqual([...Array.from({ length: rotations }, () => said).flat(), TERM])
})

test('a limit on the size of files: the log and the outputs come to it', async context => {
  rules('')
  // Blocks of 512 bytes.
  const by = ['sh', '-c', 'ulimit -f 32; exec "$@"', 'sh']
  const sec = await start('correlog', context, { by, args: '--conf=rules.sec --debug=6' })
  const lines = numbered('x'.repeat(92), 400)
  await send(asText(lines))
  // The log is full after some lines; the rules still see each.
  await sec.until(() => size('lines.txt') === 16_384, 'a full file')
  sec.signal('SIGTERM')
  expect(await sec.ended()).toBe(0)
  expect(size('sec.log')).toBe(16_384)
  expect(asText(lines).startsWith(sec.file('lines.txt'))).toBe(true)
  expect(sec.stderr).toMatch(/^Log lines were lost: \d{3,}\n$/)
})
