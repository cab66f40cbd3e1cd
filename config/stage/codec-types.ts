import type { PartTypes, Schema } from './description.ts'

const fields = {
  timestamp: 'When it happened: a number (see timestampUnit) or RFC 3339.',
  observedTimestamp: 'When it was seen first.',
  body: 'The text. Of several fields the first that is there counts.',
  severityNumber: 'The severity, 0 to 24.',
  severityText: 'The severity in words.',
  traceId: 'The trace, 32 hexadecimal digits.',
  spanId: 'The span, 16 hexadecimal digits.',
  eventName: 'The name of the event.',
  attributes: 'An object of attributes, beside the fields that stand for nothing else.',
  resource: 'An object of attributes of what the record comes from.',
  scope: 'The instrumentation scope.'
} as const

const jsonFields: Schema = Object.fromEntries(
  Object.entries(fields).map(([name, doc]) => [
    name,
    { doc, format: 'texts', default: null, nullable: true, value: 'path' } as const
  ])
)

/** How bytes become records. */
export const codecTypes: PartTypes = {
  line: { doc: 'Every line is a record, its bytes are the body.', options: {} },
  json: {
    doc: 'Every line is a JSON object. Fields that stand for nothing else become attributes.',
    options: {
      timestampUnit: {
        doc: 'The unit of times that are numbers.',
        format: ['s', 'ms', 'us', 'ns'],
        default: 'ms'
      },
      fields: jsonFields
    }
  },
  syslog: { doc: 'RFC 3164 and RFC 5424, told apart by themselves.', options: {} },
  'otlp-json': { doc: 'Every line is an OTLP/JSON request with log records.', options: {} }
}
