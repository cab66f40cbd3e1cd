import { expect, test } from 'vitest'
import { connectionOf, deliveryGuarantee, kafkaSources } from '../../../config/stage/kafka-defaults.ts'
import { kafkaNotes } from '../../../config/stage/kafka-notes.ts'
import { configOf, problemsOf } from './resolved.ts'

const rest = 'rules: a.sec\n'

test('a URL has brokers, topics and more', () => {
  const { sources, sinks, time, state } = configOf(
    `${rest}sources: "kafka://k1:9092,k2:9092/logs,audit?group=watch&codec=json&startAt=latest&sasl.mechanism=plain&sasl.username=u&sasl.passwordEnv=P"\nsinks: kafka:alerts\n`
  )
  expect(sources).toMatchObject([
    {
      type: 'kafka',
      name: 'logs,audit',
      brokers: ['k1:9092', 'k2:9092'],
      topics: ['logs', 'audit'],
      group: 'watch',
      codec: { type: 'json' },
      startAt: 'latest',
      sasl: { mechanism: 'plain', username: 'u', password: 'secret' }
    }
  ])
  expect(sinks).toMatchObject([{ type: 'kafka', name: 'alerts', topic: 'alerts', brokers: null }])
  expect(time.type).toBe('record')
  expect(state).toEqual({ type: 'kafka', topic: null, create: true, commitInterval: 0.25 })
})

test('what is said goes before what goes without saying', () => {
  const { time, state } = configOf(
    `${rest}sources: kafka://k:9092/logs\nsinks: stdout\ntime: arrival\nstate: /var/lib/state\n`
  )
  expect([time.type, state?.type]).toEqual(['arrival', 'file'])
})

test.each([
  ['one cluster', 'sinks: kafka:alerts', 'exactly_once'],
  ['one cluster, named twice', 'sinks: kafka://k2:9092,k1:9092/alerts', 'exactly_once'],
  ['another cluster', 'sinks: kafka://other:9092/alerts', 'at_least_once'],
  ['a sink that is no topic', 'sinks: [kafka:alerts, "stdout:"]', 'at_least_once'],
  ['state in files', 'sinks: kafka:alerts\nstate: /var/lib/state', 'at_least_once'],
  ['as it is wanted', 'sinks: kafka:alerts\ndelivery: { guarantee: at_least_once }', 'at_least_once'],
  ['dead letters elsewhere do not count', 'sinks: kafka:alerts\ndeadLetters: dead.jsonl', 'exactly_once']
])('delivery: %s', (_name, more, expected) => {
  const config = configOf(`${rest}sources: kafka://k1:9092,k2:9092/logs\n${more}\n`)
  expect(deliveryGuarantee(config)).toBe(expected)
})

test('a sink in the cluster of the source has its connection', () => {
  const config = configOf(
    `${rest}sources:\n  logs: { type: kafka, brokers: k:9092, topics: logs, tls: { enabled: true } }\nsinks: { alerts: { type: kafka, topic: alerts }, far: { type: kafka, topic: alerts, brokers: f:9092 } }\n`
  )
  const [source] = kafkaSources(config)
  const sinks = config.sinks.flatMap(sink => (sink.type === 'kafka' ? [connectionOf(sink, source)] : []))
  expect(sinks.map(({ brokers, tls }) => [brokers, tls.enabled])).toEqual([
    [['k:9092'], true],
    [['f:9092'], false]
  ])
})

