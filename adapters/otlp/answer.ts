import protobuf from 'protobufjs/minimal.js'
import { decodeUtf8 } from '../../plugin/utf8.ts'

/** What a sender is told. Messages are byte strings. */
export type Answer = Success | Failure

export interface Success {
  readonly type: 'success'
  /** Records that were no records: not to be sent again. */
  readonly rejected: number
  /** Why; '' if none was. */
  readonly reason: string
}

export interface Failure {
  readonly type: 'failure'
  readonly kind: FailureKind
  readonly message: string
  /** When it may be tried again. */
  readonly retryAfterSeconds?: number
}

export type FailureKind =
  | 'invalid'
  | 'too-large'
  | 'unavailable'
  | 'unauthenticated'
  | 'not-found'
  | 'method'
  | 'media-type'

/**
 * As status codes. A sender gives up what is answered with 413 or RESOURCE_EXHAUSTED without RetryInfo, so that one
 * who may come again is told 503 or UNAVAILABLE. Source: opentelemetry-proto, `docs/specification.md`; google.rpc.Code.
 */
export const STATUS_CODES: Readonly<Record<FailureKind, { readonly grpc: number; readonly http: number }>> = {
  invalid: { grpc: 3, http: 400 },
  'too-large': { grpc: 8, http: 413 },
  unavailable: { grpc: 14, http: 503 },
  unauthenticated: { grpc: 16, http: 401 },
  'not-found': { grpc: 12, http: 404 },
  method: { grpc: 12, http: 405 },
  'media-type': { grpc: 3, http: 415 }
}

export const SUCCESS: Success = { type: 'success', rejected: 0, reason: '' }

export function unavailable(message: string, retryAfterSeconds = 1): Failure {
  return { type: 'failure', kind: 'unavailable', message, retryAfterSeconds }
}

export type Encoding = 'protobuf' | 'json'

/** ExportLogsServiceResponse: `1 partial_success { 1 rejected_log_records (int64), 2 error_message }`. */
export function encodeSuccess({ rejected, reason }: Success, encoding: Encoding): Buffer {
  if (encoding === 'json') {
    const partial = { rejectedLogRecords: String(rejected), errorMessage: decodeUtf8(reason) }
    return Buffer.from(JSON.stringify(rejected === 0 ? {} : { partialSuccess: partial }))
  }
  const writer = protobuf.Writer.create()
  if (rejected > 0) {
    writer.uint32(1 * 8 + 2).fork()
    writer.uint32(1 * 8).int64(rejected)
    writer.uint32(2 * 8 + 2).bytes(Buffer.from(reason, 'latin1'))
    writer.ldelim()
  }
  return bufferOf(writer)
}

const RETRY_INFO = 'type.googleapis.com/google.rpc.RetryInfo'

/**
 * google.rpc.Status: `1 code, 2 message, 3 details (Any: 1 type_url, 2 value)`, of details one at most, RetryInfo:
 * `1 retry_delay (Duration: 1 seconds)`.
 */
export function encodeFailure({ kind, message, retryAfterSeconds }: Failure, encoding: Encoding): Buffer {
  const code = STATUS_CODES[kind].grpc
  if (encoding === 'json') {
    const details =
      retryAfterSeconds === undefined ? [] : [{ '@type': RETRY_INFO, retryDelay: `${retryAfterSeconds}s` }]
    return Buffer.from(
      JSON.stringify({ code, message: decodeUtf8(message), ...(details.length > 0 && { details }) })
    )
  }
  const writer = protobuf.Writer.create()
  writer.uint32(1 * 8).int32(code)
  writer.uint32(2 * 8 + 2).bytes(Buffer.from(message, 'latin1'))
  if (retryAfterSeconds !== undefined) {
    writer.uint32(3 * 8 + 2).fork()
    writer.uint32(1 * 8 + 2).string(RETRY_INFO)
    writer.uint32(2 * 8 + 2).fork()
    writer.uint32(1 * 8 + 2).fork()
    writer.uint32(1 * 8).int64(retryAfterSeconds)
    writer.ldelim().ldelim().ldelim()
  }
  return bufferOf(writer)
}

function bufferOf(writer: protobuf.Writer): Buffer {
  const bytes = writer.finish()
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
