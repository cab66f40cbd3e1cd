import { describe, expect, test, type TestContext } from 'vitest'
import type { Credentials } from '../../../adapters/fluent/handshake.ts'
import type { FluentSink, FluentSinkOptions } from '../../../adapters/fluent/sink.ts'
import type { FluentSource, FluentSourceOptions } from '../../../adapters/fluent/source.ts'
import { AdapterError } from '../../../plugin/adapter.ts'
import { alertNumber } from '../contract/sink.ts'
import { bodies, open, type Reading } from '../contract/source.ts'
import { pack } from './bytes.ts'
import { fluentSink, fluentSource, type LogEntry, portOf, RawClient } from './peers.ts'
import { useCertificates } from '../../helpers/use-certificates.ts'

const { files: certificates } = useCertificates()

const never = new AbortController().signal
const KEY: Credentials = {
  hostname: 'source',
  sharedKey: 's\xc3\xa9cret',
  user: undefined,
  password: undefined
}
const USER: Credentials = { ...KEY, user: 'joe', password: 'opens\xc3\xa9same' }

interface Guarded {
  readonly source: FluentSource
  readonly reading: Reading
  readonly first: ReturnType<Reading['next']>
  readonly port: number
  readonly log: readonly LogEntry[]
}

async function guarded(context: TestContext, options: Partial<FluentSourceOptions>): Promise<Guarded> {
  const { source, log } = fluentSource(options)
  const reading = open(context, source)
  const first = reading.next()
  return { source, reading, first, port: await portOf(source), log }
}

function sinkTo(context: TestContext, port: number, options: Partial<FluentSinkOptions>): FluentSink {
  return fluentSink(context, [`127.0.0.1:${port}`], options)
}

/** Sends an alert from sink to source. */
async function deliver(sink: FluentSink, { first }: Guarded): Promise<string[]> {
  const written = sink.write([alertNumber(1)], never)
  const batch = await first
  await batch?.ack()
  await written
  return batch === undefined ? [] : bodies([batch])
}

/** What keeps a sink from opening. Nothing may have come to the source. */
async function refused(sink: FluentSink, { reading, first }: Guarded): Promise<AdapterError> {
  const error = await sink.open(never).catch((thrown: unknown) => thrown)
  reading.abort()
  expect(await first).toBeUndefined()
  expect(error).toBeInstanceOf(AdapterError)
  return error as AdapterError
}

describe('the handshake', () => {
  test.for([
    ['a shared key', KEY],
    ['a shared key, user and password', USER]
  ] as const)('with %s lets both sides in', async ([, credentials], context) => {
    const peer = await guarded(context, { credentials })
    const sink = sinkTo(context, peer.port, { credentials: { ...credentials, hostname: 'sink' } })
    expect(await deliver(sink, peer)).toEqual(['alert 1'])
    expect(peer.log).toEqual([])
  })

  test.for([
    ['another key', KEY, { sharedKey: 'other' }, 'shared key mismatch'],
    ['another password', USER, { password: 'other' }, 'username/password mismatch'],
    ['another user', USER, { user: 'jane' }, 'username/password mismatch'],
    ['no user', USER, { user: undefined, password: undefined }, 'username/password mismatch'],
    ['the same hostname', KEY, { hostname: 'source' }, 'same hostname on both sides']
  ] as const)('with %s lets nobody in, and both say so', async ([, credentials, other, reason], context) => {
    const peer = await guarded(context, { credentials })
    const sink = sinkTo(context, peer.port, { credentials: { ...credentials, hostname: 'sink', ...other } })
    const error = await refused(sink, peer)
    expect(error.retryable).toBe(true)
    expect(error.message).toBe(`no alerts to Fluent servers (127.0.0.1:${peer.port}: refused us (${reason}))`)
    expect(peer.log).toMatchObject([
      { message: 'refused a connection whose handshake is wrong', fields: { source: 'in', reason } }
    ])
  })

  test('no record gets in without it', async context => {
    const peer = await guarded(context, { credentials: KEY })
    const client = RawClient.connect(context, peer.port)
    client.send(
      Buffer.concat([pack(['app.log', 1, { message: 'a' }]), pack(['app.log', 1, { message: 'b' }])])
    )
    await client.closed()
    peer.reading.abort()
    expect(await peer.first).toBeUndefined()
    expect(peer.log).toMatchObject([{ message: 'refused a connection without a handshake' }])
  })

  test('a server that asks for none is not trusted with alerts', async context => {
    const peer = await guarded(context, {})
    const sink = sinkTo(context, peer.port, { credentials: KEY, connectTimeoutMs: 200 })
    expect((await refused(sink, peer)).message).toContain(
      'sent no HELO and PONG (has it no shared key?) in time'
    )
  })

  test('a server that asks for one that we have not is named', async context => {
    const peer = await guarded(context, { credentials: KEY })
    const sink = sinkTo(context, peer.port, { ackTimeoutMs: 300 })
    const error = await sink.write([alertNumber(1)], never).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ retryable: true })
    expect((error as Error).message).toMatch(/asks for a shared key; expected sharedKey/)
    peer.reading.abort()
    expect(await peer.first).toBeUndefined()
  })
})

