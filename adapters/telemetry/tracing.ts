import { type Attributes, SpanStatusCode, type Tracer } from '@opentelemetry/api'
import type { StageTracing } from '../../plugin/stage/options.ts'

/** Spans of what a stage does, a step, a delivery or a checkpoint each; they cost next to nothing where nobody traces. */
export function stageTracing(tracer: Tracer, attributes: Attributes): StageTracing {
  return {
    done(what, { start, end }, counts, error) {
      const span = tracer.startSpan(`correlog ${what}`, {
        startTime: start,
        attributes: { ...attributes, ...counts },
        root: true
      })
      if (error !== undefined) {
        const message = error instanceof Error ? error.message : 'it has failed'
        span.setStatus({ code: SpanStatusCode.ERROR, message })
      }
      span.end(end)
    }
  }
}
