import type { HrTime } from '@opentelemetry/api'
import type { Resource } from '@opentelemetry/resources'
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs'
import type { PushedRecord } from '../push/source.ts'

/** What the SDK's record says. */
export function pushedRecord(record: ReadableLogRecord): PushedRecord {
  const { severityNumber, severityText, eventName, spanContext, instrumentationScope } = record
  const { name, version, attributes } = instrumentationScope
  return {
    body: record.body,
    attributes: record.attributes,
    resource: resourceAttributes(record.resource),
    scope: {
      name,
      ...(version !== undefined && { version }),
      ...(attributes !== undefined && { attributes })
    },
    ...(severityNumber !== undefined && { severityNumber }),
    ...(severityText !== undefined && { severityText }),
    timestamp: milliseconds(record.hrTime),
    observedTimestamp: milliseconds(record.hrTimeObserved),
    ...(spanContext !== undefined && {
      traceId: spanContext.traceId,
      spanId: spanContext.spanId,
      traceFlags: spanContext.traceFlags
    }),
    ...(eventName !== undefined && { eventName })
  }
}

/** Those that are known already: detectors may still be at work, and the SDK complains of who asks before they are done. */
function resourceAttributes(resource: Resource): object {
  if (resource.asyncAttributesPending !== true) return resource.attributes
  const known = resource.getRawAttributes().filter(([, value]) => !isPromise(value))
  return Object.fromEntries(known)
}

function isPromise(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'then' in value
}

function milliseconds([seconds, nanoseconds]: HrTime): number {
  return seconds * 1000 + nanoseconds / 1e6
}
