import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { describe, expect, test } from 'vitest'
import { alertToJson } from '../../adapters/alert-json.ts'
import type { Alert } from '../../plugin/alert.ts'
import { generateCase } from '../parity/generator/generate.ts'
import { raised, stageCorrelator } from '../plugin/alerts/raised.ts'
import { alertsOf } from '../plugin/alerts/random-alerts.ts'

const root = resolve(import.meta.dirname, '../..')
const schema = JSON.parse(readFileSync(join(root, 'docs/alert.schema.json'), 'utf8')) as {
  readonly properties: { readonly attributes: { readonly properties: object } }
}
const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true })
addFormats.default(ajv)
const validate = ajv.compile(schema)

const trace = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 }
const CONDITION = 'ptype=RegExp\npattern=^(\\S+) (\\d+)\ndesc=$1'
const LINES = [100, 101, 102].map(second => [second, `caf\xc3\xa9 ${second}`, trace] as const)

/** Rules of each type; the names of those that raise alerts by record and by timer. */
const RULES = {
  Single: { text: `type=Single\n${CONDITION}\naction=alert error $1`, by: ['record'] },
  SingleWithSuppress: {
    text: `type=SingleWithSuppress\n${CONDITION}\nwindow=5\naction=alert $1`,
    by: ['record']
  },
  SingleWithThreshold: {
    text: `type=SingleWithThreshold\n${CONDITION}\nwindow=5\nthresh=2\naction=alert $1\naction2=alert over`,
    by: ['record', 'timer']
  },
  SingleWith2Thresholds: {
    text: `type=SingleWith2Thresholds\n${CONDITION}\nwindow=5\nthresh=2\naction=alert $1\ndesc2=x\nwindow2=5\nthresh2=1\naction2=alert over`,
    by: ['record', 'timer']
  },
  Pair: {
    text: `type=Pair\n${CONDITION}\naction=alert $1\nptype2=RegExp\npattern2=102\ndesc2=x\naction2=alert %1`,
    by: ['record']
  },
  PairWithWindow: {
    text: `type=PairWithWindow\n${CONDITION}\naction=alert $1\nptype2=SubStr\npattern2=never\ndesc2=x\naction2=none\nwindow=5`,
    by: ['timer']
  },
  EventGroup: {
    text: `type=EventGroup\n${CONDITION}\nthresh=3\nwindow=5\ninit=alert i\ncount=alert c\naction=alert a\nslide=alert s\nend=alert e`,
    by: ['record', 'timer']
  },
  Calendar: { text: 'type=Calendar\ntime=* * * * *\ndesc=x\naction=alert minute', by: ['timer'] },
  context: {
    text: `type=Single\n${CONDITION}\naction=add C $0; set C 5 ( report C mail; event 3 late )`,
    by: ['timer']
  }
}

/** The same as the validator sees it. */
function parsed(alert: Alert): Record<string, unknown> {
  return JSON.parse(Buffer.from(alertToJson(alert), 'latin1').toString('utf8')) as Record<string, unknown>
}

