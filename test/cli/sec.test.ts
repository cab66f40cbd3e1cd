import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { correlogCommand } from '../helpers/correlog-command.ts'
import { RunningCommand } from '../helpers/running-command.ts'

let folder: string
let running: RunningCommand[]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'correlog-sec-'))
  running = []
  execFileSync('mkfifo', [join(folder, 'fifo')])
  writeRules('echo.sec', 'type=Single\nptype=RegExp\npattern=.\ndesc=echo\naction=write out.txt $0')
})
afterEach(async () => {
  await Promise.all(running.map(command => command.kill()))
  rmSync(folder, { recursive: true, force: true })
})

function writeRules(name: string, text: string): void {
  writeFileSync(join(folder, name), `${text}\n`)
}

function start(args: string, env: Readonly<Record<string, string>> = {}): RunningCommand {
  const command = new RunningCommand(
    [process.execPath, correlogCommand(), 'sec', '--log=sec.log', ...args.split(' ')],
    { folder, env }
  )
  running.push(command)
  return command
}

/** Opens the FIFO only where somebody reads it: a shell would wait. */
function send(text: string): void {
  appendFileSync(join(folder, 'fifo'), text, { flag: 'a', encoding: 'latin1' })
}

/** Lines that were written so far. */
function written(sec: RunningCommand): string[] {
  return sec.file('out.txt').split('\n').slice(0, -1)
}

async function writes(sec: RunningCommand, ...lines: readonly string[]): Promise<void> {
  await sec.until(() => written(sec).length >= lines.length, `${lines.length} lines in out.txt`)
  expect(written(sec)).toEqual(lines)
}

describe('a FIFO', () => {
  test("every writer's lines are handled, in order and byte by byte", async () => {
    const sec = start('--conf=echo.sec --input=fifo')
    await sec.logged('Opening input file fifo')
    send('one\ntwo\n')
    await writes(sec, 'one', 'two')
    send('\xff\0\xc3\xa9\nfour\n')
    await writes(sec, 'one', 'two', '\xff\0\xc3\xa9', 'four')
    expect(sec.stderr).toBe('')
  })

  test('TERM ends cleanly, with status 0', async () => {
    const sec = start('--conf=echo.sec --input=fifo')
    await sec.logged('Opening input file fifo')
    send('one\n')
    await writes(sec, 'one')
    sec.signal('SIGTERM')
    expect(await sec.ended()).toBe(0)
    expect(sec.log.at(-1)).toBe('SIGTERM received: shutting down SEC')
    expect(sec.stderr).toBe('')
  })

  test('TERM is heard while rules feed themselves with events', async () => {
    writeRules('loop.sec', 'type=Single\nptype=SubStr\npattern=go\ndesc=again\naction=event go')
    const sec = start('--conf=loop.sec --input=fifo --debug=4')
    await sec.logged('Opening input file fifo')
    send('go\n')
    await new Promise(resolve => setTimeout(resolve, 300))
    sec.signal('SIGTERM')
    expect(await sec.ended()).toBe(0)
  })
})

describe('internal events', () => {
  test('SEC_STARTUP comes first, SEC_SHUTDOWN last', async () => {
    const sec = start('--conf=echo.sec --input=fifo --intevents --nochildterm')
    await sec.logged(/SEC_STARTUP/)
    send('one\n')
    await writes(sec, 'SEC_STARTUP', 'one')
    sec.signal('SIGTERM')
    expect(await sec.ended()).toBe(0)
    expect(written(sec)).toEqual(['SEC_STARTUP', 'one', 'SEC_SHUTDOWN'])
  })

  test('with --childterm what SEC_SHUTDOWN starts has 3 seconds before it gets TERM', async () => {
    writeFileSync(
      join(folder, 'wait.sh'),
      'trap "echo ended >>out.txt; exit" TERM; echo ready >out.txt; while :; do sleep 0.1; done\n'
    )
    writeRules(
      'shutdown.sec',
      'type=Single\nptype=SubStr\npattern=SEC_SHUTDOWN\ndesc=end\naction=shellcmd /bin/sh wait.sh'
    )
    const sec = start('--conf=shutdown.sec --input=fifo --intevents')
    await sec.logged('Opening input file fifo')
    await sec.logged(/Deleting SEC internal context/)
    const begin = performance.now()
    sec.signal('SIGTERM')
    expect(await sec.ended()).toBe(0)
    expect(performance.now() - begin).toBeGreaterThan(2900)
    expect(sec.log.at(-1)).toMatch(/^Sending SIGTERM to process \d+$/)
    await writes(sec, 'ready', 'ended')
  })
})

