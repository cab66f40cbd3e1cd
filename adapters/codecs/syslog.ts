import { setOwnValue } from '../../plugin/own-value.ts'
import { lineRecord, type LogRecord, type RecordMap, type RecordValue } from '../../plugin/record.ts'
import type { TimeZone } from '../../plugin/time/time-zone.ts'
import { type Codec, type CodecContext, giveUp } from './codec.ts'
import { parseRfc3339 } from './rfc3339.ts'
import { type BsdTimes, bsdTimes } from './syslog-time.ts'

type Severity = Pick<LogRecord, 'severityText' | 'severityNumber'>

/** Of severity 0 to 7: the name that syslog.conf gives it and OpenTelemetry's number. */
const SEVERITIES: readonly Severity[] = [
  { severityText: 'emerg', severityNumber: 21 },
  { severityText: 'alert', severityNumber: 19 },
  { severityText: 'crit', severityNumber: 18 },
  { severityText: 'err', severityNumber: 17 },
  { severityText: 'warning', severityNumber: 13 },
  { severityText: 'notice', severityNumber: 10 },
  { severityText: 'info', severityNumber: 9 },
  { severityText: 'debug', severityNumber: 5 }
]

/**
 * RFC 5424, RFC 3164 and what is written to files (either without its `<PRI>`, times in RFC 3339 too). Which of them a line
 * is, it says itself:
 *
 *     RFC 5424: "<" PRI ">" VERSION SP TIMESTAMP SP HOSTNAME SP APP-NAME SP PROCID SP MSGID SP STRUCTURED-DATA [SP MSG]
 *     RFC 3164: ["<" PRI ">"] (Mmm dd [yyyy] hh:mm:ss[.f] / RFC 3339) SP [HOSTNAME SP] [TAG ["[" PID "]"] ":" SP] CONTENT
 *
 * As RFC 3164 (section 4.3) has it, a line that is neither is a record all the same: all of it is the body. What begins as RFC
 * 5424 does and breaks its grammar is dead. Fields go where OpenTelemetry's "Logs Data Model", appendix A, puts them.
 */
export function syslogCodec(timeZone: TimeZone): Codec {
  const times = bsdTimes(timeZone)
  return (bytes, context, into) => {
    const [head, priority] = PRIORITY.exec(bytes) ?? []
    const pri = priority === undefined ? undefined : Number(priority)
    if (head === undefined || pri === undefined || pri > 191) {
      into.records.push(bsdRecord(bytes, undefined, times, context))
      return
    }
    const message = bytes.slice(head.length)
    if (!/^[1-9][0-9]{0,2} /.test(message)) {
      into.records.push(bsdRecord(message, pri, times, context))
      return
    }
    const record = ietfRecord(message, pri, context)
    if (typeof record === 'string') giveUp(into, context, bytes, 'syslog-5424', record)
    else into.records.push(record)
  }
}

const PRIORITY = /^<(0|[1-9][0-9]{0,2})>/

// Bytes beyond ASCII too: names in UTF-8 are against the grammar, and there.
const IETF_HEADER =
  /^([0-9]+) ([!-\xff]+) ([!-\xff]{1,255}) ([!-\xff]{1,48}) ([!-\xff]{1,128}) ([!-\xff]{1,32}) /

/** An RFC 5424 record, or what is wrong with it. */
function ietfRecord(message: string, priority: number, context: CodecContext): LogRecord | string {
  const header = IETF_HEADER.exec(message)
  if (header === null) {
    return 'RFC 5424 header is not whole; expected VERSION TIMESTAMP HOSTNAME APP-NAME PROCID MSGID'
  }
  const [head, version, time = '', host = '', app = '', process = '', messageId = ''] = header
  if (version !== '1') return `RFC 5424 version ${version}; expected 1`
  const timestamp = time === '-' ? undefined : parseRfc3339(time)
  if (time !== '-' && timestamp === undefined) return `RFC 5424 timestamp "${time}"; expected RFC 3339 or "-"`
  const attributes: Record<string, RecordValue> = { 'syslog.facility': priority >> 3, 'syslog.version': 1 }
  if (process !== '-') attributes['syslog.procid'] = process
  if (messageId !== '-') attributes['syslog.msgid'] = messageId
  const end = readStructuredData(message, head.length, attributes)
  if (typeof end === 'string') return end
  const rest = message.slice(end)
  if (rest !== '' && !rest.startsWith(' ')) {
    return `RFC 5424 structured data is followed by "${rest.slice(0, 20)}"; expected a space`
  }
  return {
    ...textRecord(context, priority, rest.slice(1).replace(/^\xef\xbb\xbf/, '')),
    timestamp,
    attributes,
    resource: resourceOf(host === '-' ? undefined : host, app === '-' ? undefined : app)
  }
}

