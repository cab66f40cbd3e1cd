import type { RecordMap, RecordValue } from '../../plugin/record.ts'
import { isMap } from '../../plugin/record-fields.ts'
import { ForwardError } from './forward-error.ts'
import { type EventTime, MsgpackReader } from './msgpack-reader.ts'
import { msgpackEnd } from './msgpack-scan.ts'
import type { RequestEntries } from './request.ts'

/** One event of a request, or what stands where one is expected. */
export type Entry =
  | {
      readonly time: EntryTime
      readonly metadata: RecordMap
      readonly record: RecordMap
      readonly bytes: number
    }
  | { readonly error: ForwardError; readonly value: string; readonly bytes: number }

export interface EntryTime {
  readonly seconds: number
  readonly nanoseconds: number
}

const NO_METADATA: RecordMap = Object.freeze({})

const NO_TIME: EntryTime = { seconds: 0, nanoseconds: 0 }

/**
 * The entries of a request, in order, each decoded when it is asked for. What is no entry comes as an error, and the next one is
 * read. An entry of more than `maxBytes` is an error, too: half of it would match what the whole does not.
 */
export function* readEntries(entries: RequestEntries, maxBytes: number): Generator<Entry> {
  if (entries.form === 'json') {
    for (const value of entries.values) yield jsonEntry(value, maxBytes)
    return
  }
  const { bytes, form } = entries
  if (form === 'message') {
    yield msgpackEntry(bytes, 0, bytes.length, maxBytes, true)
    return
  }
  for (let position = 0; position < bytes.length; ) {
    let end: number
    try {
      end = msgpackEnd(bytes, position, bytes.length)
    } catch (error) {
      // Where one has no end, none after it has a beginning.
      yield fault(error, bytes.subarray(position), maxBytes)
      return
    }
    yield msgpackEntry(bytes, position, end, maxBytes, false)
    position = end
  }
}

function msgpackEntry(bytes: Buffer, start: number, end: number, maxBytes: number, isBare: boolean): Entry {
  const length = end - start
  try {
    if (length > maxBytes) throw tooLong(length, maxBytes)
    const reader = new MsgpackReader(bytes, start)
    if (!isBare) {
      const head = reader.head()
      if (head.type !== 'array' || head.length !== 2) throw noEntry()
    }
    let metadata: RecordValue = NO_METADATA
    let head = reader.head()
    if (head.type === 'array' && head.length === 2) {
      head = reader.head()
      const time = timeOf(head)
      metadata = reader.value(1)
      return entry(time, metadata, reader.value(1), length)
    }
    return entry(timeOf(head), metadata, reader.value(1), length)
  } catch (error) {
    return fault(error, bytes.subarray(start, end), maxBytes)
  }
}

function jsonEntry(value: RecordValue, maxBytes: number): Entry {
  const text = JSON.stringify(value)
  try {
    if (text.length > maxBytes) throw tooLong(text.length, maxBytes)
    const [time, record] = Array.isArray(value) ? (value as readonly RecordValue[]) : []
    if (time === undefined || record === undefined) throw noEntry()
    return entry(timeOf({ type: 'number', value: time }), NO_METADATA, record, text.length)
  } catch (error) {
    return fault(error, Buffer.from(text, 'latin1'), maxBytes)
  }
}

function entry(time: EntryTime, metadata: RecordValue, record: RecordValue, bytes: number): Entry {
  if (!isMap(record) || !isMap(metadata)) throw noEntry()
  return { time, metadata, record, bytes }
}

/** Whole seconds as integers, as the protocol has it, and with fractions, as some clients send them; nil says nothing. */
function timeOf(head: {
  readonly type: string
  readonly value?: unknown
  readonly time?: EventTime
}): EntryTime {
  if (head.time !== undefined) return head.time
  if (head.value === null) return NO_TIME
  if (head.type !== 'number' || typeof head.value !== 'number') throw noEntry()
  const seconds = Math.floor(head.value)
  return { seconds, nanoseconds: Math.round((head.value - seconds) * 1e9) }
}

function fault(error: unknown, bytes: Buffer, maxBytes: number): Entry {
  if (!(error instanceof ForwardError)) throw error
  return { error, value: bytes.toString('latin1', 0, maxBytes), bytes: bytes.length }
}

function noEntry(): ForwardError {
  return new ForwardError('fluent-entry', 'no entry; expected [time, record] or [[time, metadata], record]')
}

function tooLong(length: number, maxBytes: number): ForwardError {
  return new ForwardError(
    'too-long',
    `entry of ${length} bytes; expected at most ${maxBytes} (maxRecordBytes)`
  )
}