describe('HUP', () => {
  test('reads options, resource file and rules anew and drops what is remembered; inputs go on', async () => {
    writeFileSync(join(folder, 'rc'), '--conf=one.sec\n')
    writeRules(
      'one.sec',
      `type=Single
ptype=SubStr
pattern=count
context=SEEN
desc=known
action=write out.txt still known

type=Single
ptype=SubStr
pattern=count
desc=new
action=create SEEN; write out.txt new`
    )
    const sec = start('--input=fifo --intevents --nochildterm', { SECRC: 'rc' })
    await sec.logged('Opening input file fifo')
    send('count\ncount\n')
    await writes(sec, 'new', 'still known')
    writeFileSync(join(folder, 'rc'), '--conf=one.sec\n--conf=two.sec\n--nosuch\n')
    writeRules('two.sec', 'type=Single\nptype=RegExp\npattern=.\ndesc=echo\naction=write out.txt two: $0')
    sec.signal('SIGHUP')
    await sec.logged("Creating SEC internal event 'SEC_RESTART'")
    send('count\n')
    await writes(sec, 'new', 'still known', 'two: SEC_RESTART', 'new', 'two: count')
    expect(sec.stderr).toBe('Unknown option: nosuch\n')
    const restart = sec.log.slice(sec.log.indexOf('SIGHUP received: full restart of SEC'))
    expect(restart).toEqual(
      expect.arrayContaining([
        "Creating SEC internal event 'SEC_PRE_RESTART'",
        'Reading configuration from one.sec',
        '2 rules loaded from one.sec',
        'Reading configuration from two.sec',
        "Creating SEC internal event 'SEC_RESTART'"
      ])
    )
  })

  test('programs get TERM', async () => {
    writeRules('run.sec', 'type=Single\nptype=SubStr\npattern=run\ndesc=run\naction=shellcmd sleep 100')
    const sec = start('--conf=run.sec --input=fifo')
    await sec.logged('Opening input file fifo')
    send('run\n')
    await sec.logged(/^Child \d+ created/)
    sec.signal('SIGHUP')
    await sec.logged(/^Sending SIGTERM to process \d+$/)
    await sec.logged('Reading configuration from run.sec', 2)
    expect(sec.child.exitCode).toBe(null)
  })
})

test('USR2 leaves rotated log and output files', async () => {
  const sec = start('--conf=echo.sec --input=fifo --intevents')
  await sec.logged(/Deleting SEC internal context/)
  send('one\n')
  await writes(sec, 'SEC_STARTUP', 'one')
  renameSync(join(folder, 'sec.log'), join(folder, 'sec.log.1'))
  renameSync(join(folder, 'out.txt'), join(folder, 'out.txt.1'))
  sec.signal('SIGUSR2')
  await writes(sec, 'SEC_LOGROTATE')
  expect(sec.file('out.txt.1')).toBe('SEC_STARTUP\none\nSEC_PRE_LOGROTATE\n')
  expect(sec.file('sec.log.1')).toContain('SIGUSR2 received: closing outputs and restarting logging')
  expect(sec.file('sec.log')).toContain("Creating SEC internal event 'SEC_LOGROTATE'")
})

test.each([
  ['SIGABRT', 'soft restart'],
  ['SIGUSR1', 'dumping performance and debug data'],
  ['SIGINT', 'changing the logging level']
] as const)('%s is ignored with a notice', async (signal, purpose) => {
  const sec = start('--conf=echo.sec --input=fifo')
  await sec.logged('Opening input file fifo')
  send('one\n')
  await writes(sec, 'one')
  sec.signal(signal)
  await sec.logged(`${signal} received: ${purpose} is not there yet, signal ignored`)
  send('two\n')
  await writes(sec, 'one', 'two')
  expect(sec.stderr).toBe('')
})

