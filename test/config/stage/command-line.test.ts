import { describe, expect, test } from 'vitest'
import { type GivenOption, resolveConfiguration } from '../../../config/stage/resolve.ts'
import type { StageConfig } from '../../../config/stage/stage-config.ts'
import { configOf, problemsOf } from './resolved.ts'

const rest: readonly GivenOption[] = [
  { arg: 'rules', text: 'a.sec' },
  { arg: 'from', text: 'stdin:' },
  { arg: 'to', text: 'stdout:' }
]

function optionsOf(line: string): GivenOption[] {
  return [...line.matchAll(/--([\w-]+)(?: (?!--)(\S+))?/g)].map(([, arg = '', text]) => ({
    arg,
    text: text ?? true
  }))
}

function problemsOfLine(line: string): readonly string[] {
  const result = resolveConfiguration({ options: [...rest, ...optionsOf(line)], secret: () => '' })
  return 'problems' in result ? result.problems : []
}

function configOfLine(line: string, env: Readonly<Record<string, string>> = {}): StageConfig {
  const result = resolveConfiguration({ options: optionsOf(line), env, secret: () => '' })
  if ('problems' in result) throw new Error(result.problems.join('\n'))
  return result.config
}

describe('URL forms', () => {
  test('say what the file says, with the same names', () => {
    const { sources, sinks, rules } = configOfLine(
      '--rules a.sec --rules b/*.sec --from file:in.jsonl?codec=json&codec.timestampUnit=s&codec.fields.body=text,msg&once=true --from fifo:in.fifo --from stdin: --to stdout: --to file:///var/alerts%20of%20today'
    )
    expect(rules.map(({ files }) => files)).toEqual([['a.sec'], ['b/*.sec']])
    const { sources: same } = configOf(`
rules: a.sec
sources:
  in.jsonl:
    type: file
    path: in.jsonl
    codec: { type: json, timestampUnit: s, fields: { body: [text, msg] } }
    once: true
  in.fifo: fifo:in.fifo
  stdin: stdin
sinks: stdout
`)
    expect(sources).toEqual(same)
    expect(sinks).toEqual([
      { type: 'stdout', name: 'stdout' },
      { type: 'file', name: '/var/alerts of today', path: '/var/alerts of today' }
    ])
  })

  test('take any byte', () => {
    const { sources } = configOfLine('--rules a.sec --from file:%FFä?template=%7Bbody%7D --to stdout:')
    expect(sources).toMatchObject([{ path: '\xff\xc3\xa4', template: '{body}' }])
  })

  test.each([
    [
      '--from in.log',
      '--from "in.log": wrong value "in.log": no such URL; expected file:PATH, fifo:PATH, stdin:, otlp://ADDRESS, otlp+http://ADDRESS, fluent://ADDRESS or kafka://BROKERS/TOPICS'
    ],
    [
      '--from file:in.log?kodec=json',
      '--from "file:in.log?kodec=json": unknown key "kodec" with value "json"; expected path, codec, template, context, maxLineBytes, startAt or once; did you mean "codec"?'
    ],
    [
      '--from file:in.log?once=1',
      '--from "file:in.log?once=1": wrong value "1" for "once"; expected true or false'
    ],
    ['--from file:', '--from "file:": no "path"; expected a text that is not empty'],
    [
      '--from file:a?codec',
      '--from "file:a?codec": wrong value "file:a?codec": no value for "codec"; expected codec=value'
    ],
    [
      '--from file:a?once=true&once=true',
      '--from "file:a?once=true&once=true": wrong value "file:a?once=true&once=true": "once" is given twice'
    ],
    [
      '--from file://host/a',
      '--from "file://host/a": wrong value "file://host/a": a host is not expected; expected file:PATH or file:///PATH'
    ],
    [
      '--to stdout:x',
      '--to "stdout:x": wrong value "stdout:x": nothing is expected behind "stdout:" but ?key=value'
    ],
    ['--time now', '--time "now": wrong value "now" for "type"; expected arrival or record'],
    [
      '--alerts-from pipe,repor',
      '--alerts-from "pipe,repor": wrong value "pipe,repor"; expected a list of pipe, report, logonly, write, shellcmd or event'
    ]
  ])('%s is refused in the words of the file', (line, expected) => {
    expect(problemsOfLine(line)).toEqual([expected])
  })

  test.each([
    [
      '--state',
      { arg: 'state', text: 'kept:here?' },
      { state: { directory: 'kept:here?', interval: 0.25, lockTimeout: 5 } }
    ],
    [
      '--state file:',
      { arg: 'state', text: 'file:kept?interval=2' },
      { state: { directory: 'kept', interval: 2, lockTimeout: 5 } }
    ],
    ['--dead-letters', { arg: 'dead-letters', text: 'dead.jsonl' }, { deadLetters: { path: 'dead.jsonl' } }]
  ])('%s takes a path as it is, or a URL', (_name, option, expected) => {
    const result = resolveConfiguration({ options: [...rest, option], secret: () => '' })
    expect(result).toMatchObject({ config: expected })
  })
})

describe('the command line goes before the environment, and that before the file', () => {
  const file = `
application: of the file
rules: a.sec
sources: stdin
sinks: stdout
time: { type: record, maxAhead: 7 }
log: { level: error }
`
  test('of single values', () => {
    const env = { CORRELOG_APPLICATION: 'of the environment', CORRELOG_LOG_LEVEL: 'warn' }
    const options = [{ arg: 'log-level', text: 'debug' }]
    expect(configOf(file).application).toBe('of the file')
    expect(configOf(file, { env, options })).toMatchObject({
      application: 'of the environment',
      log: { level: 'debug', format: 'auto' }
    })
  })

  test('of lists, whole', () => {
    const options = [
      { arg: 'from', text: 'file:a' },
      { arg: 'from', text: 'file:b' }
    ]
    expect(configOf(file, { options }).sources.map(({ name }) => name)).toEqual(['a', 'b'])
  })

  test('of parts; those of the same type keep their other options', () => {
    expect(configOf(file, { options: [{ arg: 'time', text: 'record' }] }).time).toMatchObject({ maxAhead: 7 })
    expect(configOf(file, { options: [{ arg: 'time', text: 'arrival' }] }).time).toEqual({ type: 'arrival' })
  })

  test('a wrong value of the environment is reported with its variable', () => {
    const env = { CORRELOG_TELEMETRY_PORT: 'http' }
    expect(problemsOf(file, { env })).toEqual([
      'environment variable CORRELOG_TELEMETRY_PORT: wrong value "http"; expected a port, 0 to 65535'
    ])
  })
})
