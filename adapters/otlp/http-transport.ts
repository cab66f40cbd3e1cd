import { Agent, type IncomingHttpHeaders, type IncomingMessage, request as httpRequest } from 'node:http'
import { Agent as TlsAgent, request as httpsRequest } from 'node:https'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { readTls } from '../tls-files.ts'
import type { Encoding } from './answer.ts'
import { authority, authorization, type OtlpClientOptions } from './client-options.ts'
import type { OtlpTransport } from './exporter.ts'

export interface HttpTransportOptions extends OtlpClientOptions {
  readonly path: string
  readonly encoding: Encoding
}

/** What was answered in the place of a success. */
export class HttpExportError extends Error {
  readonly status: number
  /** As it was answered: seconds or a date. */
  readonly retryAfter: string | undefined
  readonly body: Buffer

  constructor(status: number, { location, 'retry-after': retryAfter }: IncomingHttpHeaders, body: Buffer) {
    super(`HTTP status ${status}${location === undefined ? '' : `, which leads to ${location}`}`)
    this.name = 'HttpExportError'
    this.status = status
    this.retryAfter = retryAfter
    this.body = body
  }
}

/** More of an answer is not read; a success may have no more than so much, says the specification. */
const MOST_ANSWER_BYTES = 4 * 1024 * 1024

const compressed = promisify(gzip)

/**
 * Requests over HTTP. The exporter's own transport tries again by itself, for up to its time-out, and says nothing of what
 * was answered meanwhile; here each request is made once, and the stage tries again.
 *
 * @throws AdapterError of TLS files and of the token
 */
export function httpTransport(options: HttpTransportOptions): OtlpTransport {
  const { tls, path, encoding, compression } = options
  const bearer = authorization(options)
  const material = tls === undefined ? undefined : readTls(tls)
  const agent =
    material === undefined
      ? new Agent({ keepAlive: true })
      : new TlsAgent({
          keepAlive: true,
          ...material,
          ...(tls?.serverName !== undefined && { servername: tls.serverName })
        })
  const url = new URL(`${tls === undefined ? 'http' : 'https'}://${authority(options)}${path}`)
  const headers = {
    'content-type': encoding === 'json' ? 'application/json' : 'application/x-protobuf',
    'user-agent': 'correlog',
    ...(compression === 'gzip' && { 'content-encoding': 'gzip' }),
    ...(bearer !== undefined && { authorization: bearer })
  }
  const makeRequest = tls === undefined ? httpRequest : httpsRequest

  function post(body: Uint8Array, timeoutMs: number): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const sent = makeRequest(url, {
        method: 'POST',
        agent,
        headers: { ...headers, 'content-length': body.byteLength },
        signal: AbortSignal.timeout(timeoutMs)
      })
      sent.on('error', reject)
      sent.on('response', response => {
        readAnswer(response).then(resolve, reject)
      })
      sent.end(body)
    })
  }

  return {
    async send(data, timeoutMillis) {
      try {
        const body = compression === 'gzip' ? await compressed(data) : data
        return { status: 'success', data: await post(body, timeoutMillis) }
      } catch (error) {
        return { status: 'failure', error: error as Error }
      }
    },
    shutdown: () => agent.destroy()
  }
}

async function readAnswer(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > MOST_ANSWER_BYTES) throw new Error(`an answer of more than ${MOST_ANSWER_BYTES} bytes`)
    chunks.push(chunk)
  }
  const body = Buffer.concat(chunks)
  const { statusCode: status = 0, headers } = response
  if (status < 200 || status >= 300) throw new HttpExportError(status, headers, body)
  // A proxy's log-in, or whatever else is there: nobody has taken an alert.
  if (headers['content-type']?.startsWith('text/html')) {
    throw new Error(`HTTP status ${status} with a page (text/html); expected an OTLP receiver`)
  }
  return body
}
