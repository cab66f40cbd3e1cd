import { Metadata, type ServiceError, status } from '@grpc/grpc-js'
import { expect, test } from 'vitest'
import { encodeFailure } from '../../../adapters/otlp/answer.ts'
import { exportFailure } from '../../../adapters/otlp/export-failure.ts'
import { HttpExportError } from '../../../adapters/otlp/http-transport.ts'

const NOW = Date.UTC(2026, 0, 1)

function ofHttp(code: number, retryAfter?: string, body = '') {
  return exportFailure(new HttpExportError(code, { 'retry-after': retryAfter }, Buffer.from(body)), NOW)
}

function ofGrpc(code: status, details?: Buffer) {
  const metadata = new Metadata()
  if (details !== undefined) metadata.set('grpc-status-details-bin', details)
  const error: ServiceError = Object.assign(new Error('so'), { code, details: 'so', metadata })
  return exportFailure(error, NOW)
}

test.each([
  ['retryable', [301, 302, 307, 308, 401, 403, 404, 405, 407, 408, 415, 421, 426, 429, 502, 503, 504]],
  ['data', [400, 409, 413, 414, 422, 431, 500, 501, 505]]
] as const)('HTTP: %s', (kind, codes) => {
  expect(codes.filter(code => ofHttp(code).kind !== kind)).toEqual([])
})

test.each([
  ['retryable', [1, 4, 5, 7, 10, 11, 12, 14, 15, 16]],
  ['data', [2, 3, 6, 8, 9, 13]]
] as const)('gRPC: %s', (kind, codes) => {
  expect(codes.filter(code => ofGrpc(code).kind !== kind)).toEqual([])
})

test('RESOURCE_EXHAUSTED with RetryInfo is for later', () => {
  const details = encodeFailure(
    { type: 'failure', kind: 'unavailable', message: '', retryAfterSeconds: 7 },
    'protobuf'
  )
  expect(ofGrpc(status.RESOURCE_EXHAUSTED, details)).toMatchObject({ kind: 'retryable', retryAfterMs: 7000 })
})

test('Retry-After is seconds or a date, and what is neither says nothing', () => {
  expect(ofHttp(503, '7').retryAfterMs).toBe(7000)
  expect(ofHttp(503, 'Thu, 01 Jan 2026 00:00:30 GMT').retryAfterMs).toBe(30_000)
  expect(ofHttp(503, 'Wed, 31 Dec 2025 23:59:00 GMT').retryAfterMs).toBe(0)
  expect(ofHttp(503, 'soon').retryAfterMs).toBeUndefined()
})

test('the message of a Status is told, in protobuf and in JSON, and what is none is not', () => {
  const body = encodeFailure({ type: 'failure', kind: 'invalid', message: 'caf\xc3\xa9' }, 'protobuf')
  expect(exportFailure(new HttpExportError(400, {}, body), NOW).message).toBe('HTTP status 400 (caf\xc3\xa9)')
  expect(ofHttp(400, undefined, '{"code":3,"message":"café"}').message).toBe('HTTP status 400 (caf\xc3\xa9)')
  for (const none of ['', '<html>', '{', '{"message":5}']) {
    expect(ofHttp(400, undefined, none).message).toBe('HTTP status 400')
  }
})
