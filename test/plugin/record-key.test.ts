import { expect, test } from 'vitest'
import { compileKey, type KeyDefinition } from '../../plugin/record-key.ts'
import { lineRecord, type LogRecord } from '../../plugin/record.ts'
import { encodeUtf8 } from '../../plugin/utf8.ts'

const record: LogRecord = {
  ...lineRecord('1', 'in', 'text', undefined),
  attributes: { 'host.name': 'web1', user: encodeUtf8('jürgen'), port: 22, nested: { id: 'x' }, empty: '' },
  resource: { 'service.name': 'shop' },
  tag: 'logs'
}

function keyOf(definition: KeyDefinition, line = ''): string | undefined {
  const compiled = compileKey(definition)
  if (!compiled.ok) throw new Error(compiled.message)
  return compiled.keyOf(record, line)
}

test.each([
  ['host=(\\S+)', '1', 'a host=web1 b', 'web1'],
  ['host=(?<host>\\S+)', 'host', 'a host=web1 b', 'web1'],
  ['(a)|(?<host>b)', 'host', 'b', 'b'],
  ['(a)|(?<host>b)', 'host', 'a', undefined],
  ['host=(\\S*)', '1', 'host= b', undefined],
  ['host=(\\S+)', '1', 'none', undefined]
])('regexp %s, group %s, of "%s": %s', (pattern, variable, line, expected) => {
  expect(keyOf({ type: 'regexp', pattern, variable }, line)).toBe(expected)
})

test.each([
  ['attributes.host.name', 'web1'],
  ['attributes.user', encodeUtf8('jürgen')],
  ['attributes.port', '22'],
  ['attributes.nested.id', 'x'],
  ['attributes.empty', undefined],
  ['attributes.none', undefined],
  ['resource.service.name', 'shop'],
  ['body', 'text'],
  ['tag', 'logs']
])('field %s: %s', (field, expected) => {
  expect(keyOf({ type: 'field', field })).toBe(expected)
})

test.each([
  ['record.attributes["host.name"]', 'web1'],
  ['record.attributes.user', encodeUtf8('jürgen')],
  ['record.attributes.port', '22'],
  ['record.attributes["host.name"] + "/" + record.resource["service.name"]', 'web1/shop'],
  ['record.attributes.none', undefined],
  ['record.attributes.?none', undefined],
  ['record.attributes.empty', undefined]
])('CEL %s: %s', (expression, expected) => {
  expect(keyOf({ type: 'cel', expression })).toBe(expected)
})

test.each([
  [
    { type: 'regexp', pattern: '(', variable: '1' },
    'regular expression "(": Unmatched ( in regex; marked by <-- HERE in m/( <-- HERE /'
  ],
  [
    { type: 'regexp', pattern: '(a)', variable: '2' },
    'no group "2" in the regular expression "(a)"; expected the name or number of one'
  ],
  [
    { type: 'regexp', pattern: '(a)', variable: 'host' },
    'no group "host" in the regular expression "(a)"; expected the name or number of one'
  ],
  [
    { type: 'cel', expression: 'record.attributes' },
    'CEL expression "record.attributes": its value is of type map<string, dyn>; expected string or a number'
  ]
] as const)('%j is refused', (definition, message) => {
  expect(compileKey(definition)).toEqual({ ok: false, message })
})
