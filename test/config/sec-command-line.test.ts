import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type OptionName, secSchema } from '../../config/schema.ts'
import { parseSecCommandLine } from '../../config/sec-command-line.ts'
import { requirePerl, requireSec } from '../helpers/requirements.ts'
import { commandLines } from './command-lines.ts'

const perl = requirePerl()
const sec = requireSec()

test('options have the defaults of the schema', () => {
  const { options, messages, notYet } = parseSecCommandLine([])
  expect(options).toMatchObject({
    conf: [],
    debug: 6,
    pollTimeout: 0.1,
    tail: true,
    jointbuf: null,
    log: null
  })
  expect(messages).toEqual([])
  expect(notYet).toEqual([])
})

test('the well-known start line is understood', () => {
  const { options } = parseSecCommandLine([
    '-detach',
    '-conf=/usr/local/etc/sec/*.sec',
    '-input=/var/log/sec',
    '-log=/var/log/sec.log'
  ])
  expect(options).toMatchObject({
    detach: true,
    conf: ['/usr/local/etc/sec/*.sec'],
    input: ['/var/log/sec'],
    log: '/var/log/sec.log'
  })
})

test.each([
  [['--conf', 'a', '-conf=b', '+CONF', 'c'], { conf: ['a', 'b', 'c'] }, []],
  [['--debug=9'], { debug: 6 }, ["'--debug' option requires a value from range 1..6"]],
  [['--bufsize=-1'], { bufsize: 0 }, ["'--bufsize' option requires a non-negative value"]],
  [['--bufsize', 'x'], { bufsize: 0 }, ['Value "x" invalid for option bufsize (number expected)']],
  [['--nosuch'], {}, ['Unknown option: nosuch']],
  [['--not'], { tail: true }, ['Option not is ambiguous (notail, notestonly)']],
  [['--', '--debug=3'], { debug: 6 }, []],
  [['--umask=027'], { umask: 0o27 }, []],
  [
    ['--poll=0x10'],
    { pollTimeout: 0.1 },
    ['Value "0x10" invalid for option poll-timeout (real number expected)']
  ]
])('%j gives %j', (args, options, messages) => {
  const parsed = parseSecCommandLine(args)
  expect(parsed.options).toMatchObject(options)
  expect(parsed.messages).toEqual(messages)
})

test('options whose part is still to be built are named', () => {
  expect(parseSecCommandLine(['--nokeepopen', '--ump', '--um=0', '--dumpf', '--dumpfts']).notYet).toEqual([
    '--keepopen',
    '--umask',
    '--dumpfts'
  ])
})

test('an option that SEC does not have is not taken for an abbreviation', () => {
  expect(parseSecCommandLine(['--state=kept']).options.state).toBe('kept')
  expect(parseSecCommandLine(['--stat=kept'])).toMatchObject({
    options: { state: null },
    messages: ['Unknown option: stat']
  })
})

describe('as SEC', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'correlog-options-'))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  /** What SEC's options come to and what it prints on standard error. */
  async function askSec(secPath: string, args: readonly string[], index: number): Promise<Answer> {
    const valuesFile = join(folder, `values-${index}`)
    const stderr = await new Promise<string>(resolve => {
      const perlArguments = [`-I${import.meta.dirname}`, '-MOptionValues', secPath, ...args]
      const env = { PATH: process.env.PATH, OPTION_VALUES: valuesFile }
      execFile('perl', perlArguments, { cwd: folder, env, encoding: 'utf8' }, (_error, _stdout, text) =>
        resolve(text)
      )
    })
    const values = readFileSync(valuesFile, 'utf8')
      .split('\0')
      .slice(0, -1)
      .map(record => record.split('\u0001'))
      .map(([name = '', ...all]) => [name, all.map(comparableText)])
    return { values: Object.fromEntries(values) as Answer['values'], stderr }
  }

  const BEYOND_SEC: readonly OptionName[] = ['state', 'perl', 'perlSandbox']

  function askCorrelog(args: readonly string[]): Answer {
    const { options, messages } = parseSecCommandLine(args)
    const names = (Object.keys(secSchema) as OptionName[]).filter(name => !BEYOND_SEC.includes(name))
    const values = names.map(name => {
      const value = options[name]
      const all = typeof value === 'object' && value !== null ? value : [value]
      return [secSchema[name].arg, all.map(comparableText)]
    })
    return {
      values: Object.fromEntries(values) as Answer['values'],
      stderr: messages.map(message => `${message}\n`).join('')
    }
  }

  test(`${commandLines.length} command lines`, { timeout: 120_000 }, async context => {
    perl.need(context)
    const secPath = sec.need(context)
    const different: unknown[] = []
    let next = 0
    const worker = async (): Promise<void> => {
      for (let index = next++; index < commandLines.length; index = next++) {
        // First, so that no option in front of it can swallow it.
        const args = ['--testonly', ...(commandLines[index] as readonly string[])]
        const theirs = withoutDerived(await askSec(secPath, args, index))
        const ours = withoutDerived(askCorrelog(args))
        if (JSON.stringify(sorted(ours)) !== JSON.stringify(sorted(theirs)))
          different.push({ args, ours, theirs })
      }
    }
    await Promise.all([worker(), worker()])
    expect(different).toEqual([])
  })
})

interface Answer {
  readonly values: Readonly<Record<string, readonly string[]>>
  readonly stderr: string
}

/** SEC keeps numbers as typed and truth values as 0 and 1. */
function comparableText(value: string | number | boolean | null): string {
  if (value === null || value === 'undef') return ''
  const text = typeof value === 'boolean' ? String(Number(value)) : String(value)
  return /^[-+.\d]/.test(text) && !Number.isNaN(Number(text)) ? String(Number(text)) : text
}

/** SEC changes this one itself later, by the size of the buffers. */
function withoutDerived({ values, stderr }: Answer): Answer {
  return { values: { ...values, jointbuf: [] }, stderr }
}

function sorted({ values, stderr }: Answer): unknown {
  return [Object.entries(values).sort(([one], [other]) => (one < other ? -1 : 1)), stderr]
}
