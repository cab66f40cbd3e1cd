import type { LogRecord, RecordMap, RecordScope, RecordValue } from '../../plugin/record.ts'
import { MOST_RECORDS } from '../codecs/otlp-limits.ts'
import { type LogsRequest, type RequestContext, RequestFault } from './logs-request.ts'
import { readAnyValue, readKeyValue } from './read-values.ts'
import { BYTES, FIXED32, FIXED64, type Span, tagOf, TooMany, VARINT, WireReader } from './wire-reader.ts'

/**
 * ExportLogsServiceRequest in protobuf. Source: opentelemetry-proto, `collector/logs/v1/logs_service.proto` and
 * `logs/v1/logs.proto`:
 *
 *     request:      1 ResourceLogs, repeated
 *     ResourceLogs: 1 resource (1 KeyValue, repeated), 2 ScopeLogs, repeated
 *     ScopeLogs:    1 scope (1 name, 2 version, 3 KeyValue, repeated), 2 LogRecord, repeated
 *     LogRecord:    1 time_unix_nano (fixed64), 2 severity_number, 3 severity_text, 5 body (AnyValue), 6 KeyValue, repeated,
 *                   8 flags (fixed32), 9 trace_id, 10 span_id, 11 observed_time_unix_nano (fixed64), 12 event_name
 */
const RESOURCE_LOGS = tagOf(1, BYTES)
const RESOURCE = tagOf(1, BYTES)
const RESOURCE_ATTRIBUTE = tagOf(1, BYTES)
const SCOPE_LOGS = tagOf(2, BYTES)
const SCOPE = tagOf(1, BYTES)
const SCOPE_NAME = tagOf(1, BYTES)
const SCOPE_VERSION = tagOf(2, BYTES)
const SCOPE_ATTRIBUTE = tagOf(3, BYTES)
const LOG_RECORD = tagOf(2, BYTES)
const TIME = tagOf(1, FIXED64)
const SEVERITY_NUMBER = tagOf(2, VARINT)
const SEVERITY_TEXT = tagOf(3, BYTES)
const BODY = tagOf(5, BYTES)
const ATTRIBUTE = tagOf(6, BYTES)
const FLAGS = tagOf(8, FIXED32)
const TRACE_ID = tagOf(9, BYTES)
const SPAN_ID = tagOf(10, BYTES)
const OBSERVED_TIME = tagOf(11, FIXED64)
const EVENT_NAME = tagOf(12, BYTES)

