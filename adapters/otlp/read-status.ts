import { BYTES, tagOf, VARINT, WireReader } from './wire-reader.ts'

const MESSAGE = tagOf(2, BYTES)
const DETAIL = tagOf(3, BYTES)
const TYPE_URL = tagOf(1, BYTES)
const VALUE = tagOf(2, BYTES)
const RETRY_DELAY = tagOf(1, BYTES)
const SECONDS = tagOf(1, VARINT)
const NANOS = tagOf(2, VARINT)

export interface ReadStatus {
  /** A byte string. */
  readonly message: string
  readonly retryAfterMs: number | undefined
}

/** A google.rpc.Status, as `encodeFailure` writes it. What can't be read says nothing. */
export function readStatus(bytes: Buffer): ReadStatus {
  let message = ''
  let retryAfterMs: number | undefined
  try {
    const wire = new WireReader(bytes)
    while (wire.hasMore) {
      const tag = wire.tag()
      if (tag === MESSAGE) message = wire.text()
      else if (tag === DETAIL) retryAfterMs = readDetail(wire) ?? retryAfterMs
      else wire.skip()
    }
  } catch {
    return { message: '', retryAfterMs: undefined }
  }
  return { message, retryAfterMs }
}

function readDetail(wire: WireReader): number | undefined {
  const outer = wire.enter()
  let isRetryInfo = false
  let delayMs: number | undefined
  while (wire.hasMore) {
    const tag = wire.tag()
    if (tag === TYPE_URL) isRetryInfo = wire.text().endsWith('/google.rpc.RetryInfo')
    else if (tag === VALUE && isRetryInfo) delayMs = readRetryInfo(wire)
    else wire.skip()
  }
  wire.leave(outer)
  return delayMs
}

function readRetryInfo(wire: WireReader): number {
  const outer = wire.enter()
  let delayMs = 0
  while (wire.hasMore) {
    if (wire.tag() === RETRY_DELAY) delayMs = readDuration(wire)
    else wire.skip()
  }
  wire.leave(outer)
  return delayMs
}

function readDuration(wire: WireReader): number {
  const outer = wire.enter()
  let delayMs = 0
  while (wire.hasMore) {
    const tag = wire.tag()
    if (tag === SECONDS) delayMs += Number(wire.int64()) * 1000
    else if (tag === NANOS) delayMs += Number(wire.int64()) / 1e6
    else wire.skip()
  }
  wire.leave(outer)
  return delayMs
}
