import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { Duplex } from 'node:stream'
import { tlsErrorText } from '../tls-error.ts'
import { wallClock } from '../wall-clock.ts'
import { type Answer, encodeFailure, encodeSuccess, type Encoding, STATUS_CODES } from './answer.ts'
import { wrongToken } from './bearer-token.ts'
import { listen } from './listen.ts'
import { parseLogsRequest } from './parse-logs-request.ts'
import { BodyBudget, readBody } from './read-body.ts'
import { readLogsRequest } from './read-logs-request.ts'
import type { DecodeRequest } from './requests.ts'
import {
  CLOSE_MS,
  DEFAULT_TIMEOUTS,
  type OtlpServer,
  type OtlpServerOptions,
  tlsOptions
} from './server-options.ts'

/** Go's clients keep a connection for 90 s: they should end it, not we under their next request. */
const KEEP_ALIVE_MS = 120_000

const CONTENT_TYPES: Readonly<Record<Encoding, string>> = {
  protobuf: 'application/x-protobuf',
  json: 'application/json'
}

const DECODERS: Readonly<Record<Encoding, DecodeRequest>> = {
  protobuf: readLogsRequest,
  json: parseLogsRequest
}

const OTHER_SIGNALS = /^\/v1(?:development)?\/(traces|metrics|profiles)$/

/**
 * OTLP/HTTP: `POST /v1/logs`, protobuf or JSON as the content type says, the answer in the same. Source:
 * opentelemetry-proto, `docs/specification.md`.
 *
 * @throws AdapterError
 */
export async function startHttpServer(options: OtlpServerOptions): Promise<OtlpServer> {
  const { host, port, tls, maxConnections, maxRequestBytes, warn, timeouts = DEFAULT_TIMEOUTS } = options
  const budget = new BodyBudget(2 * maxRequestBytes)
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    void answer(request, response, options, budget, () => server.listening)
  }
  const limits = {
    headersTimeout: timeouts.handshakeMs,
    requestTimeout: timeouts.requestMs,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connectionsCheckingInterval: timeouts.handshakeMs / 2
  }
  const server =
    tls === undefined
      ? createServer(limits, onRequest)
      : createTlsServer({ ...limits, ...tlsOptions(tls, timeouts) }, onRequest)
  server.maxConnections = maxConnections
  server.on('clientError', refuse)
  server.on('tlsClientError', (error: Error) => {
    warn('a connection was refused: its TLS handshake failed', { error: tlsErrorText(error) })
  })
  const address = await listen(server, host, port, error => {
    warn('a connection could not be accepted', { error: error.message })
  })
  const closed = once(server, 'close')
  const stopListening = (): void => {
    if (server.listening) server.close()
    server.closeIdleConnections()
  }
  return {
    address,
    stopListening,
    async close() {
      stopListening()
      const limit = new AbortController()
      await Promise.race([closed, wallClock.delay(CLOSE_MS, limit.signal)])
      limit.abort()
      server.closeAllConnections()
    }
  }
}

/**
 * What is no HTTP. A request that took too long is not answered with 408, as Node.js would: a sender gives up what it sent
 * then, and it may have been us who had no time to read it. A connection that ends is tried again.
 */
function refuse(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT' || !socket.writable) socket.destroy()
  else socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n')
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: OtlpServerOptions,
  budget: BodyBudget,
  isListening: () => boolean
): Promise<void> {
  const encoding = encodingOf(request)
  const found = await answerTo(request, encoding, options, budget)
  if (found === undefined) {
    response.destroy()
    return
  }
  const body = encoding ?? 'json'
  const headers: Record<string, string | number> = { 'content-type': CONTENT_TYPES[body] }
  if (!isListening()) headers['connection'] = 'close'
  if (found.type === 'success') {
    response.writeHead(200, headers).end(encodeSuccess(found, body))
    return
  }
  if (found.retryAfterSeconds !== undefined) headers['retry-after'] = found.retryAfterSeconds
  if (found.kind === 'unauthenticated') headers['www-authenticate'] = 'Bearer'
  if (found.kind === 'method') headers['allow'] = 'POST'
  response.writeHead(STATUS_CODES[found.kind].http, headers).end(encodeFailure(found, body))
}

async function answerTo(
  request: IncomingMessage,
  encoding: Encoding | undefined,
  { token, requests, maxRequestBytes, warn }: OtlpServerOptions,
  budget: BodyBudget
): Promise<Answer | undefined> {
  const refused = wrongToken(token, request.headers.authorization)
  if (refused !== undefined) {
    warn('a request was refused: it does not have the bearer token', { from: request.socket.remoteAddress })
    return refused
  }
  const path = (request.url ?? '').replace(/\?.*/s, '')
  if (path !== '/v1/logs') {
    const [, signal] = OTHER_SIGNALS.exec(path) ?? []
    if (signal !== undefined) warn(`${signal} were refused: only logs are taken`, {})
    return { type: 'failure', kind: 'not-found', message: 'only /v1/logs is here' }
  }
  if (request.method !== 'POST') {
    return { type: 'failure', kind: 'method', message: `method ${request.method}; expected POST` }
  }
  if (encoding === undefined) {
    const message = `content type "${request.headers['content-type'] ?? ''}"; expected application/x-protobuf or application/json`
    return { type: 'failure', kind: 'media-type', message }
  }
  const compression = (request.headers['content-encoding'] ?? 'identity').toLowerCase()
  if (compression !== 'identity' && compression !== 'gzip') {
    const message = `content encoding "${compression}"; expected gzip or identity`
    return { type: 'failure', kind: 'media-type', message }
  }
  if (requests.refusal !== undefined) return requests.refusal
  const body = await readBody(request, compression, maxRequestBytes, budget)
  if (body === undefined) return undefined
  if (Buffer.isBuffer(body)) return requests.answer(body, DECODERS[encoding])
  if (body.kind === 'too-large') {
    warn('a request was refused: it is too large', { from: request.socket.remoteAddress, maxRequestBytes })
  }
  return body
}

function encodingOf({ headers }: IncomingMessage): Encoding | undefined {
  switch ((headers['content-type'] ?? '').replace(/;.*/s, '').trim().toLowerCase()) {
    case 'application/x-protobuf':
      return 'protobuf'
    case 'application/json':
      return 'json'
    default:
      return undefined
  }
}
