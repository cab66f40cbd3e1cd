import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { credentials } from '@grpc/grpc-js'
import { describe, expect, test, type TestContext, vi } from 'vitest'
import type { OtlpSourceOptions } from '../../../adapters/otlp/source.ts'
import { grpcExport } from './grpc-client.ts'
import { closing, otlpSource, post, type Receiving, receiving, requestOf } from './sources.ts'
import { useCertificates } from '../../helpers/use-certificates.ts'

const { folder, files } = useCertificates()

type Protocol = OtlpSourceOptions['protocol']

interface Trust {
  readonly ca?: string
  readonly certificate?: string
  readonly key?: string
}

/** Whether a request of a client that trusts and shows these files gets in. */
async function getsIn(
  protocol: Protocol,
  address: string,
  { ca, certificate, key }: Trust
): Promise<boolean> {
  const read = (path: string | undefined): Buffer | undefined =>
    path === undefined ? undefined : readFileSync(path)
  const request = requestOf(['x'])
  if (protocol === 'http') {
    const tls = { ca: read(ca), cert: read(certificate), key: read(key) }
    const answer = await post(address, request, { tls }).catch(() => undefined)
    return answer?.status === 200
  }
  const secure = credentials.createSsl(read(ca) ?? null, read(key) ?? null, read(certificate) ?? null)
  return (await grpcExport(address, request, { credentials: secure, deadlineMs: 2000 })).code === 0
}

async function getsInPlain(protocol: Protocol, address: string): Promise<boolean> {
  if (protocol === 'grpc')
    return (await grpcExport(address, requestOf(['x']), { deadlineMs: 2000 })).code === 0
  const answer = await post(address, requestOf(['x'])).catch(() => undefined)
  return answer?.status === 200
}

function secured(context: TestContext, protocol: Protocol, ca: string | undefined): Receiving {
  const { serverCertificate: certificate, serverKey: key } = files
  return receiving(context, { protocol, tls: { certificate, key, ca } })
}

const REFUSED = 'a connection was refused: its TLS handshake failed'

describe.each(['grpc', 'http'] as const)('TLS over %s', protocol => {
  test('a client that trusts the authority gets in', async context => {
    const { address, bodies } = secured(context, protocol, undefined)
    expect(await getsIn(protocol, await address, { ca: files.authority })).toBe(true)
    expect(bodies()).toEqual(['x'])
  })

  test('a client that trusts another authority gives up, and it is said', async context => {
    const { address, batches, warnings } = secured(context, protocol, undefined)
    expect(await getsIn(protocol, await address, { ca: files.otherAuthority })).toBe(false)
    await vi.waitUntil(() => warnings.length > 0, { timeout: 5000 })
    expect(warnings[0]).toMatchObject({ message: REFUSED })
    expect(batches).toEqual([])
  })

  test('plain text is refused, and it is said', async context => {
    const { address, batches, warnings } = secured(context, protocol, undefined)
    expect(await getsInPlain(protocol, await address)).toBe(false)
    await vi.waitUntil(() => warnings.length > 0, { timeout: 5000 })
    expect(warnings[0]).toMatchObject({ message: REFUSED })
    expect(batches).toEqual([])
  })

  test('with mutual TLS a client shows a certificate of the authority, or is refused', async context => {
    const { address, bodies, warnings } = secured(context, protocol, files.authority)
    const { clientCertificate: certificate, clientKey: key, authority: ca } = files
    expect(await getsIn(protocol, await address, { ca, certificate, key })).toBe(true)
    expect(await getsIn(protocol, await address, { ca })).toBe(false)
    const own = { certificate: files.otherAuthority, key: join(folder, 'other.key') }
    expect(await getsIn(protocol, await address, { ca, ...own })).toBe(false)
    await vi.waitUntil(() => warnings.length > 1, { timeout: 5000 })
    expect(warnings.map(({ message }) => message)).toEqual(expect.arrayContaining([REFUSED]))
    expect(bodies()).toEqual(['x'])
  })

  test('files that are no certificates, or that are missing, are said at the start', async context => {
    const start = async (certificate: string, key: string): Promise<unknown> => {
      const { source } = closing(context, otlpSource({ protocol, tls: { certificate, key, ca: undefined } }))
      const never = new AbortController().signal
      const reading = source.read({ position: undefined, signal: never, onTrouble: () => {} })
      return reading.next().catch((error: unknown) => error)
    }
    const { serverCertificate, serverKey, clientKey } = files
    expect(await start(join(folder, 'none.pem'), serverKey)).toMatchObject({
      code: 'TLS_FILES',
      retryable: false
    })
    expect(await start(serverKey, serverKey)).toMatchObject({ code: 'TLS_FILES', retryable: false })
    expect(await start(serverCertificate, clientKey)).toMatchObject({ code: 'TLS_FILES', retryable: false })
  })
})

describe.each(['grpc', 'http'] as const)('connections over %s', protocol => {
  test('beyond the limit they are refused', async context => {
    const { address, bodies } = receiving(context, { protocol, maxConnections: 20 })
    const sockets = await connected(context, await address, 20)
    const [extra] = await connected(context, await address, 1)
    await once(extra as Socket, 'close')
    for (const socket of sockets) socket.destroy()
    await vi.waitUntil(async () => getsInPlain(protocol, await address), { timeout: 5000 })
    expect(bodies()).toEqual(['x'])
  })

  test('an address in use is said', async context => {
    const { address } = receiving(context, { protocol })
    const [host = '', port] = (await address).split(':')
    const { source } = closing(context, otlpSource({ protocol, host, port: Number(port) }))
    const never = new AbortController().signal
    const reading = source.read({ position: undefined, signal: never, onTrouble: () => {} })
    const error = await reading.next().catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({
      code: 'LISTEN',
      retryable: false,
      message: `can't listen on 127.0.0.1 port ${port} (Address already in use)`
    })
  })
})

test('2,000 idle connections are held, and requests go on', async context => {
  const { address, bodies } = receiving(context, { maxConnections: 3000 })
  const sockets = await connected(context, await address, 2000)
  expect(await getsInPlain('http', await address)).toBe(true)
  expect(sockets.filter(({ closed }) => closed)).toEqual([])
  expect(bodies()).toEqual(['x'])
})

async function connected(context: TestContext, address: string, count: number): Promise<Socket[]> {
  const [host, port] = address.split(':')
  const sockets: Socket[] = []
  context.onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
  })
  for (let start = 0; start < count; start += 100) {
    const some = Array.from({ length: Math.min(100, count - start) }, () => connect(Number(port), host))
    sockets.push(...some)
    await Promise.all(some.map(socket => once(socket, 'connect')))
    for (const socket of some) socket.on('error', () => {})
  }
  return sockets
}
