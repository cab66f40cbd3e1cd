import { severityNumberOf } from '../codecs/severity.ts'
import { isWritableTime } from '../../plugin/time/record-clock.ts'
import type { PushedRecord } from '../push/source.ts'

/** What pino is configured to write. */
export interface PinoFormat {
  /** Names of levels by their numbers. */
  readonly levels: Readonly<Record<string, string>>
  readonly messageKey: string
}

/**
 * A record of what pino wrote: level → severity, message → body, time, and the trace context that OpenTelemetry's
 * instrumentation adds; all other keys are attributes. Source: pino documentation, "API"; for other levels than
 * pino's own the next lower of those counts.
 */
export function pinoRecord(line: Readonly<Record<string, unknown>>, format: PinoFormat): PushedRecord {
  const { level, time, trace_id: traceId, span_id: spanId, trace_flags: traceFlags, ...rest } = line
  const { [format.messageKey]: message, ...others } = rest
  const timestamp = timeOf(time)
  return {
    body: message ?? null,
    severityText: severityTextOf(level, format),
    severityNumber: severityOf(level, format),
    ...(timestamp !== undefined && { timestamp }),
    ...(isHex(traceId, 32) && { traceId }),
    ...(isHex(traceId, 32) && isHex(spanId, 16) && { spanId }),
    ...(isHex(traceFlags, 2) && { traceFlags: Number.parseInt(traceFlags, 16) }),
    attributes: {
      ...others,
      // What is of another form is not lost.
      ...(timestamp === undefined && { time }),
      ...(!isHex(traceId, 32) && { trace_id: traceId }),
      ...(!(isHex(traceId, 32) && isHex(spanId, 16)) && { span_id: spanId }),
      ...(!isHex(traceFlags, 2) && { trace_flags: traceFlags })
    }
  }
}

function severityTextOf(level: unknown, { levels }: PinoFormat): string {
  if (typeof level === 'string') return level
  return (typeof level === 'number' ? levels[level] : undefined) ?? ''
}

/** A formatter may write the name of a level instead of its number. */
function severityOf(level: unknown, format: PinoFormat): number {
  const named = severityNumberOf(severityTextOf(level, format))
  if (named !== 0 || typeof level !== 'number') return named
  const [, number = 1] = PINO_LEVELS.findLast(([least]) => level >= least) ?? []
  return number
}

const PINO_LEVELS = [
  [10, 1],
  [20, 5],
  [30, 9],
  [40, 13],
  [50, 17],
  [60, 21]
] as const

/** Milliseconds, or text as in RFC 3339. */
function timeOf(time: unknown): number | undefined {
  const milliseconds = typeof time === 'string' ? Date.parse(time) : time
  if (typeof milliseconds !== 'number' || !isWritableTime(milliseconds)) return undefined
  return milliseconds
}

function isHex(value: unknown, digits: number): value is string {
  return typeof value === 'string' && value.length === digits && /^[0-9a-f]+$/.test(value)
}
