#!/usr/bin/env node
// How many records a second are decoded, and matched by a Record pattern with three fields? See README.md.
import { parseArgs } from 'node:util'
import { createCodec } from '../dist/adapters/codecs/registry.js'
import { Correlator, parseRuleFile } from '../dist/plugin/index.js'
import { compileLineTemplate } from '../dist/plugin/line-template.js'
import { UTC } from '../dist/plugin/time/time-zone.js'
import { random, requestRecord, syslogLine } from './corpus.mjs'
import { saveFigures } from './save.mjs'

const { values } = parseArgs({
  options: {
    records: { type: 'string', default: '100000' },
    runs: { type: 'string', default: '5' },
    save: { type: 'boolean', default: false }
  }
})
const total = Number(values.records)
const runs = Number(values.runs)
const OBSERVED = Date.parse('2026-11-24T12:30:00Z')

const next = random(1)
const requests = Array.from({ length: total }, (_, index) => requestRecord(next, index))
const otherKind = requests.map(({ attributes: _attributes, ...rest }) => JSON.stringify(rest))
const json = requests.map(request => JSON.stringify(request))
const syslog = requests.map((_, index) => syslogLine(next, index))
const otlp = requests.map(request => JSON.stringify(otlpOf(request)))

function otlpOf({ timestamp, severity_number, body, trace_id, attributes }) {
  const list = Object.entries(attributes).map(([key, value]) => ({
    key,
    value: typeof value === 'number' ? { intValue: String(value) } : { stringValue: value }
  }))
  const record = { timeUnixNano: `${timestamp}000000`, severityNumber: severity_number, traceId: trace_id }
  return {
    resourceLogs: [
      { scopeLogs: [{ logRecords: [{ ...record, body: { stringValue: body }, attributes: list }] }] }
    ]
  }
}

const RECORD_RULE = `type=Single
ptype=Record
pattern=record.attributes["http.status"] >= 500 && record.severity_number >= 17 && record.resource["service.name"] == "shop"
desc=failed requests
action=write - failed
`
const REGEXP_RULE = `type=Single
ptype=RegExp
pattern="severity_number":17,.*"http\\.status":5\\d\\d,.*"service\\.name":"shop"
desc=failed requests
action=write - failed
`

/** Decodes the lines, and with rules has them matched. Returns how many times a rule acted. */
function handle(codec, lines, rules) {
  const decode = createCodec({ codec }, { timeZone: UTC })
  const line = compileLineTemplate('body', UTC)
  let acted = 0
  const correlator =
    rules &&
    new Correlator({
      files: [parseRuleFile('rules.sec', rules)],
      settings: { bufferSize: 0, eventStoreSize: 0, cleanTime: 1, internalContexts: false, quoting: false },
      host: { logLevel: 3, log: message => console.error(message), effect: () => void acted++ },
      timeZone: UTC,
      now: 0
    })
  for (const bytes of lines) {
    const into = { records: [], dead: [] }
    decode(bytes, { source: 'in', id: 'f:0', observedTimestamp: OBSERVED, tag: '' }, into)
    if (into.records.length !== 1) throw new Error(`not one record: ${bytes}`)
    const [record] = into.records
    correlator?.observe({ text: line(record), source: 'in', record })
  }
  return acted
}

const questions = [
  ['line, decoded', () => handle('line', json), 0],
  ['json, decoded', () => handle('json', json), 0],
  ['syslog, decoded', () => handle('syslog', syslog), 0],
  ['otlp-json, decoded', () => handle('otlp-json', otlp), 0],
  ['json, Record pattern with three fields', () => handle('json', json, RECORD_RULE), 'matches'],
  ['json of another kind, the same pattern', () => handle('json', otherKind, RECORD_RULE), 0],
  ['the same JSON as a line, RegExp', () => handle('line', json, REGEXP_RULE), 'any']
]

const matches = requests.filter(request => request.severity_number === 17).length
const results = questions.map(([name, run, expected]) => {
  run()
  const rates = Array.from({ length: runs }, () => {
    const start = process.cpuUsage()
    const acted = run()
    const { user, system } = process.cpuUsage(start)
    const rate = total / ((user + system) / 1e6)
    if (expected === 'matches' ? acted !== matches : expected === 0 && acted !== 0) {
      throw new Error(`${String(name)}: the rule acted ${acted} times`)
    }
    return Math.round(rate)
  }).sort((a, b) => a - b)
  const median = rates[Math.floor(rates.length / 2)]
  console.log(`${name.padEnd(40)} ${String(median).padStart(8)} records/CPU s  (${rates[0]}–${rates.at(-1)})`)
  return { name, median, rates }
})

if (values.save) saveFigures('codecs', { records: total, results })
