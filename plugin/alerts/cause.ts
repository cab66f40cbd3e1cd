import type { Core } from '../core.ts'
import type { LogRecord } from '../record.ts'
import { hashOf } from './uid.ts'

/**
 * Why the correlator acts: a record, a synthetic event that it led to, or a timer and its deadline. Plain data, since
 * events that wait keep theirs.
 */
export interface Cause {
  /** Comes out the same when the same records are processed again. */
  readonly id: string
  /** Id of the record that it goes back to; '' where there is none. */
  readonly record: string
  /** Of that record; of a window that has ended, that of the last record that counted in it. */
  readonly trace?: TraceContext
}

export interface TraceContext {
  readonly traceId: string
  readonly spanId: string
  readonly traceFlags: number
}

/** Longer ids are replaced by their hash: rules may feed themselves with events for ever. */
const LONGEST_ID = 512

export function recordCause({ id, traceId, spanId, traceFlags }: LogRecord): Cause {
  const record = id
  return traceId === '' ? { id, record } : { id, record, trace: { traceId, spanId, traceFlags } }
}

/** A timer's. `parts` name it and its deadline. */
export function timerCause(parts: readonly (string | number)[], trace?: TraceContext): Cause {
  const cause = { id: bounded(parts.join('/')), record: '' }
  return trace === undefined ? cause : { ...cause, trace }
}

/** Of what a cause led to, which `step` names. */
export function furtherCause(cause: Cause, step: string): Cause {
  return { ...cause, id: bounded(`${cause.id}/${step}`) }
}

/** Runs `body` because of a cause, where causes are kept. */
export function because({ alerting }: Core, cause: () => Cause, body: () => void): void {
  if (alerting === undefined) body()
  else alerting.because(cause(), body)
}

function bounded(id: string): string {
  if (id.length <= LONGEST_ID) return id
  return `sha256:${Array.from(hashOf(id), byte => byte.toString(16).padStart(2, '0')).join('')}`
}