/** @throws RequestFault */
export function readLogsRequest(bytes: Buffer, context: RequestContext): LogsRequest {
  const request: LogsRequest = { records: [], dead: [] }
  const wire = new WireReader(bytes)
  try {
    while (wire.hasMore) {
      if (wire.tag() === RESOURCE_LOGS) readResourceLogs(wire, bytes, context, request)
      else wire.skip()
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    if (error instanceof TooMany) throw new RequestFault(`a request with ${reason}`, error)
    throw new RequestFault(`not an ExportLogsServiceRequest at byte ${wire.position}: ${reason}`, error)
  }
  return request
}

function readResourceLogs(
  wire: WireReader,
  bytes: Buffer,
  context: RequestContext,
  request: LogsRequest
): void {
  const outer = wire.enter()
  const resource: Record<string, RecordValue> = {}
  // Fields come in any order, and the resource belongs to all of the rest.
  const groups: Span[] = []
  while (wire.hasMore) {
    const tag = wire.tag()
    if (tag === RESOURCE) readAttributes(wire, RESOURCE_ATTRIBUTE, resource)
    else if (tag === SCOPE_LOGS) groups.push(wire.span())
    else wire.skip()
  }
  const { position, end } = wire
  for (const group of groups) {
    wire.goTo(group)
    readScopeLogs(wire, bytes, resource, context, request)
  }
  wire.goTo({ start: position, end })
  wire.leave(outer)
}

function readScopeLogs(
  wire: WireReader,
  bytes: Buffer,
  resource: RecordMap,
  context: RequestContext,
  request: LogsRequest
): void {
  let scope: RecordScope | undefined
  const spans: Span[] = []
  while (wire.hasMore) {
    const tag = wire.tag()
    if (tag === SCOPE) scope = readScope(wire)
    else if (tag === LOG_RECORD) spans.push(wire.span())
    else wire.skip()
  }
  const { records, dead } = request
  if (records.length + dead.length + spans.length > MOST_RECORDS) {
    throw new TooMany(`more than ${MOST_RECORDS} log records in it`)
  }
  const { depth } = wire
  for (const span of spans) {
    const id = `${context.id}/${records.length + dead.length}`
    wire.goTo(span)
    try {
      records.push(readRecord(wire, id, resource, scope, context))
    } catch (error) {
      if (error instanceof TooMany) throw error
      wire.returnTo(depth)
      const reason = `not a LogRecord: ${error instanceof Error ? error.message : String(error)}`
      const value = bytes.toString('latin1', span.start, span.end)
      dead.push({ id, source: context.source, reason, code: 'otlp-record', value })
    }
  }
}

function readRecord(
  wire: WireReader,
  id: string,
  resource: RecordMap,
  scope: RecordScope | undefined,
  { source, observedTimestamp, tag = '' }: RequestContext
): LogRecord {
  const attributes: Record<string, RecordValue> = {}
  let body: RecordValue = null
  let severityNumber = 0
  let severityText = ''
  let timestamp: number | undefined
  let observed: number | undefined
  let traceId = ''
  let spanId = ''
  let traceFlags = 0
  let eventName = ''
  while (wire.hasMore) {
    switch (wire.tag()) {
      case TIME:
        timestamp = wire.milliseconds()
        break
      case OBSERVED_TIME:
        observed = wire.milliseconds()
        break
      case SEVERITY_NUMBER:
        severityNumber = wire.uint32()
        break
      case SEVERITY_TEXT:
        severityText = wire.text()
        break
      case BODY:
        body = readAnyValue(wire)
        break
      case ATTRIBUTE:
        readKeyValue(wire, attributes)
        break
      case FLAGS:
        traceFlags = wire.fixed32() % 256
        break
      case TRACE_ID:
        traceId = idOf(wire.hex(), NO_TRACE)
        break
      case SPAN_ID:
        spanId = idOf(wire.hex(), NO_SPAN)
        break
      case EVENT_NAME:
        eventName = wire.text()
        break
      default:
        wire.skip()
    }
  }
  return {
    id,
    body,
    attributes,
    resource,
    scope,
    // A number that OpenTelemetry does not know yet says nothing.
    severityNumber: severityNumber <= 24 ? severityNumber : 0,
    severityText,
    timestamp,
    observedTimestamp: observed ?? observedTimestamp,
    traceId,
    spanId,
    traceFlags,
    eventName,
    source,
    tag
  }
}

const NO_TRACE = '0'.repeat(32)
const NO_SPAN = '0'.repeat(16)

/** An id of another length, or of nothing but zeros, is none. */
function idOf(hex: string, none: string): string {
  return hex.length === none.length && hex !== none ? hex : ''
}

function readScope(wire: WireReader): RecordScope {
  const outer = wire.enter()
  const attributes: Record<string, RecordValue> = {}
  let name = ''
  let version = ''
  while (wire.hasMore) {
    switch (wire.tag()) {
      case SCOPE_NAME:
        name = wire.text()
        break
      case SCOPE_VERSION:
        version = wire.text()
        break
      case SCOPE_ATTRIBUTE:
        readKeyValue(wire, attributes)
        break
      default:
        wire.skip()
    }
  }
  wire.leave(outer)
  return { name, version, attributes }
}

function readAttributes(wire: WireReader, tag: number, into: Record<string, RecordValue>): void {
  const outer = wire.enter()
  while (wire.hasMore) {
    if (wire.tag() === tag) readKeyValue(wire, into)
    else wire.skip()
  }
  wire.leave(outer)
}