// SD-NAME and PARAM-NAME: printable ASCII without `=`, `]`, `"` and space.
const SD_NAME = /[!#-<>-\\^-~]{1,32}/y
const PARAMETER_START = / ([!#-<>-\\^-~]{1,32})="/y

/**
 * Reads STRUCTURED-DATA into attributes `syslog.<SD-ID>.<PARAM-NAME>`, lists where a parameter comes several times. Returns
 * where it ends, or what is wrong with it.
 */
function readStructuredData(
  message: string,
  start: number,
  attributes: Record<string, RecordValue>
): number | string {
  if (message[start] === '-') return start + 1
  let at = start
  while (message[at] === '[') {
    const id = match(SD_NAME, message, at + 1)?.[0]
    if (id === undefined) return faultAt(message, at, 'an SD-ID')
    at += 1 + id.length
    for (;;) {
      const [whole = '', name] = match(PARAMETER_START, message, at) ?? []
      const start = at + whole.length
      const end = name === undefined ? -1 : endOfValue(message, start)
      if (end === -1) break
      const value = message.slice(start, end).replace(/\\(["\\\]])/g, '$1')
      addParameter(attributes, `syslog.${id}.${name}`, value)
      at = end + 1
    }
    if (message[at] !== ']') return faultAt(message, at, `NAME="VALUE" or "]"`)
    at++
  }
  return at === start ? faultAt(message, at, '"-" or "["') : at
}

/** Where the quote is that ends a PARAM-VALUE; -1: nowhere, or `]` comes before. A regular expression would overflow on a long one. */
function endOfValue(message: string, start: number): number {
  for (let at = start; at < message.length; at++) {
    const character = message[at]
    if (character === '"') return at
    if (character === ']') return -1
    if (character === '\\') at++
  }
  return -1
}

function match(expression: RegExp, text: string, at: number): RegExpExecArray | null {
  expression.lastIndex = at
  return expression.exec(text)
}

function faultAt(message: string, at: number, expected: string): string {
  return `RFC 5424 structured data at "${message.slice(at, at + 20)}"; expected ${expected}`
}

function addParameter(attributes: Record<string, RecordValue>, name: string, value: string): void {
  const before = Object.hasOwn(attributes, name) ? attributes[name] : undefined
  if (before === undefined) setOwnValue(attributes, name, value)
  else if (Array.isArray(before)) before.push(value)
  else setOwnValue(attributes, name, [before, value])
}

const BSD_TIME =
  /^(?:([A-Z][a-z]{2}) {1,2}([0-9]{1,2}) (?:([0-9]{4}) )?([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,9}))?|([0-9]{4}-[0-9]{2}-[0-9]{2}T[^ ]{9,30}))(?: |$)/
const BSD_TAG = /^([^ :[\]]{1,64})(?:\[([^\]]{1,64})\])?:(?: |$)/
const BSD_HOST = /^([^ ]{1,255}) /

function bsdRecord(
  message: string,
  priority: number | undefined,
  times: BsdTimes,
  context: CodecContext
): LogRecord {
  const attributes: Record<string, RecordValue> = {}
  if (priority !== undefined) attributes['syslog.facility'] = priority >> 3
  const time = BSD_TIME.exec(message)
  const timestamp = time === null ? undefined : bsdTimestamp(time, times, context.observedTimestamp)
  // Without a time of observation nothing says which year it is, but a time it is.
  if (time === null || (timestamp === undefined && context.observedTimestamp !== undefined)) {
    return { ...textRecord(context, priority, message), attributes }
  }
  let rest = message.slice(time[0].length)
  let host: string | undefined
  // What programs write to /dev/log names no host.
  if (!BSD_TAG.test(rest)) {
    const [head = '', name] = BSD_HOST.exec(rest) ?? []
    host = name
    rest = rest.slice(head.length)
  }
  const [tagHead = '', app, process] = BSD_TAG.exec(rest) ?? []
  if (process !== undefined) attributes['syslog.procid'] = process
  return {
    ...textRecord(context, priority, rest.slice(tagHead.length)),
    timestamp,
    attributes,
    resource: resourceOf(host, app)
  }
}

function bsdTimestamp(
  time: RegExpExecArray,
  times: BsdTimes,
  observed: number | undefined
): number | undefined {
  const [, month = '', day = '', year, hour = '', minute = '', second = '', fraction, rfc3339] = time
  if (rfc3339 !== undefined) return parseRfc3339(rfc3339)
  return times({ month, day, year, hour, minute, second, fraction }, observed)
}

/** A record of a text, and its severity if there is a priority. */
function textRecord(
  { id, source, observedTimestamp, tag }: CodecContext,
  priority: number | undefined,
  body: string
): LogRecord {
  const severity = priority === undefined ? undefined : SEVERITIES[priority & 7]
  return { ...lineRecord(id, source, body, observedTimestamp, tag), ...severity }
}

function resourceOf(host: string | undefined, app: string | undefined): RecordMap {
  const resource: Record<string, RecordValue> = {}
  if (host !== undefined) resource['host.name'] = host
  if (app !== undefined) resource['service.name'] = app
  return resource
}