test('options without effect yet are said once each', async () => {
  const sec = start('--conf=echo.sec --input=fifo --keepopen --dumpf=x --dumpfts --umask=027')
  await sec.logged('Opening input file fifo')
  expect(sec.log.filter(line => line.endsWith('has no effect yet'))).toEqual([
    'Option --keepopen has no effect yet',
    'Option --dumpfts has no effect yet',
    'Option --umask has no effect yet'
  ])
})

test('what cannot be done at all ends with an error', async () => {
  const sec = start('--conf=echo.sec --input=fifo --bufsize=99999999999')
  expect(await sec.ended()).toBe(1)
  expect(sec.log.at(-1)).toMatch(/^Internal error: RangeError: Invalid array length/)
})

test('the process ID is written to the file of --pid, where it stays', async () => {
  const sec = start('--conf=echo.sec --input=fifo --pid=sec.pid')
  await sec.until(() => sec.file('sec.pid') !== '', 'the pid file')
  expect(sec.file('sec.pid')).toBe(`${sec.child.pid}\n`)
  sec.signal('SIGTERM')
  await sec.ended()
  expect(existsSync(join(folder, 'sec.pid'))).toBe(true)
})

describe('started as sec.pl', () => {
  test('through two symbolic links and with the well-known start line, it is a daemon', async () => {
    const output = join(folder, 'out.txt')
    writeRules('echo.sec', `type=Single\nptype=RegExp\npattern=.\ndesc=echo\naction=write ${output} $0`)
    symlinkSync(correlogCommand(), join(folder, 'correlog'))
    symlinkSync(join(folder, 'correlog'), join(folder, 'sec.pl'))
    const starter = new RunningCommand(
      [
        join(folder, 'sec.pl'),
        '-detach',
        `-conf=${folder}/e*.sec`,
        `-input=${folder}/fifo`,
        '-log=sec.log',
        `-pid=${folder}/sec.pid`
      ],
      { folder }
    )
    expect(await starter.ended()).toBe(0)
    expect(starter.stderr).toBe('')
    const pid = Number(starter.file('sec.pid'))
    try {
      expect(starter.log).toEqual([
        'Changing working directory to /',
        `Reading configuration from ${folder}/echo.sec`,
        `1 rules loaded from ${folder}/echo.sec`,
        'No --bufsize command line option or --bufsize=0, setting --bufsize to 1',
        `Opening input file ${folder}/fifo`,
        'Daemonization complete'
      ])
      expect(pid).not.toBe(starter.child.pid)
      // Of `stat`: a session of its own, without a terminal.
      const [, , , session, terminal] =
        readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? []
      expect([Number(session), terminal]).toEqual([pid, '0'])
      send('one\n')
      await writes(starter, 'one')
    } finally {
      process.kill(pid, 'SIGTERM')
    }
    await starter.logged('SIGTERM received: shutting down SEC')
  })

  test('a daemon that gives up says why, by its starter', async () => {
    const starter = new RunningCommand(
      [
        process.execPath,
        correlogCommand(),
        'sec',
        '--detach',
        '--log=/nonexistent/log',
        '--pid=/nonexistent/pid'
      ],
      { folder }
    )
    expect(await starter.ended()).toBe(1)
    expect(starter.stderr).toBe(
      "Can't open logfile /nonexistent/log (No such file or directory)\n" +
        "Can't open pidfile /nonexistent/pid for writing (No such file or directory), exiting!\n"
    )
  })

  test('relative rule files are not found by a daemon, as in SEC', async () => {
    const starter = new RunningCommand(
      [
        process.execPath,
        correlogCommand(),
        'sec',
        '--detach',
        '--testonly',
        '--conf=echo.sec',
        '--log=sec.log'
      ],
      { folder }
    )
    expect(await starter.ended()).toBe(1)
    expect(starter.log.at(-1)).toBe("Can't open configuration file echo.sec (No such file or directory)")
  })
})
