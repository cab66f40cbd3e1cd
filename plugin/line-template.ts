import { fieldAt, valueText } from './record-fields.ts'
import type { LogRecord, RecordMap } from './record.ts'
import { formatRfc3339, formatSyslogTime } from './time/format.ts'
import type { TimeZone } from './time/time-zone.ts'

/** Renders a record to the one line that rules match. */
export type LineTemplate = (record: LogRecord) => string

/** What is wrong with a template. */
export class LineTemplateError extends Error {}

/**
 * Compiles a line template:
 *
 * - `body`: the body as it is. One that has structure is shown as JSON, and so are the attributes of a record without a body.
 * - `syslog`: `Nov  3 12:00:00 host app[pid]: body`, in local time, as syslog writes it to files.
 * - a text with fields in braces, such as `{resource.host.name} {severity_text} {body}`; `{{` and `}}` stand for braces.
 *
 * SEC's patterns see one line, and a newline in it would be a line more to `RegExp2` and to files: newlines at the end are
 * cut off, any other becomes a space. The body itself stays as it is, for `$+{_body}` and `Record` patterns.
 *
 * @throws LineTemplateError that names the fault and what was expected.
 */
export function compileLineTemplate(source: string, timeZone: TimeZone): LineTemplate {
  if (source === 'body') return record => oneLine(bodyText(record))
  if (source === 'syslog') return record => oneLine(syslogLine(record, timeZone))
  const parts = partsOf(source, timeZone)
  return record => oneLine(parts.map(part => (typeof part === 'string' ? part : part(record))).join(''))
}

type Field = (record: LogRecord) => string

const FIELDS: Readonly<Record<string, (record: LogRecord, timeZone: TimeZone) => string>> = {
  body: bodyText,
  severity_number: record => String(record.severityNumber),
  severity_text: record => record.severityText,
  timestamp: record => optional(timeOf(record), formatRfc3339),
  observed_timestamp: record => optional(record.observedTimestamp, formatRfc3339),
  syslog_timestamp: syslogTime,
  trace_id: record => record.traceId,
  span_id: record => record.spanId,
  event_name: record => record.eventName,
  source: record => record.source,
  tag: record => record.tag,
  attributes: record => valueText(record.attributes),
  resource: record => valueText(record.resource),
  'scope.name': record => record.scope?.name ?? '',
  'scope.version': record => record.scope?.version ?? ''
}

const EXPECTED = `${Object.keys(FIELDS).join(', ')}, attributes.<name> or resource.<name>`
const PART = /\{\{|\}\}|\{([^{}]*)\}|[{}]|[^{}]+/g

function partsOf(source: string, timeZone: TimeZone): readonly (string | Field)[] {
  const parts = [...source.matchAll(PART)].map(([whole, name]): string | Field => {
    if (name !== undefined) return fieldOf(name.trim(), timeZone)
    if (whole === '{' || whole === '}') {
      throw new LineTemplateError(`"${whole}" alone in line template "${source}"; expected {field}, {{ or }}`)
    }
    return whole === '{{' || whole === '}}' ? whole.slice(1) : whole
  })
  if (parts.some(part => typeof part !== 'string')) return parts
  throw new LineTemplateError(
    `line template "${source}" shows no field; expected body, syslog or a text with fields such as {body}`
  )
}

function fieldOf(name: string, timeZone: TimeZone): Field {
  if (Object.hasOwn(FIELDS, name)) {
    const field = FIELDS[name]
    if (field !== undefined) return record => field(record, timeZone)
  }
  const [, map, path] = /^(attributes|resource)\.([^]+)$/.exec(name) ?? []
  if (path === undefined)
    throw new LineTemplateError(`unknown field {${name}} in line template; expected ${EXPECTED}`)
  return map === 'attributes'
    ? record => valueText(fieldAt(record.attributes, path))
    : record => valueText(fieldAt(record.resource, path))
}

function bodyText(record: LogRecord): string {
  const { body } = record
  if (body !== null) return valueText(body)
  // Some records make them only now.
  const { attributes } = record
  return Object.keys(attributes).length === 0 ? '' : valueText(attributes)
}

function syslogLine(record: LogRecord, timeZone: TimeZone): string {
  const app = firstOf(record, ['service.name'])
  const process = firstOf(record, ['syslog.procid', 'process.pid'])
  const tag = app === '' ? '' : `${app}${process === '' ? '' : `[${process}]`}: `
  return `${syslogTime(record, timeZone)} ${firstOf(record, ['host.name']) || '-'} ${tag}${bodyText(record)}`
}

/** The first of some attributes, of the resource or the record, that is not empty. */
function firstOf({ resource, attributes }: LogRecord, names: readonly string[]): string {
  const maps: readonly RecordMap[] = [resource, attributes]
  for (const name of names) {
    for (const map of maps) {
      const text = valueText(fieldAt(map, name))
      if (text !== '') return text
    }
  }
  return ''
}

function syslogTime(record: LogRecord, timeZone: TimeZone): string {
  const seconds = Math.floor((timeOf(record) ?? 0) / 1000)
  return formatSyslogTime(timeZone.localTime(seconds))
}

function timeOf({ timestamp, observedTimestamp }: LogRecord): number | undefined {
  return timestamp ?? observedTimestamp
}

function optional(milliseconds: number | undefined, format: (milliseconds: number) => string): string {
  return milliseconds === undefined ? '' : format(milliseconds)
}

function oneLine(text: string): string {
  return text.includes('\n') ? text.replace(/(?:\r?\n)+$/, '').replace(/\r?\n/g, ' ') : text
}