test.each([
  ['sources: [kafka://k:9092/logs, "stdin:"]\nsinks: stdout', /a Kafka source beside others/],
  ['sources: kafka:logs\nsinks: stdout', /no "brokers" of source "logs"; expected HOST:PORT/],
  ['sources: kafka://k:9092\nsinks: stdout', /neither "topics" nor "pattern" in source/],
  ['sources: kafka://k:9092/logs?pattern=x\nsinks: stdout', /both "topics" and "pattern" in source "logs"/],
  [
    'sources: kafka://k:9092?pattern=%28\nsinks: stdout',
    /wrong value "\(" for "sources.pattern": .*Unterminated group/
  ],
  [
    'sources: kafka://k:9092/logs?startAt=now\nsinks: stdout',
    /expected earliest, latest or a time \(RFC 3339\)/
  ],
  [
    'sources: kafka://k/logs\nsinks: stdout',
    /wrong value "k" for "sources.brokers"; expected HOST:PORT or a list of these/
  ],
  ['sources: kafka://k:9092/logs\nsinks: stdout\nonce: true', /a topic has no end/],
  [
    'sources: [kafka://k:9092/logs, kafka://o:9092/more]\nsinks: stdout',
    /source "more" has other brokers than "logs"/
  ],
  [
    'sources: [kafka://k:9092/logs, kafka:more?group=x]\nsinks: stdout',
    /source "more" has another group than "logs"/
  ],
  [
    'sources: kafka://k:9092/logs?sessionTimeout=0.8\nsinks: stdout',
    /wrong value 1 for "heartbeat" of source "logs"; expected less than its sessionTimeout \(0.8\)/
  ],
  [
    'sources: [kafka://k:9092/logs, kafka:more?sessionTimeout=30]\nsinks: stdout',
    /wrong value 30 for "sessionTimeout" of source "more": it holds for the whole group, and "logs" has 10; expected the same, or none/
  ],
  [
    'sources: [kafka://k:9092/logs, kafka:more?startAt=latest]\nsinks: stdout',
    /wrong value "latest" for "startAt" of source "more": .* "logs" has "earliest"/
  ],
  ['sources: [kafka://k:9092/logs, kafka:more?tasks=one]\nsinks: stdout', /wrong value "one" for "tasks"/],
  [
    'sources: [kafka://k:9092/logs, "kafka:more?tls.enabled=true&tls.ca=a.pem"]\nsinks: stdout',
    [
      /wrong value true for "tls.enabled" of source "more": .* "logs" has false/,
      /wrong value "a.pem" for "tls.ca" of source "more": .* "logs" has none/
    ]
  ],
  [
    'sources: ["kafka://k:9092/logs?sasl.mechanism=plain&sasl.username=u&sasl.password=p", "kafka:more?sasl.mechanism=plain&sasl.username=u&sasl.password=secret"]\nsinks: stdout',
    /wrong value for "sasl.password" of source "more": .* "logs" has another one/
  ],
  ['sources: kafka://k:9092/logs?sasl.username=u\nsinks: stdout', /wrong "sasl" of "logs": no "mechanism"/],
  [
    'sources: kafka://k:9092/logs?sasl.mechanism=plain\nsinks: stdout',
    /no "username"; expected it with plain/
  ],
  ['sources: kafka://k:9092/logs?sasl.mechanism=oauthbearer\nsinks: stdout', /no "bearerFile"/],
  ['sources: kafka://k:9092/logs\nsinks: kafka:logs', /reads the topic "logs", where alerts go/],
  [
    'sources: kafka://k:9092/logs?codec=json\nsinks: kafka:logs?encoding=otlp-proto',
    /the codec json knows none of them again that are written as otlp-proto; expected another topic, or the codec otlp-proto/
  ],
  [
    'sources: kafka://k:9092/logs\nsinks: kafka:logs?encoding=raw',
    /the codec line knows none of them again that are written as raw; expected another topic$/
  ],
  [
    'sources: kafka://k:9092/logs?codec=raw\nsinks: kafka:logs?encoding=raw',
    /the codec raw knows none of them again that are written as raw; expected another topic$/
  ],
  [
    'sources: file:a?codec=otlp-proto\nsinks: stdout',
    /wrong value "otlp-proto" .*expected line, json, syslog or otlp-json/
  ],
  [
    'sources: kafka://k:9092/logs\nsinks: stdout\ndeadLetters: kafka:logs',
    /source "logs" reads it; expected another topic/
  ],
  [
    'sources: kafka://k:9092/logs\nsinks: stdout\ndelivery: { guarantee: exactly_once }',
    /are not all in one Kafka cluster/
  ],
  [
    'sources: stdin\nsinks: kafka:alerts',
    /no "brokers" of sink "alerts"; expected them, as there is no Kafka source/
  ],
  [
    'sources: stdin\nsinks: stdout\nstate: kafka',
    /wrong value "kafka" for "state.type" without a Kafka source/
  ],
  [
    'sources: stdin\nsinks: stdout\nresetState: true',
    /wrong value true for "resetState" without a Kafka source/
  ],
  [
    'sources: stdin\nsinks: stdout\ndelivery: { guarantee: exactly_once }',
    /wrong value "exactly_once" for "delivery.guarantee" without/
  ]
])('%j is refused in words', (text, expected) => {
  expect(problemsOf(`${rest}${text}\n`)).toEqual(
    [expected].flat().map(each => expect.stringMatching(each) as unknown)
  )
})

test("the Collector's values have no key: that is said, unless all are of one task or are routed", () => {
  const source = (more: string): string =>
    `${rest}sinks: stdout\nsources: kafka://k:9092/logs?codec=${more}\n`
  for (const codec of ['otlp-proto', 'otlp-json', 'raw']) {
    const note = `note: source "logs": values of ${codec} usually have no key, `
    expect(kafkaNotes(configOf(source(codec)))).toEqual([expect.stringContaining(note)])
  }
  expect(kafkaNotes(configOf(source('otlp-proto&tasks=one')))).toEqual([])
  expect(kafkaNotes(configOf(`${rest}sinks: stdout\nsources: kafka://k:9092/logs\n`))).toEqual([])
})

test('alerts that are known again may go where records come from', () => {
  const url = 'k:9092/logs?codec=otlp-proto'
  expect(
    problemsOf(`rules: a.sec\nsources: kafka://${url}\nsinks: kafka:logs?encoding=otlp-proto\n`)
  ).toEqual([])
})
