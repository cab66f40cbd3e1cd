import { readFileSync } from 'node:fs'
import { type EventModes, FluentClient, type FluentClientOptions } from '@fluent-org/logger'
import { describe, expect, test, type TestContext } from 'vitest'
import type { FluentSinkOptions } from '../../../adapters/fluent/sink.ts'
import type { FluentSourceOptions } from '../../../adapters/fluent/source.ts'
import { alertsUpTo } from '../contract/sink.ts'
import { bodies, open } from '../contract/source.ts'
import { FluentdLike } from './fluentd-like.ts'
import { fluentSink, fluentSource, portOf } from './peers.ts'
import { useCertificates } from '../../helpers/use-certificates.ts'

const { files: certificates } = useCertificates()

const never = new AbortController().signal
const MODES: readonly EventModes[] = ['Message', 'Forward', 'PackedForward', 'CompressedPackedForward']
const SECURITY = { clientHostname: 'client', sharedKey: 'secret' }
const CREDENTIALS = { hostname: 'source', sharedKey: 'secret', user: undefined, password: undefined }

/** What a source takes of a client's ten events. */
async function sent(
  context: TestContext,
  source: Partial<FluentSourceOptions>,
  client: FluentClientOptions
): Promise<readonly string[]> {
  const reading = open(context, fluentSource(source).source)
  const first = reading.next()
  const port = await portOf(reading.source as Parameters<typeof portOf>[0])
  const logger = new FluentClient('app', {
    ...client,
    milliseconds: true,
    flushInterval: 20,
    socket: { host: '127.0.0.1', port, ...client.socket }
  })
  context.onTestFinished(() => logger.disconnect())
  const emitted = Array.from({ length: 10 }, (_none, index) =>
    logger.emit('log', { message: `line ${index} \u00e9`, index }, 1_500_000_000_250 + index)
  )
  const batch = await first
  await batch?.ack()
  const rest = await reading.untilRecords(10 - (batch?.records.length ?? 0))
  // With acknowledgements it rejects where none comes.
  await Promise.all(emitted)
  const batches = batch === undefined ? rest : [batch, ...rest]
  const records = batches.flatMap(({ records }) => records)
  expect(records.map(({ timestamp }) => timestamp)).toEqual(
    emitted.map((_none, index) => 1_500_000_000_250 + index)
  )
  expect(
    records.every(({ tag, attributes: { index } }) => tag === 'app.log' && typeof index === 'number')
  ).toBe(true)
  return bodies(batches)
}

const LINES = Array.from({ length: 10 }, (_none, index) => `line ${index} \xc3\xa9`)

describe.each(MODES)('its client in mode %s', eventMode => {
  test('is heard', async context => {
    expect(await sent(context, {}, { eventMode })).toEqual(LINES)
  })

  test('gets acknowledgements', async context => {
    expect(await sent(context, {}, { eventMode, ack: { ackTimeout: 5000 } })).toEqual(LINES)
  })

  test('with a shared key', async context => {
    const client = { eventMode, security: SECURITY, ack: { ackTimeout: 5000 } }
    expect(await sent(context, { credentials: CREDENTIALS }, client)).toEqual(LINES)
  })
})

test('its client with user and password, by TLS', async context => {
  const tls = { certificate: certificates.brokerKeystore, key: certificates.brokerKeystore, ca: undefined }
  const credentials = { ...CREDENTIALS, user: 'joe', password: 'sesame' }
  const lines = await sent(
    context,
    { tls, credentials },
    {
      security: { ...SECURITY, username: 'joe', password: 'sesame' },
      ack: { ackTimeout: 5000 },
      socket: { tls: { ca: readFileSync(certificates.authority) } }
    }
  )
  expect(lines).toEqual(LINES)
})

describe('its server', () => {
  const security = { serverHostname: 'server', sharedKey: 'secret', authorize: false, userDict: {} }
  const secured: [string, Parameters<typeof FluentdLike.start>[1], Partial<FluentSinkOptions>][] = [
    ['plain', {}, {}],
    ['with a shared key', { security }, { credentials: { ...CREDENTIALS, hostname: 'sink' } }],
    [
      'with user and password',
      { security: { ...security, authorize: true, userDict: { joe: 'sesame' } } },
      { credentials: { hostname: 'sink', sharedKey: 'secret', user: 'joe', password: 'sesame' } }
    ]
  ]

  test.for(secured)('%s gets alerts in order and acknowledges them', async ([, server, sink], context) => {
    const peer = await FluentdLike.start(context, server)
    const alerts = alertsUpTo(2500).map(alert => ({ ...alert, body: `${alert.body} \xc3\xa9` }))
    await deliver(context, peer, alerts, sink)
    expect(peer.entries.map(({ record }) => record['message'])).toEqual(
      alerts.map((_alert, index) => `alert ${index + 1} \u00e9`)
    )
    expect(peer.entries[0]).toEqual({
      tag: 'alerts',
      time: 1_800_000_000,
      record: {
        message: 'alert 1 \u00e9',
        event_name: 'test',
        severity_number: 9,
        severity_text: 'INFO',
        'log.record.uid': alerts[0]?.uid
      }
    })
  })

  test('gets them by TLS', async context => {
    const keystore = readFileSync(certificates.brokerKeystore)
    const peer = await FluentdLike.start(context, { tlsOptions: { cert: keystore, key: keystore } })
    const tls = { certificate: undefined, key: undefined, ca: certificates.authority, serverName: undefined }
    await deliver(context, peer, alertsUpTo(3), { tls })
    expect(peer.entries).toHaveLength(3)
  })

  test('gets each tag by itself, in the order of the alerts', async context => {
    const peer = await FluentdLike.start(context)
    await deliver(context, peer, alertsUpTo(6), {
      tag: ({ body }) => (Number(body.slice(6)) % 3 === 0 ? 'third' : 'other')
    })
    expect(peer.entries.map(({ tag, record }) => `${tag} ${String(record['message'])}`)).toEqual([
      'other alert 1',
      'other alert 2',
      'third alert 3',
      'other alert 4',
      'other alert 5',
      'third alert 6'
    ])
  })
})

async function deliver(
  context: TestContext,
  { address }: FluentdLike,
  alerts: ReturnType<typeof alertsUpTo>,
  options: Partial<FluentSinkOptions>
): Promise<void> {
  const sink = fluentSink(context, [address], options)
  await sink.open(never)
  await sink.write(alerts, never)
}
