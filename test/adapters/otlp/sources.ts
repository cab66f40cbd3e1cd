import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { SecureContextOptions } from 'node:tls'
import { gzipSync } from 'node:zlib'
import { type TestContext, vi } from 'vitest'
import type { Batch } from '../../../plugin/adapter.ts'
import { OtlpSource, type OtlpSourceOptions } from '../../../adapters/otlp/source.ts'
import { wallClock } from '../../../adapters/wall-clock.ts'

/** A source of a test's own, and where it listens. */
export interface StartedSource {
  readonly source: OtlpSource
  /** `127.0.0.1:4317`, once it listens. */
  readonly address: Promise<string>
  readonly warnings: { readonly message: string; readonly fields: Readonly<Record<string, unknown>> }[]
}

export function otlpSource(options: Partial<OtlpSourceOptions> = {}): StartedSource {
  let listening: (address: string) => void = () => {}
  const address = new Promise<string>(resolve => {
    listening = resolve
  })
  const warnings: StartedSource['warnings'] = []
  const source = new OtlpSource({
    name: 'otlp',
    protocol: 'http',
    host: '127.0.0.1',
    port: 0,
    tls: undefined,
    token: undefined,
    maxRequestBytes: 67_108_864,
    maxConnections: 100,
    answerWithinMs: 3000,
    clock: wallClock,
    onListening: listening,
    warn: (message, fields) => warnings.push({ message, fields }),
    ...options
  })
  return { source, address, warnings }
}

/** A request with plain texts (byte strings) as bodies, in protobuf. */
export function requestOf(bodies: readonly string[]): Buffer {
  const field = (number: number, bytes: Buffer): Buffer =>
    Buffer.concat([Buffer.from([number * 8 + 2, ...varint(bytes.length)]), bytes])
  const records = bodies.map(body => field(2, field(5, field(1, Buffer.from(body, 'latin1')))))
  return field(1, field(2, Buffer.concat(records)))
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [128 + (value % 128), ...varint(Math.floor(value / 128))]
}

export interface Posted {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Buffer
}

export interface PostOptions {
  readonly path?: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly gzip?: boolean
  /** With it TLS is spoken. */
  readonly tls?: SecureContextOptions
}

export function post(
  address: string,
  body: Buffer | string,
  { path = '/v1/logs', method = 'POST', headers = {}, gzip = false, tls }: PostOptions = {}
): Promise<Posted> {
  const sent = gzip ? gzipSync(body) : Buffer.from(body)
  const [, host, port] = /^(.*):(\d+)$/.exec(address) ?? []
  return new Promise((resolve, reject) => {
    const request = (tls === undefined ? httpRequest : httpsRequest)(
      {
        ...tls,
        host,
        port,
        path,
        method,
        headers: {
          'content-type': 'application/x-protobuf',
          'content-length': sent.length,
          ...(gzip && { 'content-encoding': 'gzip' }),
          ...headers
        }
      },
      response => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () => {
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks)
          })
        })
      }
    )
    request.on('error', reject)
    request.end(sent)
  })
}

/** The end of a test is the end of its source. */
export function closing(context: TestContext, started: StartedSource): StartedSource {
  context.onTestFinished(() => started.source.close())
  return started
}

/** A source that is read as a stage reads it. */
export interface Receiving extends StartedSource {
  readonly batches: Batch[]
  readonly bodies: () => unknown[]
  /** Waits for so many batches. */
  readonly untilBatches: (count: number) => Promise<void>
  readonly stop: () => void
  /** Resolves when it has given all. */
  readonly ended: Promise<void>
}

/** Takes each batch as it comes; `settles`: and acknowledges it. */
export function receiving(
  context: TestContext,
  options: Partial<OtlpSourceOptions> = {},
  { settles = true }: { readonly settles?: boolean } = {}
): Receiving {
  const started = closing(context, otlpSource(options))
  const batches: Batch[] = []
  const stopping = new AbortController()
  const read = async (): Promise<void> => {
    const start = { position: undefined, signal: stopping.signal, onTrouble: () => {} }
    for await (const batch of started.source.read(start)) {
      batches.push(batch)
      if (settles) await batch.ack()
    }
  }
  return {
    ...started,
    batches,
    bodies: () => batches.flatMap(({ records }) => records.map(({ body }) => body)),
    untilBatches: async count => {
      await vi.waitUntil(() => batches.length >= count, { timeout: 10_000, interval: 5 })
    },
    stop: () => stopping.abort(),
    ended: read()
  }
}
