import type { ReceivedAlert } from './alert-server.ts'

/** What depends on the way that an alert's records came. */
const OF_THE_WAY = ['log.record.uid', 'correlog.task', 'correlog.cause', 'correlog.records']

/** An alert as `correlog replay` writes it; its records are named by their line. */
interface ReplayedAlert {
  readonly timestamp: string
  readonly event_name: string
  readonly severity_number: number
  readonly severity_text: string
  readonly body: string
  readonly attributes: Readonly<Record<string, unknown>>
}

/** `SECOND TEXT` of a line of `correlog replay`. */
export function textOfReplayed(line: string): string {
  const { timestamp, body } = JSON.parse(line) as ReplayedAlert
  return `${Date.parse(timestamp) / 1000} ${body}`
}

/** All of an alert that is the same whatever way its records came, as text. */
export function essenceOfReplayed(line: string): string {
  const { timestamp, event_name, body, severity_number, severity_text, attributes } = JSON.parse(
    line
  ) as ReplayedAlert
  const [, record] = /^line\/(\d+)/.exec(String(attributes['correlog.cause'])) ?? []
  return essence({
    second: Date.parse(timestamp) / 1000,
    eventName: event_name,
    body,
    severityNumber: severity_number,
    severityText: severity_text,
    attributes,
    record: record === undefined ? undefined : Number(record)
  })
}

/** The same of one that the Collector has passed on. */
export function essenceOfReceived(alert: ReceivedAlert): string {
  const { second, eventName, body, severityNumber, severityText, attributes } = alert
  return essence({
    second,
    eventName,
    body,
    severityNumber,
    severityText,
    attributes,
    record: recordOf(alert)
  })
}

/** Number of the record that triggered it: the offset says it where each is a value of its own, and the trace elsewhere. */
function recordOf({ attributes, traceId, spanId }: ReceivedAlert): number | string | undefined {
  const cause = String(attributes['correlog.cause'])
  // Time triggered it.
  if (/^(?:operation|calendar)\//.test(cause)) return undefined
  const [, offset] = /^logs[\w-]*\/0\/(\d+)(?:\/event .*)?$/.exec(cause) ?? []
  if (offset !== undefined) return Number(offset) + 1
  const [trace, span] = [traceId, spanId].map(id => Number.parseInt(id, 16))
  return trace === span ? trace : `${traceId}, ${spanId}`
}

interface Essence {
  readonly second: number
  readonly eventName: string
  readonly body: string
  readonly severityNumber: number
  readonly severityText: string
  readonly attributes: Readonly<Record<string, unknown>>
  /** Of the record that triggered it, from 1. */
  readonly record: number | string | undefined
}

function essence({ attributes, ...rest }: Essence): string {
  const kept = Object.entries(attributes).filter(([name]) => !OF_THE_WAY.includes(name))
  kept.sort(([one], [other]) => (one < other ? -1 : 1))
  return JSON.stringify({ ...rest, attributes: Object.fromEntries(kept) })
}
