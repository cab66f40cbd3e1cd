#!/usr/bin/env node
// Does keeping what Perl code remembers hold up the event loop? See README.md.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { fileCheckpointStore } from '../dist/adapters/checkpoint/file/store.js'
import { Correlator } from '../dist/plugin/correlator.js'
import { perlLoader } from '../dist/plugin/perl/source.js'
import { parseRuleFile } from '../dist/plugin/rules/parser.js'
import { UTC } from '../dist/plugin/time/time-zone.js'
import { keptPerl, NOW } from './perl-host.mjs'
import { saveFigures } from './save.mjs'

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '20' }, save: { type: 'boolean', default: false } }
})
const seconds = Number(values.seconds)
const INTERVAL_MS = 250
const LIMIT_MS = 50

const rules = `
type=Single
ptype=PerlFunc
pattern=do { my $n = 0; sub { \\
  my ($user, $host) = $_[0] =~ /failed for (\\S+) from (\\S+)/ or return; \\
  push @{$seen{$host}}, $user; shift @{$seen{$host}} if @{$seen{$host}} > 5; \\
  return { n => ++$n, user => $user, users => scalar @{$seen{$host}}, all => scalar keys %seen } } }
desc=failures
action=none
`
const line = index =>
  `sshd[${index}]: login failed for user${index % 977} from 192.0.${(index >> 8) & 7}.${index & 255}`

/** Calls at an even pace, `perTurn` each 25 ms, with a checkpoint each quarter of a second. */
async function run(perTurn) {
  const folder = mkdtempSync(join(tmpdir(), 'correlog-bench-'))
  const store = fileCheckpointStore({ directory: join(folder, 'state'), report: () => {} })
  await store.load()
  const perl = keptPerl()
  try {
    const correlator = new Correlator({
      files: [parseRuleFile('bench.sec', rules, { perl: perlLoader(perl.host) })],
      settings: { bufferSize: 0, eventStoreSize: 0, cleanTime: 1, internalContexts: false, quoting: false },
      host: { logLevel: 1, log: () => {}, effect: () => {} },
      timeZone: UTC,
      perl: perl.host,
      now: NOW,
      trackChanges: true
    })
    const delay = monitorEventLoopDelay({ resolution: 1 })
    const changes = []
    let bytes = 0
    let calls = 0
    let saving
    await sleep(100)
    delay.enable()
    const start = performance.now()
    for (let turn = 1; performance.now() - start < seconds * 1000; turn++) {
      const due = Math.floor(perTurn * turn)
      for (; calls < due; calls++) correlator.observe({ text: line(calls), source: 'log' })
      if (turn % 10 === 0) {
        await saving
        const began = performance.now()
        const cpu = process.cpuUsage()
        const { set, deleted } = correlator.changes()
        const used = process.cpuUsage(cpu)
        changes.push({ ms: performance.now() - began, cpuMs: (used.user + used.system) / 1000 })
        for (const [key, value] of set) bytes += key.length + value.length
        saving = store.save({ set, deleted }, [])
      }
      await sleep(INTERVAL_MS / 10)
    }
    await saving
    delay.disable()
    const most = name => Number(Math.max(...changes.map(each => each[name])).toFixed(1))
    const sorted = changes.map(({ cpuMs }) => cpuMs).sort((a, b) => a - b)
    return {
      callsPerSecond: Math.round((calls * 1000) / (performance.now() - start)),
      longestDelayMs: Number((delay.max / 1e6).toFixed(1)),
      delay99Ms: Number((delay.percentile(99) / 1e6).toFixed(1)),
      longestChangesMs: most('ms'),
      longestChangesCpuMs: most('cpuMs'),
      medianChangesCpuMs: Number(sorted[Math.floor(sorted.length / 2)].toFixed(1)),
      bytesPerCheckpoint: Math.round(bytes / changes.length)
    }
  } finally {
    perl.close()
    await store.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

const result = { limitMs: LIMIT_MS, none: await run(0), few: await run(0.25), every: await run(25) }
process.stdout.write(`${JSON.stringify(result, null, 2)}\n`)
if (values.save) saveFigures('perl-state', result)
const isKept = [result.none, result.few, result.every].every(each => each.longestDelayMs < LIMIT_MS)
process.exitCode = isKept ? 0 : 1
