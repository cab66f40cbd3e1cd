import { expect, test } from 'vitest'
import { configOf, problemsOf } from './resolved.ts'

const rest = 'rules: a.sec\nsources: stdin\nsinks: stdout\n'

const cases = [
  {
    name: 'a key that does not exist',
    text: 'ruls: a.sec\nsources: stdin\nsinks: stdout\n',
    expected:
      'correlog.yaml:1: unknown key "ruls" with value "a.sec"; expected application, rules, alertsFrom, sources, sinks, deadLetters, route, state, resetState, time, once, atEnd, matchOwnAlerts, effects, perl, sec, delivery, telemetry or log; did you mean "rules"?'
  },
  {
    name: 'a key of a source that does not exist',
    text: 'rules: a.sec\nsources:\n  auth:\n    type: file\n    pth: auth.log\nsinks: stdout\n',
    expected:
      'correlog.yaml:5: unknown key "pth" with value "auth.log" in "sources.auth"; expected path, codec, template, context, maxLineBytes, startAt or once; did you mean "path"?'
  },
  {
    name: 'a key of a rules entry in the wrong case',
    text: 'rules:\n  - a.sec\n  - files: b.sec\n    alertsfrom: [pipe]\nsources: stdin\nsinks: stdout\n',
    expected:
      'correlog.yaml:4: unknown key "alertsfrom" with value ["pipe"] in "rules[1]"; expected files or alertsFrom; did you mean "alertsFrom"?'
  },
  {
    name: 'a key that is given twice',
    text: `${rest}once: true\nonce: false\n`,
    expected: 'correlog.yaml:5: key "once" is given twice, here with value "false"; expected it once'
  },
  {
    name: 'a second document',
    text: `${rest}---\nonce: true\n`,
    expected: 'correlog.yaml:4: a second document begins; expected one'
  },
  {
    name: 'a source without a type',
    text: 'rules: a.sec\nsources:\n  auth:\n    path: auth.log\nsinks: stdout\n',
    expected:
      'correlog.yaml:3: no "type" in "sources.auth"; expected file, fifo, stdin, otlp, otlp+http, fluent or kafka'
  },
  {
    name: 'a source without its path',
    text: 'rules: a.sec\nsources:\n  auth:\n    type: file\n    codec: json\nsinks: stdout\n',
    expected: 'correlog.yaml:3: no "path" in "sources.auth"; expected a text that is not empty'
  },
  {
    name: 'a type that does not exist',
    text: 'rules: a.sec\nsources:\n  auth:\n    type: fil\n    path: auth.log\nsinks: stdout\n',
    expected:
      'correlog.yaml:4: wrong value "fil" for "sources.auth.type"; expected file, fifo, stdin, otlp, otlp+http, fluent or kafka; did you mean "file"?'
  },
  {
    name: 'a codec that does not exist',
    text: 'rules: a.sec\nsources:\n  auth:\n    type: file\n    path: a.log\n    codec: jsn\nsinks: stdout\n',
    expected:
      'correlog.yaml:6: wrong value "jsn" for "sources.auth.codec.type"; expected line, json, syslog or otlp-json; did you mean "json"?'
  },
  {
    name: 'an option of a codec',
    text: 'rules: a.sec\nsources:\n  auth:\n    type: file\n    path: a.log\n    codec:\n      type: json\n      timestampUnit: seconds\nsinks: stdout\n',
    expected:
      'correlog.yaml:8: wrong value "seconds" for "sources.auth.codec.timestampUnit"; expected s, ms, us or ns'
  },
  {
    name: 'words for a number',
    text: `${rest}delivery:\n  shutdownTimeout: ten\n`,
    expected:
      'correlog.yaml:5: wrong value "ten" for "delivery.shutdownTimeout"; expected a number of seconds, more than 0'
  },
  {
    name: 'a negative number of seconds',
    text: `${rest}time:\n  type: record\n  maxAhead: -5\n`,
    expected: 'correlog.yaml:6: wrong value -5 for "time.maxAhead"; expected a number of seconds, 0 or more'
  },
  {
    name: 'an option of another type',
    text: `${rest}time:\n  type: arrival\n  maxAhead: 5\n`,
    expected: 'correlog.yaml:6: unknown key "maxAhead" with value 5 in "time"; expected no key but type'
  },
  {
    name: 'a fraction for a count',
    text: `${rest}sec:\n  bufsize: 1.5\n`,
    expected: 'correlog.yaml:5: wrong value 1.5 for "sec.bufsize"; expected a whole number, 0 or more'
  },
  {
    name: 'a port that is too great',
    text: `${rest}telemetry:\n  port: 99999\n`,
    expected: 'correlog.yaml:5: wrong value 99999 for "telemetry.port"; expected a port, 0 to 65535'
  },
  {
    name: 'yes for true',
    text: `${rest}effects:\n  programs: yes\n`,
    expected: 'correlog.yaml:5: wrong value "yes" for "effects.programs"; expected true or false'
  },
  {
    name: 'a word that is not among those to choose from',
    text: `${rest}atEnd: fires\n`,
    expected: 'correlog.yaml:4: wrong value "fires" for "atEnd"; expected keep or fire; did you mean "fire"?'
  },
  {
    name: 'a wrong word in a list',
    text: `${rest}alertsFrom: [pipe, raport]\n`,
    expected:
      'correlog.yaml:4: wrong value "raport" for "alertsFrom[1]"; expected pipe, report, logonly, write, shellcmd or event; did you mean "report"?'
  },
  {
    name: 'a value where keys are expected',
    text: `${rest}log: debug\n`,
    expected: 'correlog.yaml:4: wrong value "debug" for "log"; expected the key level or format'
  },
  {
    name: 'a key without a value',
    text: `${rest}application:\n`,
    expected: 'correlog.yaml:4: wrong value null for "application"; expected a text that is not empty'
  },
  {
    name: 'a list that is not closed',
    text: 'rules: [a.sec\nsources: stdin\n',
    expected:
      'correlog.yaml:2: not YAML at "sources: stdin": Flow sequence in block collection must be sufficiently indented and end with a ]'
  },
  {
    name: 'a tab',
    text: 'rules:\n	- a.sec\n',
    expected: 'correlog.yaml:2: not YAML at "- a.sec": Tabs are not allowed as indentation'
  },
  {
    name: 'an alias of nothing',
    text: 'rules: a.sec\nsources: *in\n',
    expected: 'correlog.yaml:2: no anchor "&in" before the alias "*in"; expected one'
  },
  {
    name: 'an alias within its own anchor',
    text: `${rest}sec: &all { bufsize: *all }\n`,
    expected:
      'correlog.yaml:4: wrong value <ref *1> { bufsize: [Circular *1] } for "sec.bufsize"; expected a whole number, 0 or more'
  },
  {
    name: 'a letter that is not UTF-8',
    text: Buffer.from(`${rest}application: caf\xe9\nonce: true\n`, 'latin1'),
    expected: 'correlog.yaml:4: not UTF-8: "application: caf\ufffd"; expected a file in UTF-8'
  },
  {
    name: 'a file in UTF-16',
    text: Buffer.from(`\ufeff${rest}`, 'utf16le'),
    expected: expect.stringMatching(/^correlog.yaml:1: not UTF-8: .*; expected a file in UTF-8$/) as string
  },
  {
    name: 'a text alone',
    text: 'hello\n',
    expected: 'correlog.yaml:1: wrong value "hello"; expected keys and their values'
  },
  {
    name: 'an unknown key in a URL',
    text: 'rules: a.sec\nsources:\n  - file:a.log?code=json\nsinks: stdout\n',
    expected:
      'correlog.yaml:3: unknown key "code" with value "json" in "sources[0]"; expected path, codec, template, context, maxLineBytes, startAt or once; did you mean "codec"?'
  },
  {
    name: 'no rules',
    text: 'sources: stdin\nsinks: stdout\n',
    expected: 'correlog.yaml:1: no rules; expected "rules" or --rules with a file pattern'
  },
  {
    name: 'no sink',
    text: 'rules: a.sec\nsources: stdin\n',
    expected: 'correlog.yaml:1: no sink; expected "sinks" or --to with a URL'
  },
  {
    name: 'a file that two sources read',
    text: 'rules: a.sec\nsources:\n  one:\n    type: file\n    path: a.log\n  two:\n    type: file\n    path: a.log\nsinks: stdout\n',
    expected: 'correlog.yaml:6: source "two" reads "a.log", as another one does; expected one of them'
  },
  {
    name: 'a file that two sources read by different names',
    text: 'rules: a.sec\nsources:\n  one: file:a.log\n  two: file:./a.log\nsinks: stdout\n',
    expected: 'correlog.yaml:4: source "two" reads "a.log", as another one does; expected one of them'
  },
  {
    name: 'alerts that would be records again',
    text: 'rules: a.sec\nsources:\n  in: file:a.log\nsinks: file:./a.log\n',
    expected:
      'correlog.yaml:3: source "in" reads "a.log", where alerts go, and the codec line knows none of them again; expected another file, or the codec json'
  },
  {
    name: 'dead letters that would be records again',
    text: 'rules: a.sec\nsources: file:a.log?codec=json\nsinks: stdout\ndeadLetters: a.log\n',
    expected:
      'correlog.yaml:4: wrong value "a.log" for "deadLetters.path": source "a.log" reads it; expected another file'
  },
  {
    name: 'answers and alerts on standard output',
    text: 'rules: a.sec\nsources:\n  in:\n    type: stdin\n    confirm: true\nsinks: stdout\n',
    expected:
      'correlog.yaml:5: wrong value true for "confirm" of source "in": a sink writes alerts to standard output; expected a sink of type file or fifo'
  },
  {
    name: 'dead letters among the alerts',
    text: 'rules: a.sec\nsources: stdin\nsinks: file:alerts.jsonl\ndeadLetters: alerts.jsonl\n',
    expected:
      'correlog.yaml:4: wrong value "alerts.jsonl" for "deadLetters.path": alerts go there; expected another file'
  },
  {
    name: 'a longest wait below the first',
    text: `${rest}delivery:\n  firstRetry: 2\n  longestRetry: 1\n`,
    expected: 'correlog.yaml:6: wrong value 1 for "delivery.longestRetry"; expected firstRetry (2) or more'
  },
  {
    name: 'timers to fire on the wall clock',
    text: `${rest}atEnd: fire\n`,
    expected: 'correlog.yaml:4: wrong value "fire" for "atEnd"; expected keep, or time: record beside it'
  },
  {
    name: 'a field of a template that does not exist',
    text: 'rules: a.sec\nsources:\n  in:\n    type: stdin\n    template: "{boddy}"\nsinks: stdout\n',
    expected:
      'correlog.yaml:5: wrong value "{boddy}" for "sources.in.template": unknown field {boddy} in line template; expected body, severity_number, severity_text, timestamp, observed_timestamp, syslog_timestamp, trace_id, span_id, event_name, source, tag, attributes, resource, scope.name, scope.version, attributes.<name> or resource.<name>'
  }
]