function faults(alert: unknown): string[] {
  if (validate(alert)) return []
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`)
}

describe('docs/alert.schema.json', () => {
  test.each(Object.entries(RULES))('holds for alerts of %s', (_type, { text, by }) => {
    const alerts = raised(text, [...LINES, [110], [120], [125]])
    const causes = alerts.map(({ attributes }) =>
      /^(?:operation|context|calendar)\//.test(String(attributes['correlog.cause'])) ? 'timer' : 'record'
    )
    expect([...new Set(causes)].sort()).toEqual(by)
    expect(alerts.flatMap(alert => faults(parsed(alert)))).toEqual([])
  })

  test('holds for those of a program that has ended', () => {
    const correlator = stageCorrelator(`type=SingleWithScript\n${CONDITION}\nscript=x\naction=alert done`, {
      programs: true
    })
    correlator.take(LINES)
    for (const child of [1, 2, 3]) correlator.correlator.childExit(child, 0)
    expect(correlator.alerts).toHaveLength(3)
    expect(correlator.alerts[1]).toMatchObject({
      attributes: { 'correlog.cause': 'in.log/2/event 1/exit', 'correlog.records': ['in.log/2'] },
      ...trace
    })
    expect(correlator.alerts.flatMap(alert => faults(parsed(alert)))).toEqual([])
  })

  test('holds for hundreds of alerts of random rules', () => {
    const alerts = Array.from({ length: 40 }, (_, number) => alertsOf(generateCase(3, number))).flat()
    expect(alerts.length).toBeGreaterThan(300)
    expect(alerts.flatMap(alert => faults(parsed(alert)))).toEqual([])
  })

  test.each([
    ['no uid', { attributes: { 'log.record.uid': undefined } }],
    ['a uid that is no ULID', { attributes: { 'log.record.uid': '8'.repeat(26) } }],
    ['an unknown attribute', { attributes: { 'correlog.other': 1 } }],
    ['a severity of 25', { severity_number: 25 }],
    ['a time without a zone', { timestamp: '2026-11-25T00:00:00' }],
    ['a field more', { more: 1 }]
  ])('refuses %s', (_what, { attributes, ...fields }: Record<string, unknown>) => {
    const [alert] = raised(RULES.Single.text, LINES)
    const valid = parsed(alert as Alert)
    const changed = {
      ...valid,
      ...fields,
      attributes: { ...(valid['attributes'] as object), ...(attributes as object) }
    }
    expect(faults(JSON.parse(JSON.stringify(changed)))).not.toEqual([])
  })
})

describe('an alert as JSON', () => {
  test('is one line of UTF-8', () => {
    const [alert] = raised(`type=Single\n${CONDITION}\naction=alert error $1%{.nl}$2`, LINES)
    const json = alertToJson(alert as Alert)
    expect(json).not.toContain('\n')
    expect(json).toContain('"body":"caf\xc3\xa9\\n100"')
    expect(parsed(alert as Alert)).toMatchObject({
      timestamp: '1970-01-01T00:01:40.000Z',
      event_name: 'correlog.alert',
      severity_number: 17,
      severity_text: 'ERROR',
      body: 'caf\u00e9\n100',
      trace_id: trace.traceId,
      span_id: trace.spanId,
      trace_flags: 1
    })
  })

  test('replaces only bytes that are no UTF-8', () => {
    const [alert] = raised(`type=Single\nptype=RegExp\npattern=^(.*)$\ndesc=x\naction=alert $1`, [
      [100, '\xff caf\xc3\xa9 \xe2\x82 \xf0\x9f\x98\x80']
    ])
    expect(parsed(alert as Alert)['body']).toBe('\ufffd caf\u00e9 \ufffd \u{1f600}')
  })

  test('leaves out a trace that there is not', () => {
    const [alert] = raised(RULES.Single.text, [[100, 'a 1']])
    expect(Object.keys(parsed(alert as Alert))).toEqual([
      'timestamp',
      'event_name',
      'severity_number',
      'severity_text',
      'body',
      'attributes'
    ])
  })
})

describe('docs/alerts.md', () => {
  const document = readFileSync(join(root, 'docs/alerts.md'), 'utf8')
  const example = (language: string): string =>
    new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, 'm').exec(document)?.[1] ?? ''

  test('has an example that is true', () => {
    const alerts = raised(
      { 'ssh.sec': example('sec') },
      ['root', 'admin', 'root'].map((user, index) => [
        1_764_000_000 + 7 * index,
        `Nov 24 16:00:0${index} gate sshd[77]: Failed password for ${user} from 192.0.2.7 port 4242 ssh2`,
        { ...trace, id: `file:5c1b3f2a9d0e4f71:${82 * index}` }
      ]),
      { application: 'login-watch', task: 'auth.log' }
    )
    expect(alerts).toHaveLength(1)
    expect(parsed(alerts[0] as Alert)).toEqual(JSON.parse(example('json')))
  })

  test('names every attribute of the schema, and no other', () => {
    const { properties } = schema.properties.attributes
    const named = [...document.matchAll(/`((?:correlog|log)\.[a-z.]+[a-z])`((?:, `\.[a-z]+`)*)/g)].flatMap(
      ([, name = '', more = '']) => [
        name,
        ...[...more.matchAll(/`(\.[a-z]+)`/g)].map(([, last]) => name.replace(/\.[a-z]+$/, last ?? ''))
      ]
    )
    expect(new Set(named.filter(name => name !== 'correlog.alert'))).toEqual(new Set(Object.keys(properties)))
  })
})
