import type { ServiceError } from '@grpc/grpc-js'
import { tlsErrorText } from '../tls-error.ts'
import { HttpExportError } from './http-transport.ts'
import { readStatus } from './read-status.ts'

/** Why a request did not succeed. Messages are byte strings. */
export interface ExportFailure {
  /** `data`: the receiver does not take what was sent, now or later. */
  readonly kind: 'data' | 'retryable'
  readonly message: string
  /** When the receiver wants to hear of us again. */
  readonly retryAfterMs: number | undefined
}

/**
 * gRPC: what says that the same would fail again. RESOURCE_EXHAUSTED (8) does so without RetryInfo. What says that we may
 * not do it, or that nobody is there for it (5, 7, 12, 16), is for people to mend: nothing is given up meanwhile. Source:
 * opentelemetry-proto, `docs/specification.md`, "OTLP/gRPC Failures".
 */
const DATA_CODES: ReadonlySet<number> = new Set([2, 3, 6, 9, 13])
const RESOURCE_EXHAUSTED = 8

/**
 * HTTP: the same. 408, 429 and 502 to 504 are for later; the others are for people: it is the wrong token, address, method or
 * encoding.
 */
const RETRYABLE_STATUSES: ReadonlySet<number> = new Set([
  401, 403, 404, 405, 407, 415, 421, 426, 408, 429, 502, 503, 504
])

/** So are redirections, which are not followed: nobody is at that address, and where it leads to may be anybody. */
function isRetryable(status: number): boolean {
  return RETRYABLE_STATUSES.has(status) || (status >= 300 && status < 400)
}

export function exportFailure(error: Error, now: number): ExportFailure {
  if (error instanceof HttpExportError) return httpFailure(error, now)
  if ('metadata' in error && 'code' in error) return grpcFailure(error as ServiceError)
  const late = error.name === 'TimeoutError' || error.name === 'AbortError'
  return {
    kind: 'retryable',
    message: toBytes(late ? 'no answer in time' : tlsErrorText(error)),
    retryAfterMs: undefined
  }
}

function grpcFailure({ code, details, metadata }: ServiceError): ExportFailure {
  const [bytes] = metadata.get('grpc-status-details-bin')
  const { retryAfterMs } = Buffer.isBuffer(bytes) ? readStatus(bytes) : { retryAfterMs: undefined }
  const isForGood = DATA_CODES.has(code) || (code === RESOURCE_EXHAUSTED && retryAfterMs === undefined)
  return {
    kind: isForGood ? 'data' : 'retryable',
    message: `gRPC status ${code} (${toBytes(reasonOf(details))})`,
    retryAfterMs
  }
}

/** What grpc-js says itself has times in it: each would be another trouble, and a line of the log. */
function reasonOf(details: string): string {
  if (details.startsWith('Deadline exceeded after ')) return 'no answer in time'
  const [, last] =
    /^No connection established\. Last error: (?:Error: )?([^]*)\. Resolution note: /.exec(details) ?? []
  if (last === undefined) return details
  return tlsErrorText(new Error(last.replace(/ \(\d{4}-\d\d-\d\dT[^)]*\)$/, '')))
}

function httpFailure({ status, retryAfter, body, message }: HttpExportError, now: number): ExportFailure {
  const told = statusMessage(body)
  return {
    kind: isRetryable(status) ? 'retryable' : 'data',
    message: told === '' ? message : `${message} (${told})`,
    retryAfterMs: millisecondsOf(retryAfter, now)
  }
}

/** The message of a Status, in JSON or in protobuf; '' if it is neither. */
function statusMessage(body: Buffer): string {
  try {
    if (body[0] === 0x7b) {
      const { message } = JSON.parse(body.toString('utf8')) as { readonly message?: unknown }
      return typeof message === 'string' ? toBytes(message) : ''
    }
    return readStatus(body).message
  } catch {
    return ''
  }
}

function millisecondsOf(retryAfter: string | undefined, now: number): number | undefined {
  if (retryAfter === undefined) return undefined
  if (/^[0-9]+$/.test(retryAfter)) return Number(retryAfter) * 1000
  const date = Date.parse(retryAfter)
  return Number.isNaN(date) ? undefined : Math.max(date - now, 0)
}

function toBytes(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1')
}