test.each(cases)(
  '$name is reported with file, line, key, value and what was expected',
  ({ text, expected }) => {
    expect(problemsOf(text)).toEqual([expected])
  }
)

test('an anchor stands for what is behind it, also for keys to be changed', () => {
  const text = `
rules: a.sec
sources:
  one: &one
    type: file
    path: a.log
    codec: json
  two:
    <<: *one
    path: b.log
sinks: stdout
`
  expect(configOf(text).sources).toMatchObject([
    { name: 'one', path: 'a.log', codec: { type: 'json' } },
    { name: 'two', path: 'b.log', codec: { type: 'json' } }
  ])
  expect(problemsOf(text.replace('codec: json', 'cdec: json'))).toEqual([
    expect.stringMatching(/^correlog.yaml:7: unknown key "cdec"/),
    expect.stringMatching(/^correlog.yaml:8: unknown key "cdec"/)
  ])
})

test('everything that is wrong is reported at once, each with its line', () => {
  const text = `
ruls: a.sec
sources:
  auth:
    type: file
    codec: jsn
sinks:
  out:
    type: stdot
once: 1
`
  expect(problemsOf(text).map(problem => problem.slice(0, problem.indexOf(';')))).toEqual([
    'correlog.yaml:2: unknown key "ruls" with value "a.sec"',
    'correlog.yaml:6: wrong value "jsn" for "sources.auth.codec.type"',
    'correlog.yaml:4: no "path" in "sources.auth"',
    'correlog.yaml:9: wrong value "stdot" for "sinks.out.type"',
    'correlog.yaml:10: wrong value 1 for "once"'
  ])
})