describe('TLS', () => {
  const files = (): NonNullable<FluentSourceOptions['tls']> => ({
    certificate: certificates.brokerKeystore,
    key: certificates.brokerKeystore,
    ca: undefined
  })
  const client = (ca = certificates.authority): NonNullable<FluentSinkOptions['tls']> => ({
    certificate: undefined,
    key: undefined,
    ca,
    serverName: undefined
  })

  test('with the right certificate, and a shared key in it', async context => {
    const peer = await guarded(context, { tls: files(), credentials: USER })
    const credentials = { ...USER, hostname: 'sink' }
    const sink = sinkTo(context, peer.port, { tls: client(), credentials })
    expect(await deliver(sink, peer)).toEqual(['alert 1'])
  })

  test('a server whose certificate is from somebody else gets nothing', async context => {
    const peer = await guarded(context, { tls: files() })
    const sink = sinkTo(context, peer.port, { tls: client(certificates.otherAuthority) })
    expect((await refused(sink, peer)).message).toMatch(/unable to (?:verify|get)|self[- ]signed/)
  })

  test.for([
    ['has expired', 'expiredCertificate', /certificate has expired/],
    ['is for another name', 'strangerCertificate', /does not match certificate's altnames/]
  ] as const)('a server whose certificate %s gets nothing', async ([, certificate, reason], context) => {
    const peer = await guarded(context, { tls: { ...files(), certificate: certificates[certificate] } })
    expect((await refused(sinkTo(context, peer.port, { tls: client() }), peer)).message).toMatch(reason)
  })

  test('plain text on its port is refused, with a word in the log', async context => {
    const peer = await guarded(context, { tls: files() })
    const plain = RawClient.connect(context, peer.port)
    plain.send(pack(['app.log', 1, { message: 'a' }]))
    await plain.closed()
    peer.reading.abort()
    expect(await peer.first).toBeUndefined()
    expect(peer.log).toMatchObject([
      { message: 'refused a connection without proper TLS', fields: { source: 'in' } }
    ])
  })

  test('TLS to a port of plain text is an error that can be tried again', async context => {
    const peer = await guarded(context, {})
    const error = await refused(sinkTo(context, peer.port, { tls: client() }), peer)
    expect(error.retryable).toBe(true)
    expect(error.message).toMatch(/: the other side speaks plain text and no TLS|closed the connection/)
  })

  test('clients show certificates where they are asked for them', async context => {
    const peer = await guarded(context, { tls: { ...files(), ca: certificates.authority } })
    const without = sinkTo(context, peer.port, { tls: client(), ackTimeoutMs: 2000 })
    await expect(without.write([alertNumber(2)], never)).rejects.toBeInstanceOf(AdapterError)
    expect(peer.log).toMatchObject([{ message: 'refused a connection without proper TLS' }])
    const tls = { ...client(), certificate: certificates.brokerKeystore, key: certificates.brokerKeystore }
    expect(await deliver(sinkTo(context, peer.port, { tls }), peer)).toEqual(['alert 1'])
  })

  test('files that are not there or hold nothing of use end the stage', async context => {
    const missing = fluentSource({ tls: { ...files(), key: '/nowhere/key.pem' } })
    await expect(open(context, missing.source).next()).rejects.toMatchObject({
      message: "can't read /nowhere/key.pem for TLS (No such file or directory)",
      retryable: false
    })
    const wrong = sinkTo(context, 1, { tls: client(import.meta.filename) })
    await expect(
      open(context, fluentSource({ tls: { ...files(), key: import.meta.filename } }).source).next()
    ).rejects.toMatchObject({ code: 'TLS_FILES', retryable: false })
    await expect(wrong.open(never)).rejects.toBeInstanceOf(AdapterError)
  })
})
