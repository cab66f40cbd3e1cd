import type { Context } from '../contexts/store.ts'
import type { Core } from '../core.ts'
import type { Operation } from '../operations.ts'
import type { Cause, TraceContext } from './cause.ts'

/** What an alert rests on: the events that count in a window. Plain data: operations keep theirs. */
export interface Evidence {
  events: number
  /** When the first and the last of them were seen, seconds since Epoch. */
  first: number
  last: number
  /** Ids of the records that the last of them go back to, oldest first, and when each was seen. */
  records: string[]
  times: number[]
  /** Of the last of those records that has one. */
  trace?: TraceContext
}

/** So many records are kept: the last ones, since windows slide. */
const MOST_RECORDS = 16

/** Counts the event being matched in for an operation. */
export function addEvidence(operation: Operation, { alerting, now, operations }: Core): void {
  if (alerting === undefined) return
  const { cause } = alerting
  const { evidence } = operation
  if (evidence === undefined || evidence.events === 0) operation.evidence = evidenceOf(cause, now)
  else {
    evidence.events++
    evidence.last = now
    if (cause.record !== '' && !isOfLastRecord(cause, evidence)) {
      evidence.records.push(cause.record)
      evidence.times.push(now)
      if (evidence.records.length > MOST_RECORDS) {
        evidence.records.shift()
        evidence.times.shift()
      }
    }
    if (cause.trace !== undefined) evidence.trace = cause.trace
  }
  operations.changed(operation)
}

/** Leaves an operation's evidence with the last `events` of its events, of which the first was seen at `first`. */
export function keepEvidence({ evidence }: Operation, events: number, first: number | undefined): void {
  if (evidence === undefined) return
  evidence.events = events
  evidence.first = first ?? evidence.last
  const kept = Math.min(events, evidence.times.filter(time => time >= evidence.first).length)
  evidence.records = evidence.records.slice(evidence.records.length - kept)
  evidence.times = evidence.times.slice(evidence.times.length - kept)
}

/** The event being matched alone. `undefined`: it is no event that the correlator acts on. */
export function currentEvidence({ alerting, now }: Core): Evidence | undefined {
  return alerting?.isEvent === true ? evidenceOf(alerting.cause, now) : undefined
}

/** The lines in a context's store. Which records they go back to is not known. */
export function storeEvidence({ events }: Context): Evidence {
  return {
    events: events.length,
    first: events.first?.time ?? 0,
    last: events.items.at(-1)?.time ?? 0,
    records: [],
    times: []
  }
}

/** The events that one record led to are its own. A record itself comes once, and need not be compared. */
function isOfLastRecord({ id, record }: Cause, { records }: Evidence): boolean {
  return id !== record && records[records.length - 1] === record
}

function evidenceOf({ record, trace }: Cause, now: number): Evidence {
  const evidence: Evidence = {
    events: 1,
    first: now,
    last: now,
    records: record === '' ? [] : [record],
    times: record === '' ? [] : [now]
  }
  if (trace !== undefined) evidence.trace = trace
  return evidence
}
