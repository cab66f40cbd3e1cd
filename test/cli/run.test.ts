import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { correlogCommand } from '../helpers/correlog-command.ts'
import { type RunOptions, RunningCommand } from '../helpers/running-command.ts'

const THRESHOLD = `type=SingleWithThreshold
ptype=RegExp
pattern=Failed password for (\\S+)
desc=failures of $1
action=alert error $1 fails
window=3600
thresh=3
`

const MAILS = `type=Single
ptype=RegExp
pattern=disk (\\S+) full
desc=disk $1 is full
action=pipe '%s' mail -s disk root
`

let folder: string
let commands: RunningCommand[]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'correlog-run-'))
  commands = []
  write('failures.sec', THRESHOLD)
  write('disks.sec', MAILS)
})

afterEach(async () => {
  for (const command of commands) await command.kill()
  rmSync(folder, { recursive: true, force: true })
})

function write(name: string, text: string): void {
  writeFileSync(join(folder, name), text)
}

function correlog(args: string, options: Partial<RunOptions> = {}): RunningCommand {
  const words = args.split(' ').filter(word => word !== '')
  const command = new RunningCommand([process.execPath, correlogCommand(), ...words], { folder, ...options })
  commands.push(command)
  return command
}

function bodies(text: string): unknown[] {
  return text
    .split('\n')
    .filter(line => line !== '')
    .map(line => (JSON.parse(line) as { readonly body: unknown }).body)
}

/** Messages of the log, as JSON; each with what it says besides. */
function messages(command: RunningCommand): Record<string, unknown>[] {
  return command.stderr
    .split('\n')
    .slice(0, -1)
    .map(line => JSON.parse(line) as Record<string, unknown>)
}

const isRunning = (command: RunningCommand): Promise<void> =>
  command.until(() => command.stderr.includes('"correlog runs"'), 'the start')

