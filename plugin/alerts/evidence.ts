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
  /** The records that the last of them go back to, oldest first. */
  records: { readonly time: number; readonly id: string }[]
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
    // The events that one record led to are its own.
    if (cause.record !== '' && evidence.records.at(-1)?.id !== cause.record) {
      evidence.records.push({ time: now, id: cause.record })
      if (evidence.records.length > MOST_RECORDS) evidence.records.shift()
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
  evidence.records = evidence.records
    .filter(({ time }) => events > 0 && time >= evidence.first)
    .slice(-events)
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
    records: []
  }
}

function evidenceOf({ record, trace }: Cause, now: number): Evidence {
  return {
    events: 1,
    first: now,
    last: now,
    records: record === '' ? [] : [{ time: now, id: record }],
    ...(trace !== undefined && { trace })
  }
}
