import { expect, test } from 'vitest'
import { configOf, problemsOf } from './resolved.ts'

const REST = 'rules: a.sec\n'
const inFile = (source: string, sink = 'stdout'): string =>
  `${REST}sources: { in: ${source} }\nsinks: { out: ${sink} }\n`

test('a URL says what the file says', () => {
  const { sources, sinks } = configOf(
    inFile(
      '"fluent://0.0.0.0:24224?match=app.**%20sys.*&tls.certificate=c.pem&tls.key=k.pem&template=syslog"',
      '"fluent://one:24224,two:24224?tag=alert.{severity_text}&tls.enabled=true&tls.ca=ca.pem"'
    )
  )
  const { sources: same, sinks: sameSinks } = configOf(`${REST}
sources:
  in:
    type: fluent
    address: 0.0.0.0:24224
    match: app.** sys.*
    template: syslog
    tls: { certificate: c.pem, key: k.pem }
sinks:
  out:
    type: fluent
    servers: [one:24224, two:24224]
    tag: alert.{severity_text}
    tls: { enabled: true, ca: ca.pem }
`)
  expect(sources).toEqual(same)
  expect(sinks).toEqual(sameSinks)
})

test('without an address it is that of this machine alone', () => {
  expect(configOf(inFile('fluent')).sources).toMatchObject([
    { address: '127.0.0.1:24224', match: '**', sharedKey: null }
  ])
  expect(configOf(inFile('stdin', 'fluent')).sinks).toMatchObject([
    { servers: ['127.0.0.1:24224'], tag: 'correlog.alert', requireAck: true, tls: { enabled: false } }
  ])
})

test('alerts do not go to a source of the same stage', () => {
  expect(problemsOf(inFile('"fluent://127.0.0.1:1"', '"fluent://one:1,127.0.0.1:1"'))).toEqual([
    'correlog.yaml:3: sink "out" writes to source "in" of this stage: each would wait for the other; expected another server'
  ])
})

test('secrets come from files and the environment', () => {
  const secret = (kind: string, name: string): string => `${name} of ${kind}`
  const { sources, sinks } = configOf(
    inFile(
      '{ type: fluent, sharedKeyFile: key, user: joe, passwordEnv: PASSWORD }',
      '"fluent://one:1?sharedKeyEnv=KEY"'
    ),
    { secret }
  )
  expect(sources).toMatchObject([{ sharedKey: 'key of File', user: 'joe', password: 'PASSWORD of Env' }])
  expect(sinks).toMatchObject([{ sharedKey: 'KEY of Env' }])
})

test.each([
  ['{ type: fluent, address: 24224 }', 'for "sources.in.address"; expected HOST:PORT or the absolute path'],
  ['{ type: fluent, match: "{a" }', 'for "sources.in.match": pattern "{a" has a { without }'],
  ['{ type: fluent, routes: [{ context: A }] }', 'no "match" in "sources.in.routes[0]"'],
  ['{ type: fluent, routes: [{ match: "{a" }] }', '"sources.in.routes[0].match": pattern "{a" has a {'],
  ['{ type: fluent, user: joe }', 'source "in" has only one of user and password; expected both'],
  ['{ type: fluent, user: joe, password: x }', 'source "in" has a user and no sharedKey; expected both'],
  ['{ type: fluent, tls: { key: k.pem } }', 'wrong "tls" of source "in": no "certificate"'],
  ['{ type: fluent, codec: json }', 'unknown key "codec"']
])('a source %s is refused', (source, message) => {
  expect(problemsOf(inFile(source)).join('\n')).toContain(message)
})

test('what is wrong is said once', () => {
  const found = problemsOf(inFile('{ type: fluent, tls: { key: k.pem } }'))
  expect(found).toHaveLength(1)
})

test.each([
  [
    '"fluent://host"',
    'for "sinks.out.servers"; expected HOST:PORT or the absolute path of a Unix socket, or a list'
  ],
  ['{ type: fluent, tag: "{body}" }', 'for "sinks.out.tag": unknown field {body}; expected application'],
  ['{ type: fluent, password: x, sharedKey: k }', 'sink "out" has only one of user and password'],
  ['{ type: fluent, tls: { ca: ca.pem } }', 'wrong "tls" of sink "out": it is not enabled']
])('a sink %s is refused', (sink, message) => {
  expect(problemsOf(inFile('stdin', sink)).join('\n')).toContain(message)
})
