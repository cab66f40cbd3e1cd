import { type Attributes, ROOT_CONTEXT, type SpanOptions, type Tracer, trace } from '@opentelemetry/api'
import { expect, test } from 'vitest'
import { stageTracing } from '../../../adapters/telemetry/tracing.ts'

interface SeenSpan {
  readonly name: string
  readonly start: unknown
  readonly attributes: Attributes | undefined
  status?: unknown
  end?: unknown
}

/** A tracer that keeps what it is told, on the API's own span that records nothing. */
function keepingTracer(spans: SeenSpan[]): Tracer {
  const none = trace.getTracer('none')
  return {
    startSpan(name: string, options: SpanOptions = {}) {
      const seen: SeenSpan = { name, start: options.startTime, attributes: options.attributes }
      spans.push(seen)
      const span = none.startSpan(name, options, ROOT_CONTEXT)
      span.setStatus = status => {
        seen.status = status
        return span
      }
      span.end = time => {
        seen.end = time
      }
      return span
    },
    startActiveSpan: none.startActiveSpan.bind(none)
  }
}

test('each step, delivery and checkpoint is a span with its times, and a failure its error', () => {
  const spans: SeenSpan[] = []
  const tracing = stageTracing(keepingTracer(spans), { 'correlog.application': 'gate' })
  tracing.done('step', { start: 1000, end: 1020 }, { 'correlog.alerts': 2 })
  tracing.done('delivery', { start: 1020, end: 1500 }, { 'correlog.alerts': 2 }, new Error('no reader'))
  expect(spans).toEqual([
    {
      name: 'correlog step',
      start: 1000,
      attributes: { 'correlog.application': 'gate', 'correlog.alerts': 2 },
      end: 1020
    },
    {
      name: 'correlog delivery',
      start: 1020,
      attributes: { 'correlog.application': 'gate', 'correlog.alerts': 2 },
      status: { code: 2, message: 'no reader' },
      end: 1500
    }
  ])
})
