import type { PartTypes, Schema } from './description.ts'

/** What each field is for, and where it is by default. */
const fields = {
  timestamp: ['When it happened: a number (see timestampUnit) or RFC 3339.', 'timestamp'],
  observedTimestamp: ['When it was seen first.', 'observed_timestamp'],
  body: ['The text. Of several fields the first that is there counts.', 'body, message, log, msg'],
  severityNumber: ['The severity, 0 to 24.', 'severity_number'],
  severityText: ['The severity in words.', 'severity_text, level'],
  traceId: ['The trace, 32 hexadecimal digits.', 'trace_id'],
  spanId: ['The span, 16 hexadecimal digits.', 'span_id'],
  traceFlags: ['The flags of the trace context, 0 to 255.', 'trace_flags'],
  eventName: ['The name of the event.', 'event_name'],
  attributes: ['An object of attributes, beside the fields that stand for nothing else.', 'attributes'],
  resource: ['An object of attributes of what the record comes from.', 'resource'],
  scope: ['The instrumentation scope.', 'scope']
} as const

const jsonFields: Schema = Object.fromEntries(
  Object.entries(fields).map(([name, [doc, standard]]) => [
    name,
    {
      doc: `${doc} By default ${standard}.`,
      format: 'texts',
      default: null,
      nullable: true,
      value: 'path'
    } as const
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

/** How values of Kafka's records do, which may hold any bytes. */
export const valueCodecTypes: PartTypes = {
  ...codecTypes,
  'otlp-proto': {
    doc: 'Of Kafka alone: every value is an OTLP request with log records in protobuf.',
    options: {}
  },
  raw: {
    doc: "Of Kafka alone: every value is a body, as OpenTelemetry's Collector writes it with its encoding raw: a text in JSON's quotes, bytes as they are.",
    options: {}
  }
}
