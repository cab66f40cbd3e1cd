import protobuf from 'protobufjs/minimal.js'
import { isMap } from '../../plugin/record-fields.ts'
import type { RecordMap, RecordValue } from '../../plugin/record.ts'
import { parseJsonText } from '../codecs/json-text.ts'
import { BYTES, type Span, tagOf, WireReader } from './wire-reader.ts'

/**
 * Cuts a request into requests of one log record each, in order, with all that belongs to the record: what correlog does not know
 * of it, too. `undefined`: its structure is broken. A text says why it is not cut, though it could be.
 */
export type SplitRequest = (value: Buffer) => readonly Buffer[] | string | undefined

/** Of all requests that are made of one: each has the resource and the scope once more. */
const MOST_BYTES = 64 * 1024 * 1024

const TOO_MUCH = `each of its log records with its resource would be more than ${MOST_BYTES} bytes together`

// See read-logs-request.ts.
const RESOURCE_LOGS = tagOf(1, BYTES)
const SCOPE_LOGS = tagOf(2, BYTES)
const LOG_RECORD = tagOf(2, BYTES)

/** A request in protobuf. A record that is damaged is cut out as any other. */
export const splitProto: SplitRequest = value => {
  const wire = new WireReader(value)
  const parts: Buffer[] = []
  let bytes = 0
  try {
    for (const resourceLogs of fieldsOf(wire, value, RESOURCE_LOGS).spans) {
      wire.goTo(resourceLogs)
      const resource = fieldsOf(wire, value, SCOPE_LOGS)
      for (const scopeLogs of resource.spans) {
        wire.goTo(scopeLogs)
        const scope = fieldsOf(wire, value, LOG_RECORD)
        const around = lengthOf(resource.others) + lengthOf(scope.others)
        for (const { start, end } of scope.spans) {
          bytes += around + end - start
          if (bytes > MOST_BYTES) return TOO_MUCH
          const record = field(LOG_RECORD, value.subarray(start, end))
          const group = field(SCOPE_LOGS, Buffer.concat([...scope.others, record]))
          parts.push(field(RESOURCE_LOGS, Buffer.concat([...resource.others, group])))
        }
      }
    }
  } catch {
    return undefined
  }
  return parts
}

/** The messages with a tag in the one where the reader stands, and the bytes of all its other fields. */
function fieldsOf(wire: WireReader, bytes: Buffer, tag: number): { spans: Span[]; others: Buffer[] } {
  const spans: Span[] = []
  const others: Buffer[] = []
  while (wire.hasMore) {
    const start = wire.position
    if (wire.tag() === tag) spans.push(wire.span())
    else {
      wire.skip()
      others.push(bytes.subarray(start, wire.position))
    }
  }
  return { spans, others }
}

function lengthOf(fields: readonly Buffer[]): number {
  return fields.reduce((sum, { length }) => sum + length, 0)
}

function field(tag: number, content: Buffer): Buffer {
  return Buffer.from(protobuf.Writer.create().uint32(tag).bytes(content).finish())
}

/** A request in JSON. */
export const splitJson: SplitRequest = value => {
  const parsed = parseJsonText(value.toString('latin1'))
  const list = 'value' in parsed && isMap(parsed.value) ? parsed.value['resourceLogs'] : undefined
  // Without it there may be spans or metrics, which are for the codec to refuse.
  if (!Array.isArray(list)) return undefined
  const parts: Buffer[] = []
  let bytes = 0
  for (const resourceLogs of list as readonly RecordValue[]) {
    const groups = isMap(resourceLogs) ? itemsOf(resourceLogs, 'scopeLogs') : undefined
    if (groups === undefined) return undefined
    for (const scopeLogs of groups) {
      const records = isMap(scopeLogs) ? itemsOf(scopeLogs, 'logRecords') : undefined
      if (records === undefined) return undefined
      for (const record of records) {
        const group = { ...(scopeLogs as RecordMap), logRecords: [record] }
        const request = { resourceLogs: [{ ...(resourceLogs as RecordMap), scopeLogs: [group] }] }
        const part = Buffer.from(JSON.stringify(request), 'latin1')
        bytes += part.length
        if (bytes > MOST_BYTES) return TOO_MUCH
        parts.push(part)
      }
    }
  }
  return parts
}

/** A list of nothing may be `null` or missing; `undefined`: it is no list. */
function itemsOf(map: RecordMap, name: string): readonly RecordValue[] | undefined {
  const list: RecordValue = map[name] ?? []
  return Array.isArray(list) ? (list as readonly RecordValue[]) : undefined
}
