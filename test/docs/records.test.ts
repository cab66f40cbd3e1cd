import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createCodec } from '../../adapters/codecs/registry.ts'
import { compileLineTemplate } from '../../plugin/line-template.ts'
import { lineRecord } from '../../plugin/record.ts'
import { parseRuleFile } from '../../plugin/rules/parser.ts'
import { UTC } from '../../plugin/time/time-zone.ts'
import { decodeOne } from '../adapters/codecs/decode.ts'
import { recordedCorrelator } from '../helpers/correlation.ts'

const text = readFileSync(resolve(import.meta.dirname, '../../docs/records.md'), 'utf8')

/** The examples in a language. */
function examplesIn(language: string): string[] {
  return [...text.matchAll(/^```(\S+)\n([^]*?)^```$/gm)].flatMap(([, name, body = '']) =>
    name === language ? body : []
  )
}

describe('examples of docs/records.md', () => {
  test.each(examplesIn('sec'))('rules load: %s', rules => {
    expect(parseRuleFile('f', rules).diagnostics).toEqual([])
  })

  test.each(examplesIn('template').flatMap(lines => lines.trimEnd().split('\n')))('template: %s', line => {
    expect(compileLineTemplate(line, UTC)(lineRecord('1', 'in', 'body', 0))).not.toContain('\n')
  })

  test.each(['json', 'syslog'] as const)('records: %s', codec => {
    const lines = examplesIn(codec).flatMap(example => example.trimEnd().split('\n'))
    expect(lines.length).toBeGreaterThan(1)
    for (const line of lines) {
      const record = decodeOne(createCodec({ codec }, { timeZone: UTC }), line)
      expect(record.timestamp).toBeDefined()
      expect(record.body).not.toBe(line)
    }
  })

  test('do what is said of them', () => {
    const [, errors = '', map = '', pair = ''] = examplesIn('sec')
    const json = createCodec({ codec: 'json' }, { timeZone: UTC })
    const see = (rules: string, ...objects: object[]): string => {
      const recorded = recordedCorrelator(rules)
      for (const object of objects) recorded.see(decodeOne(json, JSON.stringify(object)))
      return recorded.output
    }
    const failed = {
      severity_number: 17,
      attributes: { 'http.status': 503 },
      resource: { 'service.name': 'shop' }
    }
    expect(see(errors, failed, { ...failed, severity_number: 9 }, {})).toBe('server errors of shop: text\n')
    expect(see(map, { body: 'GET /x', 'http.status': 501 }, { body: 'GET /y', 'http.status': 200 })).toBe(
      'server error at /x\n'
    )
    const session = (name: string, id: string) => ({ event_name: `session.${name}`, 'session.id': id })
    expect(see(pair, session('start', 'a'), session('start', 'b'), session('end', 'b'))).toBe(
      'session b has ended\n'
    )
  })
})
