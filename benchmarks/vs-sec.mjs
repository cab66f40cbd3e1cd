#!/usr/bin/env node
// How many lines a second, beside SEC? See README.md.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { random, ruleFile, syslogLine } from './corpus.mjs'
import { firstLine, saveFigures } from './save.mjs'

const { values } = parseArgs({
  options: {
    rules: { type: 'string', default: '1,10,100,1000' },
    runs: { type: 'string', default: '5' },
    scale: { type: 'string', default: '1' },
    save: { type: 'boolean', default: false }
  }
})

/** Lines for so many rules: enough for seconds of work, few enough for SEC to finish. */
const linesFor = rules => {
  const lines = rules === 1 ? 1_000_000 : rules <= 10 ? 400_000 : rules <= 100 ? 100_000 : 15_000
  return Math.round(lines * Number(values.scale))
}

const root = fileURLToPath(new URL('..', import.meta.url))
const sec = process.env.SEC_BIN ?? '/usr/bin/sec'
const folder = mkdtempSync(join(tmpdir(), 'correlog-bench-'))

const programs = {
  correlog: [process.execPath, join(root, 'dist/cli/main.js'), 'sec'],
  sec: ['perl', sec]
}

/** @returns {{ seconds: number, output: string }} */
function run(program, rules, input) {
  const [command, ...args] = programs[program]
  const started = performance.now()
  const options = ['--notail', '--debug=3', '--log=/dev/null', `--conf=${rules}`, `--input=${input}`]
  const { status, stdout, stderr } = spawnSync(command, [...args, ...options], {
    encoding: 'utf8',
    maxBuffer: 1 << 28
  })
  const seconds = (performance.now() - started) / 1000
  if (status !== 0) throw new Error(`${program} exited with ${status}: ${stderr}`)
  return { seconds, output: stdout }
}

function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

function measure(ruleCount) {
  const lines = linesFor(ruleCount)
  const next = random(ruleCount)
  const input = join(folder, 'input')
  const empty = join(folder, 'empty')
  const rules = join(folder, 'rules.sec')
  writeFileSync(input, Array.from({ length: lines }, (_, index) => `${syslogLine(next, index)}\n`).join(''))
  writeFileSync(empty, '')
  writeFileSync(rules, ruleFile(ruleCount))

  const result = { rules: ruleCount, lines, alerts: 0 }
  const names = Object.keys(programs)
  for (const name of names) result[name] = { startSeconds: [], seconds: [] }
  const outputs = {}
  for (let count = 0; count < Number(values.runs); count++) {
    // Each goes first in half of the runs, so that neither always meets a warm machine.
    for (const name of count % 2 === 0 ? names : [...names].reverse()) {
      result[name].startSeconds.push(run(name, rules, empty).seconds)
      const { seconds, output } = run(name, rules, input)
      result[name].seconds.push(seconds)
      outputs[name] = output
    }
  }
  if (outputs.correlog !== outputs.sec) throw new Error(`with ${ruleCount} rules the outputs differ`)
  result.alerts = outputs.sec.split('\n').length - 1
  for (const name of names) {
    const { startSeconds, seconds } = result[name]
    result[name].linesPerSecond = Math.round(lines / (median(seconds) - median(startSeconds)))
    const rates = seconds.map(value => lines / (value - median(startSeconds)))
    result[name].spread = [Math.min(...rates), Math.max(...rates)].map(Math.round)
  }
  result.ratio = Number((result.correlog.linesPerSecond / result.sec.linesPerSecond).toFixed(2))
  return result
}

const results = []
try {
  console.log('rules   correlog lines/s (spread)      SEC lines/s (spread)           ratio')
  for (const ruleCount of values.rules.split(',').map(Number)) {
    const result = measure(ruleCount)
    results.push(result)
    const cell = ({ linesPerSecond, spread }) => `${linesPerSecond} (${spread.join('-')})`.padEnd(30)
    console.log(`${String(ruleCount).padEnd(7)} ${cell(result.correlog)} ${cell(result.sec)} ${result.ratio}`)
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}

if (values.save) {
  const versions = {
    perl: firstLine('perl', '-e', 'print $^V'),
    sec: firstLine('perl', sec, '--version')
  }
  saveFigures('vs-sec', { versions, results })
}
