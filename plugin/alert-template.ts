import type { Alert, AlertAttribute } from './alert.ts'
import { ownValue } from './own-value.ts'

/** Renders what an alert is named by where it goes: a tag, a topic. */
export type AlertTemplate = (alert: Alert) => string

const FIELDS: Readonly<Record<string, (alert: Alert) => AlertAttribute>> = {
  application: ({ attributes }) => attributes['correlog.application'] ?? '',
  event_name: ({ eventName }) => eventName,
  severity_number: ({ severityNumber }) => severityNumber,
  severity_text: ({ severityText }) => severityText
}

const EXPECTED = `${Object.keys(FIELDS).join(', ')} or attributes.<name>`
const PART = /\{([^{}]*)\}|[{}]|[^{}]+/g

/**
 * Compiles a text with fields of the alert in braces, such as `alert.{severity_text}` or `{attributes.correlog.task}`. `clean` makes of
 * a field's value what may stand there; the text around it stays as it is.
 *
 * @throws Error in words
 */
export function compileAlertTemplate(source: string, clean: (value: string) => string): AlertTemplate {
  const parts = [...source.matchAll(PART)].map(([whole, name]): string | AlertTemplate => {
    if (name === undefined) {
      if (whole !== '{' && whole !== '}') return whole
      throw new Error(`"${whole}" alone in "${source}"; expected {field}`)
    }
    const field = fieldOf(name)
    return alert => clean(textOf(field(alert)))
  })
  const [only] = parts
  if (parts.length === 1 && typeof only === 'string') return () => only
  return alert => parts.map(part => (typeof part === 'string' ? part : part(alert))).join('')
}

function fieldOf(name: string): (alert: Alert) => AlertAttribute {
  const known = Object.hasOwn(FIELDS, name) ? FIELDS[name] : undefined
  if (known !== undefined) return known
  const [, attribute] = /^attributes\.([^]+)$/.exec(name) ?? []
  if (attribute === undefined) throw new Error(`unknown field {${name}}; expected ${EXPECTED}`)
  return ({ attributes }) => ownValue(attributes, attribute) ?? ''
}

function textOf(value: AlertAttribute): string {
  return typeof value === 'object' ? value.join(' ') : String(value)
}
