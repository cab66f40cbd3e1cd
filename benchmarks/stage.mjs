#!/usr/bin/env node
// How many records a second does a stage take, beside `correlog sec`? See README.md.
import { spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { random, requestRecord, ruleFile, syslogLine } from './corpus.mjs'
import { profileTable } from './profile.mjs'
import { saveFigures } from './save.mjs'

const { values } = parseArgs({
  options: {
    rules: { type: 'string', default: '1,10,100' },
    runs: { type: 'string', default: '7' },
    scale: { type: 'string', default: '1' },
    'no-json': { type: 'boolean', default: false },
    save: { type: 'boolean', default: false }
  }
})
const runs = Number(values.runs)

/** `correlog run` on plain lines, in processor time: so much of what `correlog sec` does, at least. */
const LEAST_RATIO = 0.7

/** Lines for so many rules: seconds of work. */
const linesFor = rules => Math.round((rules <= 10 ? 1_000_000 : 300_000) * Number(values.scale))

const root = fileURLToPath(new URL('..', import.meta.url))
const main = join(root, 'dist/cli/main.js')
const folder = mkdtempSync(join(tmpdir(), 'correlog-bench-'))
const file = name => join(folder, name)

/** Looks at three fields, and has three more in the alert. */
const RECORD_RULE = `type=Single
ptype=Record
pattern=record.attributes["http.status"] >= 500 && record.severity_number >= 17 && record.resource["service.name"] == "shop"
desc=status $+{_attr_http_status} for $+{_attr_user_name} on $+{_res_host_name}
action=write - %s
`

const stage = (...more) => [
  'run',
  '--once',
  '--log-level=error',
  `--rules=${file('rules.sec')}`,
  '--alerts-from=write',
  `--to=file:${file('alerts')}`,
  ...more
]
const sec = input => ['sec', '--notail', '--debug=3', '--log=/dev/null', `--conf=${file('rules.sec')}`, input]
const stateFolder = ['--state', file('state')]

/** What is measured of one input: name → arguments. The first is what the others are compared with. */
const LINES = input => ({
  sec: sec(`--input=${input}`),
  run: stage('--from', `file:${input}`),
  'run --state': stage('--from', `file:${input}`, ...stateFolder)
})
const JSON_RECORDS = input => ({
  run: stage('--from', `file:${input}?codec=json`),
  'run --state': stage('--from', `file:${input}?codec=json`, ...stateFolder),
  'run --time record': stage('--from', `file:${input}?codec=json`, '--time', 'record'),
  'run --time record --state': stage('--from', `file:${input}?codec=json`, '--time', 'record', ...stateFolder)
})

/** Runs one program to its end. @returns {{ wall: number, cpu: number, texts: string[] }} seconds */
function run(args, nodeOptions = []) {
  rmSync(file('alerts'), { force: true })
  rmSync(file('state'), { recursive: true, force: true })
  const output = openSync(file('output'), 'w')
  const started = performance.now()
  // Its shell tells the processor time of it alone.
  const command = [
    '-c',
    '"$@"; status=$?; times >&2; exit $status',
    'sh',
    process.execPath,
    ...nodeOptions,
    main
  ]
  const { status, stderr } = spawnSync('sh', [...command, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', output, 'pipe']
  })
  const wall = (performance.now() - started) / 1000
  closeSync(output)
  if (status !== 0) throw new Error(`${args.join(' ')} exited with ${status}: ${stderr}`)
  return { wall, cpu: childSeconds(stderr), texts: args[0] === 'sec' ? written() : alertTexts() }
}

/** The last line of `times`: user and system time of children, each as `0m1.23s`. */
function childSeconds(times) {
  const found = /(\d+)m([\d.]+)s (\d+)m([\d.]+)s\s*$/.exec(times)
  if (found === null) throw new Error(`no times of the shell: ${times}`)
  const [userMinutes, userSeconds, systemMinutes, systemSeconds] = found.slice(1).map(Number)
  return (userMinutes + systemMinutes) * 60 + userSeconds + systemSeconds
}

function written() {
  return readFileSync(file('output'), 'latin1').split('\n').slice(0, -1)
}

function alertTexts() {
  const lines = readFileSync(file('alerts'), 'utf8').split('\n').slice(0, -1)
  return lines.map(line => JSON.parse(line).body)
}

function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

function measure(title, rules, lines, programsOf) {
  writeFileSync(file('rules.sec'), rules)
  writeFileSync(file('input'), lines.map(line => `${line}\n`).join(''))
  writeFileSync(file('empty'), '')
  const programs = programsOf(file('input'))
  const starts = programsOf(file('empty'))
  const names = Object.keys(programs)
  const raw = Object.fromEntries(names.map(name => [name, { start: [], run: [] }]))
  let texts
  for (let count = 0; count < runs; count++) {
    // Each goes first in some of the runs, so that none always meets a warm machine.
    for (const name of [...names.slice(count % names.length), ...names.slice(0, count % names.length)]) {
      const { texts: none, ...start } = run(starts[name])
      const { texts: found, ...whole } = run(programs[name])
      texts ??= found
      if (none.length > 0 || found.length === 0 || found.join('\n') !== texts.join('\n')) {
        throw new Error(`${title}: ${name} gives other alerts than ${names[0]}`)
      }
      raw[name].start.push(start)
      raw[name].run.push(whole)
    }
  }
  const results = names.map(name => ({ name, ...figures(raw[name], lines.length), raw: raw[name] }))
  const [first] = results
  console.log(`\n${title}: ${lines.length} records, ${texts.length} alerts`)
  console.log(`${''.padEnd(28)}records/s  records/CPU s (slowest–fastest)   of ${first.name}`)
  for (const result of results) {
    result.ratio = Number((result.perCpuSecond / first.perCpuSecond).toFixed(2))
    const { name, perSecond, perCpuSecond, spread, ratio } = result
    const cpu = `${perCpuSecond} (${spread.join('–')})`
    console.log(`${name.padEnd(28)}${String(perSecond).padStart(9)}  ${cpu.padEnd(34)} ${ratio}`)
  }
  return { title, records: lines.length, alerts: texts.length, results }
}

function figures(raw, records) {
  const rate = kind =>
    Math.round(
      records / (median(raw.run.map(each => each[kind])) - median(raw.start.map(each => each[kind])))
    )
  const start = median(raw.start.map(({ cpu }) => cpu))
  const rates = raw.run.map(({ cpu }) => Math.round(records / (cpu - start)))
  return {
    perSecond: rate('wall'),
    perCpuSecond: rate('cpu'),
    spread: [Math.min(...rates), Math.max(...rates)]
  }
}

/** Where the time of the JSON records goes. */
function profile() {
  const profiles = file('profiles')
  run(stage('--from', `file:${file('input')}?codec=json`), ['--cpu-prof', `--cpu-prof-dir=${profiles}`])
  const [name] = readdirSync(profiles)
  return profileTable(JSON.parse(readFileSync(join(profiles, name), 'utf8')))
}

const lineResults = []
let jsonResult
let areas
try {
  for (const count of values.rules.split(',').map(Number)) {
    const next = random(count)
    const lines = Array.from({ length: linesFor(count) }, (_, index) => syslogLine(next, index))
    lineResults.push(measure(`plain lines, ${count} rules`, ruleFile(count), lines, LINES))
  }
  if (!values['no-json']) {
    const next = random(1)
    const lines = Array.from({ length: linesFor(100) }, (_, index) =>
      JSON.stringify(requestRecord(next, index))
    )
    jsonResult = measure('JSON, a Record pattern with three fields', RECORD_RULE, lines, JSON_RECORDS)
    areas = profile()
    console.log(`\n${'JSON: where the time goes'.padEnd(56)} share`)
    for (const { area, share } of areas) console.log(`${area.padEnd(56)} ${share.toFixed(1).padStart(5)} %`)
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}

if (values.save) saveFigures('stage', { lines: lineResults, json: jsonResult, profile: areas })

for (const { title, results } of lineResults) {
  const slow = results.find(({ name, ratio }) => name === 'run' && ratio < LEAST_RATIO)
  if (slow === undefined) continue
  console.error(`${title}: ${slow.ratio} of correlog sec; at least ${LEAST_RATIO} is expected`)
  process.exitCode = 1
}