describe('a stage that URLs describe', () => {
  test('ends at the end of its input and gives its alerts as JSON, one a line', async () => {
    write('in.log', 'Failed password for root\n'.repeat(4))
    const command = correlog(
      'run --rules *.sec --from file:in.log --to stdout: --to file:alerts.jsonl --once'
    )
    expect(await command.ended()).toBe(0)
    expect(bodies(command.stdout)).toEqual(['root fails'])
    expect(command.file('alerts.jsonl')).toBe(command.stdout)
  })

  test('makes alerts of the notifications of rules that were not written for it', async () => {
    const input = 'disk sda full\n'
    const silent = correlog('run --rules disks.sec --from stdin: --to stdout:', { input })
    expect(await silent.ended()).toBe(0)
    expect(silent.stdout).toBe('')
    expect(silent.stderr).toContain(
      'disks.sec at line 1: runs programs (pipe), which this stage does not allow'
    )
    const alerting = correlog('run --rules disks.sec --from stdin: --to stdout: --alerts-from pipe,report', {
      input
    })
    expect(await alerting.ended()).toBe(0)
    expect(bodies(alerting.stdout)).toEqual(['disk sda is full'])
    expect(alerting.stderr).not.toContain('runs programs')
  })

  test('decodes records, and puts what it cannot decode aside', async () => {
    const input = '{"msg":"disk sda full","host":"a"}\nno JSON\n{"msg":"disk sdb full","host":"b"}\n'
    const command = correlog(
      'run --rules disks.sec --alerts-from pipe --from stdin:?codec=json&template={attributes.host}:%20{body} --to stdout: --dead-letters dead.jsonl',
      { input }
    )
    expect(await command.ended()).toBe(0)
    expect(bodies(command.stdout)).toEqual(['disk sda is full', 'disk sdb is full'])
    expect(command.file('dead.jsonl')).toMatch(/^\{"reason":"not JSON: .*"value":"no JSON"\}\n$/)
    expect(messages(command).at(-1)).toMatchObject({
      message: 'correlog has ended, everything is settled',
      records: { stdin: 2 },
      dropped: { 'json-syntax': 1 },
      alerts: 2,
      deadLetters: 1
    })
  })

  test('goes by the time of the records with --time record', async () => {
    const line = (seconds: number): string =>
      `{"timestamp":${(1_700_000_000 + seconds) * 1000},"body":"Failed password for root"}\n`
    write('in.jsonl', [0, 4000, 4001, 4002].map(line).join(''))
    const command = correlog(
      'run --rules failures.sec --from file:in.jsonl?codec=json --to stdout: --time record --once'
    )
    expect(await command.ended()).toBe(0)
    expect(command.stdout).toMatch(/^\{"timestamp":"2023-11-14T23:20:02.000Z".*\n$/)
  })

  test('goes on after a restart where --state says', async () => {
    const args = 'run --rules failures.sec --from file:in.log --to file:alerts.jsonl --state state --once'
    write('in.log', 'Failed password for root\n'.repeat(2))
    expect(await correlog(args).ended()).toBe(0)
    appendFileSync(join(folder, 'in.log'), 'Failed password for root\n')
    const second = correlog(args)
    expect(await second.ended()).toBe(0)
    expect(bodies(second.file('alerts.jsonl'))).toEqual(['root fails'])
  })
})

describe('what cannot be started', () => {
  test('is refused with all that is wrong, and status 1', async () => {
    write('correlog.yaml', 'rules: failures.sec\nsources:\n  in: { type: file, pth: in.log }\nonce: 1\n')
    for (const name of ['run', 'check']) {
      const command = correlog(`${name} --config correlog.yaml --to stdot:`)
      expect(await command.ended()).toBe(1)
      expect(command.stdout).toBe('')
      expect(command.stderr.split('\n')).toEqual([
        expect.stringMatching(/^correlog.yaml:3: unknown key "pth" .*did you mean "path"\?$/),
        'correlog.yaml:4: wrong value 1 for "once"; expected true or false',
        expect.stringMatching(
          /^--to "stdot:": wrong value "stdot:": no such URL; expected stdout:, file:PATH, /
        ),
        ''
      ])
    }
  })

  test.each(['run', 'check'])('%s names rule files that are not there', async name => {
    const command = correlog(`${name} --rules gone.sec --rules none*.sec --from stdin: --to stdout:`)
    expect(await command.ended()).toBe(1)
    expect(command.stderr).toContain(
      '--rules "gone.sec": rule file gone.sec: No such file or directory; expected a file that can be read\n'
    )
    expect(command.stderr).toContain(
      '--rules "none*.sec": no file for the pattern "none*.sec" of "rules"; expected one or more\n'
    )
    mkdirSync(join(folder, 'folder.sec'))
    write(
      'correlog.yaml',
      'sources: stdin\nsinks: stdout\nrules:\n  - files: disks.sec\n  - files:\n      - disks.sec\n      - folder.sec\n'
    )
    const other = correlog(`${name} --config correlog.yaml`)
    expect(await other.ended()).toBe(1)
    expect(other.stderr).toContain(
      'correlog.yaml:7: rule file folder.sec: Is a directory; expected a file that can be read\n'
    )
  })

  test('a file that is not there is named', async () => {
    const command = correlog('run --config gone.yaml')
    expect(await command.ended()).toBe(1)
    expect(command.stderr).toBe('gone.yaml: No such file or directory; expected a configuration file\n')
  })

  test('a state that cannot be read ends with status 1', async () => {
    write('state', 'no folder')
    const command = correlog('run --rules failures.sec --from stdin: --to stdout: --state state', {
      input: ''
    })
    expect(await command.ended()).toBe(1)
    expect(messages(command).at(-1)).toMatchObject({ level: 'error', message: 'correlog cannot start' })
  })
})

describe('correlog check', () => {
  test('says that all is right, and opens nothing', async () => {
    const command = correlog(
      'check --rules *.sec --alerts-from pipe --from file:in.log --to file:alerts.jsonl'
    )
    expect(await command.ended()).toBe(0)
    expect(command.stdout).toBe('all is right: 2 rules in 2 files\n')
    expect(command.stderr).toBe('')
    expect(command.file('alerts.jsonl')).toBe('')
  })

  test('says of each rule whether it can be split', async () => {
    const args = 'check --rules *.sec --alerts-from pipe --from stdin: --to file:alerts.jsonl'
    const command = correlog(`${args} --split-by regexp:password\\sfor\\s(\\S+)?variables=user`)
    expect(await command.ended()).toBe(0)
    expect(command.stdout.split('\n')).toEqual([
      'disks.sec:1: Single can be split by the key',
      'failures.sec:1: SingleWithThreshold can not be split by the key: the operation key "failures of $1" does not contain the key',
      'all is right: 2 rules in 2 files',
      ''
    ])
    const wrong = correlog(`${args} --split-by field:hosts`)
    expect(await wrong.ended()).toBe(1)
    expect(wrong.stderr).toContain(
      '--split-by "field:hosts": unknown field "hosts"; expected one of attributes.<name>'
    )
  })

  test('warns of programs, and fails for faulty rules, which correlog run leaves out', async () => {
    write('faulty.sec', 'type=Single\nptype=RegExp\npattern=a\n')
    const args = '--rules *.sec --from stdin: --to stdout:'
    const command = correlog(`check ${args}`)
    expect(await command.ended()).toBe(1)
    expect(command.stderr).toContain('warning: Rule in disks.sec at line 1: runs programs (pipe)')
    expect(command.stderr).toMatch(/^Rule in faulty.sec at line 1: /m)
    expect(await correlog(`run ${args}`, { input: '' }).ended()).toBe(0)
  })
})

describe('signals', () => {
  const live = 'run --rules *.sec --alerts-from pipe --from file:in.log --to file:alerts.jsonl'

  const feed = (line: string): void => appendFileSync(join(folder, 'in.log'), `${line}\n`)

  test.each(['SIGTERM', 'SIGINT'] as const)('%s ends in good order', async signal => {
    write('in.log', '')
    const command = correlog(live)
    await isRunning(command)
    feed('disk sda full')
    await command.until(() => command.file('alerts.jsonl') !== '', 'an alert')
    command.signal(signal)
    expect(await command.ended()).toBe(0)
    expect(messages(command).at(-1)).toMatchObject({ message: 'correlog has ended, everything is settled' })
  })

  test('a second signal ends at once', async () => {
    write('in.log', 'disk sda full\n')
    // Nobody reads the FIFO, so that the alert waits.
    const command = correlog(live.replace('file:alerts.jsonl', 'fifo:alerts.fifo'))
    await isRunning(command)
    await command.until(() => command.stderr.includes('it is tried again'), 'trouble')
    command.signal('SIGTERM')
    await command.until(() => command.stderr.includes('ending in good order'), 'the first signal')
    command.signal('SIGTERM')
    expect(await command.ended()).toBe(3)
    expect(messages(command).at(-1)).toMatchObject({ unsettledRecords: 1, records: { 'in.log': 1 } })
  })

  test('HUP reads the rules again: what belongs to rules that stay is kept, the rest is dropped and said', async () => {
    write('in.log', '')
    write('other.sec', THRESHOLD.replace('Failed password', 'Wrong badge').replace('fails', 'is no member'))
    const command = correlog(live)
    await isRunning(command)
    const fail = (): void => feed('Failed password for root\nWrong badge for eve')
    fail()
    fail()
    feed('disk sda full')
    await command.until(() => command.file('alerts.jsonl') !== '', 'that all is read')
    // A rule before it does not make it another rule; another threshold does.
    write('failures.sec', `${MAILS.replace('disk', 'tape')}\n${THRESHOLD}`)
    write('other.sec', command.file('other.sec').replace('thresh=3', 'thresh=2'))
    command.signal('SIGHUP')
    await command.until(() => command.stderr.includes('dropped 1 of its operations'), 'the new rules')
    fail()
    await command.until(() => command.file('alerts.jsonl').includes('root fails'), 'the third failure')
    feed('Wrong badge for eve')
    await command.until(() => command.file('alerts.jsonl').includes('eve is no member'), 'the second badge')
    expect(bodies(command.file('alerts.jsonl'))).toEqual([
      'disk sda is full',
      'root fails',
      'eve is no member'
    ])
    const dropped = messages(command).filter(({ message }) => String(message).includes('dropped'))
    expect(dropped).toHaveLength(1)
    command.signal('SIGTERM')
    expect(await command.ended()).toBe(0)
  })

  test('HUP leaves all as it was when a rule file is gone', async () => {
    write('in.log', '')
    const command = correlog(live.replace('*.sec', 'disks.sec --rules failures.sec'))
    await isRunning(command)
    rmSync(join(folder, 'failures.sec'))
    command.signal('SIGHUP')
    await command.until(() => command.stderr.includes('the rules are not read again'), 'a complaint')
    feed('Failed password for root\n'.repeat(3))
    await command.until(
      () => command.file('alerts.jsonl').includes('root fails'),
      'an alert of the old rules'
    )
    expect(bodies(command.file('alerts.jsonl'))).toEqual(['root fails'])
  })

  test('warnings of Node.js are lines of the log, as all others', async () => {
    // As soon as somebody listens.
    const warn = `data:text/javascript,process.on('newListener', name => {
      if (name === 'warning') setImmediate(() => process.emitWarning('of this kind'))
    })`
    const run = correlog('run --rules failures.sec --from stdin: --to stdout:', {
      input: '',
      env: { NODE_OPTIONS: `--import=${encodeURI(warn.replaceAll('\n', ' '))}` }
    })
    expect(await run.ended()).toBe(0)
    expect(messages(run)).toContainEqual(
      expect.objectContaining({ level: 'warn', message: 'a warning of Node.js', warning: 'of this kind' })
    )
  })

  test('USR1 says how it fares', async () => {
    write('in.log', 'disk sda full\n')
    const command = correlog(live)
    await command.until(() => command.file('alerts.jsonl') !== '', 'an alert')
    command.signal('SIGUSR1')
    await command.until(() => command.stderr.includes('health and counters'), 'an answer')
    expect(messages(command).at(-1)).toMatchObject({
      status: 'ok',
      records: { 'in.log': 1 },
      delivered: { 'alerts.jsonl': 1 }
    })
  })
})

test('metrics and health are served where the configuration says', async () => {
  write('in.log', 'disk sda full\n')
  write(
    'correlog.yaml',
    'rules: disks.sec\nalertsFrom: pipe\nsources: { disks: file:in.log }\nsinks: stdout\ntelemetry: { port: 0 }\n'
  )
  const command = correlog('run --config correlog.yaml')
  await command.until(() => command.stdout !== '', 'an alert')
  const url = String(messages(command).find(({ url: found }) => found !== undefined)?.url)
  expect(await (await fetch(`${url}/readyz`)).json()).toMatchObject({ status: 'ok' })
  expect(await (await fetch(`${url}/metrics`)).text()).toContain('source="disks"')
})

test('messages are lines to read where log.format says text', async () => {
  write('correlog.yaml', 'rules: disks.sec\nsources: stdin\nsinks: stdout\nlog: { format: text }\n')
  const command = correlog('run --config correlog.yaml', { input: '' })
  expect(await command.ended()).toBe(0)
  expect(command.stderr).toMatch(
    /^\d{4}-\d\d-\d\dT[\d:.]+Z INFO {2}correlog starts version="[\d.]+" pid=\d+$/m
  )
})
