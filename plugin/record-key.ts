import { compileCel } from './patterns/cel/expression.ts'
import { celText } from './patterns/cel/result.ts'
import { FieldVariables } from './patterns/field-variables.ts'
import { compilePerlRegExp } from './patterns/perl-regexp/index.ts'
import type { LogRecord } from './record.ts'

/** What a router takes for the key of a record. Texts are byte strings. */
export type KeyDefinition =
  | {
      readonly type: 'regexp'
      /** Of Perl, over the line that rules match. */
      readonly pattern: string
      /** A group of it, by name or number. */
      readonly variable: string
    }
  /** `attributes.host.name`, `resource.service.name`, or a field such as `body` or `tag`. */
  | { readonly type: 'field'; readonly field: string }
  /** Of CEL, over the record. Its value is a text or a number. */
  | { readonly type: 'cel'; readonly expression: string }

/** The key of a record and its line; `undefined`: it has none. An empty text is none. */
export type KeyOf = (record: LogRecord, line: string) => string | undefined

export type KeyCompilation =
  | { readonly ok: true; readonly keyOf: KeyOf }
  /** What is wrong, and what was expected. */
  | { readonly ok: false; readonly message: string }

export function compileKey(definition: KeyDefinition): KeyCompilation {
  switch (definition.type) {
    case 'regexp':
      return regexpKey(definition)
    case 'field':
      return fieldKey(definition)
    case 'cel':
      return celKey(definition)
  }
}

function regexpKey({
  pattern,
  variable
}: Extract<KeyDefinition, { readonly type: 'regexp' }>): KeyCompilation {
  const result = compilePerlRegExp(pattern)
  if (!result.ok) return { ok: false, message: `regular expression "${pattern}": ${result.message}` }
  const { regexp } = result
  const groups = groupsNamed(variable, regexp)
  if (groups.length === 0) {
    return {
      ok: false,
      message: `no group "${variable}" in the regular expression "${pattern}"; expected the name or number of one`
    }
  }
  return {
    ok: true,
    keyOf(_record, line) {
      const captures = regexp.exec(line)
      const set = captures && groups.find(group => captures[group] !== undefined)
      return set === undefined ? undefined : captures?.[set] || undefined
    }
  }
}

/** The numbers of the groups that a name or number stands for; the first that is set counts. */
export function groupsNamed(
  variable: string,
  {
    groupCount,
    groupNames
  }: { readonly groupCount: number; readonly groupNames: ReadonlyMap<string, readonly number[]> }
): readonly number[] {
  if (!/^[0-9]+$/.test(variable)) return groupNames.get(variable) ?? []
  const number = Number(variable)
  return number >= 1 && number <= groupCount ? [number] : []
}

const PLAIN_FIELDS: ReadonlySet<string> = new Set([
  'body',
  'severity_number',
  'severity_text',
  'trace_id',
  'span_id',
  'event_name',
  'source',
  'tag'
])

/** The match variable by which rules see a field: `_attr_host_name` for `attributes.host.name`. */
export function variableOfField(field: string): string | undefined {
  const [, map, path = ''] = /^(attributes|resource)\.([^]+)$/.exec(field) ?? []
  if (map === undefined) return PLAIN_FIELDS.has(field) ? `_${field}` : undefined
  return (map === 'attributes' ? '_attr_' : '_res_') + path.replace(/[^A-Za-z0-9_]/g, '_')
}

// By the very function that sets the match variable, so that rules and router can't differ.
function fieldKey({ field }: Extract<KeyDefinition, { readonly type: 'field' }>): KeyCompilation {
  const variable = variableOfField(field)
  if (variable === undefined) {
    const expected = `attributes.<name>, resource.<name>, ${[...PLAIN_FIELDS].join(', ')}`
    return { ok: false, message: `unknown field "${field}"; expected one of ${expected}` }
  }
  const variables = new FieldVariables([variable])
  return { ok: true, keyOf: record => variables.valuesOf(record)[variable] || undefined }
}

// An expression that can't be evaluated names no key, whatever keeps it from that.
function celKey({ expression }: Extract<KeyDefinition, { readonly type: 'cel' }>): KeyCompilation {
  const result = compileCel(expression, 'key')
  if (!result.ok) return { ok: false, message: `CEL expression "${expression}": ${result.message}` }
  return {
    ok: true,
    keyOf(record) {
      const outcome = result.expression.evaluate(record)
      return outcome.type === 'value' ? celText(outcome.value) || undefined : undefined
    }
  }
}
