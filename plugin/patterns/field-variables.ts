import { isMap, valueText } from '../record-fields.ts'
import type { LogRecord, RecordMap } from '../record.ts'

const FIELDS: ReadonlyMap<string, (record: LogRecord) => string | undefined> = new Map([
  ['_body', ({ body }) => valueText(body)],
  ['_severity_number', ({ severityNumber }) => String(severityNumber)],
  ['_severity_text', ({ severityText }) => severityText],
  ['_timestamp', ({ timestamp }) => timeText(timestamp)],
  ['_observed_timestamp', ({ observedTimestamp }) => timeText(observedTimestamp)],
  ['_trace_id', ({ traceId }) => traceId],
  ['_span_id', ({ spanId }) => spanId],
  ['_event_name', ({ eventName }) => eventName],
  ['_source', ({ source }) => source],
  ['_tag', ({ tag }) => tag]
])

const ATTRIBUTE = '_attr_'
const RESOURCE = '_res_'

/** `$+{_name}` and `$:{entry:_name}`, with `%` too. */
const REFERENCE = /[$%](?:\+\{|:\{[A-Za-z][A-Za-z0-9_]*:)(_[A-Za-z0-9_]+)\}/g

/**
 * The fields of records as match variables: `_body`, `_severity_number` … and `_attr_http_status` for the attribute
 * `http.status`, `_res_service_name` for the resource's `service.name` (what is no ASCII letter or digit is `_`; of several
 * names that come out the same the first counts). Only those are set that some string of the rules refers to.
 */
export class FieldVariables {
  readonly #fields: (readonly [name: string, read: (record: LogRecord) => string | undefined])[] = []
  /** Names of attributes and resource attributes, each with all its beginnings that end with `_`. */
  readonly #names = new Set<string>()
  readonly #beginnings = new Set<string>()
  #last:
    | { readonly record: LogRecord; readonly values: Readonly<Record<string, string | undefined>> }
    | undefined

  constructor(names: Iterable<string>) {
    for (const name of names) {
      const read = FIELDS.get(name)
      if (read !== undefined) this.#fields.push([name, read])
      else if (name.startsWith(ATTRIBUTE) || name.startsWith(RESOURCE)) this.#addName(name)
    }
  }

  /** Whether there is none to set. */
  get isEmpty(): boolean {
    return this.#fields.length === 0 && this.#names.size === 0
  }

  /** The values of a record. Kept for the next rule that the same record matches. */
  valuesOf(record: LogRecord): Readonly<Record<string, string | undefined>> {
    if (this.#last?.record === record) return this.#last.values
    const values: Record<string, string | undefined> = {}
    for (const [name, read] of this.#fields) values[name] = read(record)
    if (this.#beginnings.has(ATTRIBUTE)) this.#collect(record.attributes, ATTRIBUTE, values)
    if (this.#beginnings.has(RESOURCE)) this.#collect(record.resource, RESOURCE, values)
    this.#last = { record, values }
    return values
  }

  #addName(name: string): void {
    this.#names.add(name)
    for (let end = name.indexOf('_', 1); end !== -1; end = name.indexOf('_', end + 1)) {
      this.#beginnings.add(name.slice(0, end + 1))
    }
  }

  #collect(map: RecordMap, beginning: string, values: Record<string, string | undefined>): void {
    for (const [key, value] of Object.entries(map)) {
      const name = beginning + key.replace(/[^A-Za-z0-9_]/g, '_')
      if (this.#names.has(name) && values[name] === undefined) values[name] = valueText(value)
      if (isMap(value) && this.#beginnings.has(`${name}_`)) this.#collect(value, `${name}_`, values)
    }
  }
}

/** The names that may be those of fields which a string refers to. */
export function referencedFieldVariables(template: string): string[] {
  return [...template.matchAll(REFERENCE)].map(match => match[1] ?? '')
}

/** Milliseconds since Epoch. */
function timeText(milliseconds: number | undefined): string | undefined {
  return milliseconds === undefined ? undefined : String(milliseconds)
}
