import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { CODEC_NAMES, type CodecOptions } from '../../../adapters/codecs/registry.ts'
import { DEFAULT_JSON_FIELDS } from '../../../adapters/codecs/json.ts'
import { codecTypes } from '../../../config/stage/codec-types.ts'
import { problemsOf } from './resolved.ts'

const root = join(import.meta.dirname, '../../..')
const schema = JSON.parse(readFileSync(join(root, 'docs/correlog.schema.json'), 'utf8')) as object
const validate = new Ajv({ strict: true, strictRequired: false, allowUnionTypes: true }).compile(schema)

const rest = 'rules: a.sec\nsources: stdin\nsinks: stdout\n'

test.each([
  rest,
  `${rest}time: record\nstate: kept\ndeadLetters: null\n`,
  `${rest}time: { type: record, maxAhead: 5, idleAfter: null }\nalertsFrom: pipe\n`,
  'rules:\n  - a.sec\n  - { files: [b.sec, c.sec], alertsFrom: [pipe, report] }\nsources: [file:a.log?codec=json, { type: fifo, path: in }]\nsinks: { out: { type: file, path: out }, more: stdout }\n',
  'rules: { files: a.sec }\nsources:\n  in: { type: file, path: a, codec: { type: json, fields: { body: msg } } }\nsinks: stdout\n'
])('the schema for editors takes what correlog takes: %j', text => {
  expect(problemsOf(text)).toEqual([])
  expect(validate(parse(text)) ? [] : validate.errors).toEqual([])
})

test.each([
  `${rest}onse: true\n`,
  `${rest}once: yes\n`,
  `${rest}atEnd: now\n`,
  `${rest}time: { type: arrival, maxAhead: 5 }\n`,
  `${rest}telemetry: { port: 99999 }\n`,
  `${rest}alertsFrom: [mail]\n`,
  'rules: a.sec\nsources: { in: { type: file } }\nsinks: stdout\n',
  'rules: a.sec\nsources: { in: { type: carrier-pigeon } }\nsinks: stdout\n',
  'rules: [{ alertsFrom: pipe }]\nsources: stdin\nsinks: stdout\n'
])('and refuses what correlog refuses: %j', text => {
  expect(problemsOf(text)).not.toEqual([])
  expect(validate(parse(text))).toBe(false)
})

test('the codecs and their fields are those of the adapters', () => {
  const json: CodecOptions['codec'] = 'json'
  expect(Object.keys(codecTypes)).toEqual(CODEC_NAMES)
  const fields = codecTypes[json]?.options.fields as Readonly<Record<string, { readonly doc: string }>>
  for (const [name, paths] of Object.entries<readonly string[]>({ ...DEFAULT_JSON_FIELDS })) {
    expect(fields[name]?.doc).toContain(`By default ${paths.join(', ')}.`)
  }
  expect(Object.keys(fields).sort()).toEqual(Object.keys(DEFAULT_JSON_FIELDS).sort())
})
