import { execFileSync } from 'node:child_process'
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, type TestContext } from 'vitest'
import { correlogCommand } from '../helpers/correlog-command.ts'
import { requirePerl, requireSec } from '../helpers/requirements.ts'
import { RunningCommand } from '../helpers/running-command.ts'

const perl = requirePerl()
const sec = requireSec()

const files = {
  'echo.sec': 'type=Single\nptype=RegExp\npattern=.\ndesc=echo\naction=write - $0\n',
  'three.sec': `type=Single
ptype=RegExp3
pattern=^a\\nb\\nc$
desc=three lines
action=write - three

type=Calendar
time=* * * * *
desc=minute
action=none

type=Options
joincfset=set
procallin=yes
`,
  'faulty.sec':
    'type=Single\nptype=RegExp\npattern=x\ndesc=x\nfoo=1\naction=none\n\ntype=Single\nptype=SubStr\npattern=x\ndesc=x\naction=none\n',
  'empty.sec': '',
  'lines.txt': 'one\ntwo\nthree',
  'a b.txt': 'spaces\n',
  'sources.sec':
    'type=Single\nptype=RegExp\npattern=.\ndesc=x\naction=write - $+{_inputsrc} <$+{_intcontext}> $0\n',
  'events.sec':
    'type=Single\nptype=RegExp\npattern=.\ndesc=x\naction=write - $0; create A 60; event 5 later\n',
  rc: '# a comment\n\n  --conf\necho.sec\n\t--input=lines.txt\t\n'
}

interface Result {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
  readonly log: readonly string[]
}

/** Our messages about faulty rules go on where SEC's end. */
function withoutExpectation(result: Result | undefined): Result | undefined {
  return result && { ...result, log: result.log.map(line => line.replace(/; expected .*/, '')) }
}

/** Runs that end by themselves. */
const cases: readonly {
  readonly args: string
  readonly input?: string
  readonly env?: Record<string, string>
}[] = [
  { args: '--conf=echo.sec --testonly' },
  { args: '--conf=faulty.sec --testonly' },
  { args: '--conf=empty.sec --testonly' },
  { args: '--conf=nosuch --testonly' },
  { args: '--conf=nosuch* --testonly' },
  { args: '--conf=. --testonly' },
  { args: '--conf=three.sec --testonly --debug=4' },
  { args: '--conf=- --testonly', input: files['three.sec'] },
  { args: '--conf={three,echo}.sec --conf=e*.sec --testonly' },
  { args: '--conf=echo.sec --testonly --detach' },
  { args: '--conf=echo.sec --notail --input=lines.txt' },
  { args: '--conf=echo.sec --notail --input=-', input: 'one\ntwo\n\nno newline' },
  { args: '--conf=echo.sec --notail --input=nosuch' },
  { args: '--conf=echo.sec --notail --input=.' },
  { args: '--conf=echo.sec --notail' },
  { args: '--conf=three.sec --notail --input=-', input: 'a\nb\nc\n' },
  { args: '--conf=three.sec --notail --bufsize=2 --input=-', input: 'a\nb\nc\n' },
  { args: '--conf=sources.sec --notail --input=*.txt' },
  { args: '--conf=sources.sec --notail --intcontexts --input=*.txt' },
  { args: '--conf=sources.sec --notail --input=lines.txt=LINES --input="a?b.txt"=SPACES' },
  { args: '--conf=events.sec --notail --intevents --nochildterm --input=lines.txt' },
  { args: '--conf=echo.sec --notail --input=lines.txt --pid=/nonexistent/pid' },
  { args: '--conf=echo.sec --detach --input=-' },
  { args: '--conf=echo.sec --notail --input=lines.txt --debug=9 --bufsize=-1 --nosuch --c=1 stray' },
  { args: '--notail', env: { SECRC: 'rc' } },
  { args: '--notail --conf=echo.sec --input=lines.txt', env: { SECRC: 'nosuch' } }
]

describe('correlog sec beside SEC', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'correlog-beside-'))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  function prepare(name: string): string {
    const place = join(folder, name)
    mkdirSync(place)
    for (const [file, text] of Object.entries(files)) writeFileSync(join(place, file), text)
    execFileSync('mkfifo', [join(place, 'fifo')])
    return place
  }

  function commands(context: TestContext): readonly (readonly [string, readonly string[]])[] {
    perl.need(context)
    return [
      ['sec', ['perl', sec.need(context)]],
      ['correlog', [process.execPath, correlogCommand(), 'sec']]
    ]
  }

  test.for(cases.map((item, index) => ({ ...item, index })))('$args', async (item, context) => {
    const { args, input, env, index } = item
    const results = await Promise.all(
      commands(context).map(async ([name, command]) => {
        const run = new RunningCommand([...command, '--log=sec.log', ...args.split(' ')], {
          folder: prepare(`${name}-${index}`),
          ...(input !== undefined && { input }),
          ...(env !== undefined && { env })
        })
        const status = await run.ended()
        return { status, stdout: run.stdout, stderr: run.stderr, log: run.log }
      })
    )
    expect(withoutExpectation(results[1])).toEqual(results[0])
  })

  test('rule file names are names, and nothing that Perl would open or run', async () => {
    const run = new RunningCommand(
      [
        process.execPath,
        correlogCommand(),
        'sec',
        '--log=sec.log',
        '--testonly',
        '--conf=echo|',
        '--conf=<echo.sec'
      ],
      { folder: prepare('names') }
    )
    expect(await run.ended()).toBe(1)
    expect(run.log.filter(line => line.startsWith("Can't"))).toEqual([
      "Can't open configuration file echo| (No such file or directory)",
      "Can't open configuration file <echo.sec (No such file or directory)"
    ])
  })

  test('names of any bytes come from patterns and from the resource file', async () => {
    const place = prepare('bytes')
    const name = (text: string): Buffer => Buffer.from(`${place}/${text}`, 'latin1')
    writeFileSync(name('r\xff.sec'), files['echo.sec'])
    writeFileSync(name('in\xe4'), 'a line\n')
    writeFileSync(name('bytes-rc'), '--conf=r\xff.sec\n', 'latin1')
    const run = new RunningCommand(
      [process.execPath, correlogCommand(), 'sec', '--log=sec.log', '--notail', '--input=in?'],
      { folder: place, env: { SECRC: 'bytes-rc' } }
    )
    expect(await run.ended()).toBe(0)
    expect(run.stdout).toBe('a line\n')
  })

  test('a session with USR2, HUP and TERM', async context => {
    const logs = await Promise.all(
      commands(context).map(async ([name, command]) => {
        const place = prepare(`${name}-session`)
        const run = new RunningCommand(
          [...command, '--log=sec.log', '--conf=events.sec', '--input=fifo', '--intevents', '--pid=pid'],
          { folder: place }
        )
        await run.logged(/^Deleting SEC internal context/)
        appendFileSync(join(place, 'fifo'), 'one\n')
        await run.logged("Writing event 'one' to file '-'")
        run.signal('SIGUSR2')
        await run.logged(/^Deleting SEC internal context/, 3)
        run.signal('SIGHUP')
        await run.logged(/^Deleting SEC internal context/, 5)
        appendFileSync(join(place, 'fifo'), 'two\n')
        await run.logged("Writing event 'two' to file '-'")
        run.signal('SIGTERM')
        const status = await run.ended()
        // SEC opens inputs anew at HUP; ours go on where they were.
        const log = run.log.filter(line => line !== 'Opening input file fifo')
        return { status, stdout: run.stdout, stderr: run.stderr, log }
      })
    )
    expect(logs[1]).toEqual(logs[0])
  })
})
