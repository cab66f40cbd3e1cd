import { expect, test } from 'vitest'
import { configOf, problemsOf } from './resolved.ts'

const SOURCES = 'sources: { logs: { type: kafka, brokers: "localhost:9092", topics: logs } }\n'
const KEY = "key: { type: regexp, pattern: 'host=(\\S+)' }"

test('a router needs neither rules nor sinks', () => {
  const { route } = configOf(`${SOURCES}route: { ${KEY} }\n`)
  expect(route).toEqual({
    key: { type: 'regexp', pattern: 'host=(\\S+)', variable: '1', variables: null },
    operator: 'route',
    topic: null,
    partitions: null,
    create: true,
    purgeReadBy: null,
    withoutKey: 'keep'
  })
})

test('its readers are one or several groups', () => {
  const of = (text: string) =>
    configOf(`${SOURCES}route: { ${KEY}, purgeReadBy: ${text} }\n`).route.purgeReadBy
  expect([of('watch'), of('[watch, other]')]).toEqual([['watch'], ['watch', 'other']])
})

test('its key may be a URL, in the file and on the command line', () => {
  expect(
    configOf(`${SOURCES}route: { key: "field:attributes.host.name?variables=host,src" }\n`).route.key
  ).toEqual({
    type: 'field',
    field: 'attributes.host.name',
    variables: ['host', 'src']
  })
  const options = [{ arg: 'key', text: 'cel:record.attributes.host' }]
  expect(configOf(SOURCES, { options }).route.key).toMatchObject({ type: 'cel' })
})

test.each([
  [
    'a sink',
    `${SOURCES}route: { ${KEY} }\nsinks: stdout\n`,
    'correlog.yaml:3: sinks of a router, which raises no alerts; expected none, or no "route"'
  ],
  [
    'another source',
    `sources: stdin\nroute: { ${KEY} }\n`,
    'correlog.yaml:1: a source of a router that is not of type kafka; expected Kafka sources alone'
  ],
  [
    'a key that is none',
    `${SOURCES}route: { key: "field:host" }\n`,
    'correlog.yaml:2: wrong value for "route.key": unknown field "host"; expected one of attributes.<name>, resource.<name>, body, severity_number, severity_text, trace_id, span_id, event_name, source, tag'
  ],
  [
    'dead letters that go nowhere',
    `${SOURCES}route:\n  ${KEY}\n  withoutKey: deadLetters\n`,
    'correlog.yaml:4: wrong value "deadLetters" for "route.withoutKey": there is no "deadLetters"; expected it, or keep or drop'
  ],
  [
    'no key',
    `rules: a.sec\nsinks: stdout\n${SOURCES}route: { topic: other }\n`,
    'correlog.yaml:4: no "key" in "route"; expected the key that records are routed by'
  ]
])('%s is refused', (_name, text, problem) => {
  expect(problemsOf(text)).toEqual([problem])
})

test('correlog route needs a key, and nothing else that a stage needs', () => {
  expect(problemsOf(SOURCES, { router: true })).toEqual([
    'correlog.yaml:1: no "route.key"; expected the key that records are routed by, or --key'
  ])
})
