#!/usr/bin/env node
// Does keeping state hold up the event loop, and how much is written? See README.md.
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { fileCheckpointStore } from '../dist/adapters/checkpoint/file/store.js'
import { Correlator } from '../dist/plugin/correlator.js'
import { bytesOf, line, NOW, options } from './operations.mjs'
import { saveFigures } from './save.mjs'

const { values } = parseArgs({
  options: {
    operations: { type: 'string', default: '100000' },
    seconds: { type: 'string', default: '30' },
    save: { type: 'boolean', default: false }
  }
})
const operations = Number(values.operations)
const seconds = Number(values.seconds)
const INTERVAL_MS = 250
/** What is asked for: the longest delay, how often what changed is written, one `add`, a restore. */
const LIMITS = { delayMs: 50, growth: 3, addBytes: 64 << 10, restoreMs: 5000 }

const tell = message => process.stderr.write(`${message}\n`)
const folder = mkdtempSync(join(tmpdir(), 'correlog-bench-'))
const directory = join(folder, 'state')
const journalBytes = () =>
  readdirSync(directory)
    .filter(name => name.startsWith('journal'))
    .reduce((sum, name) => sum + statSync(join(directory, name)).size, 0)

try {
  // A merge every few seconds; by default it would be one in some minutes.
  const store = fileCheckpointStore({ directory, report: tell, compactBytes: 2 << 20 })
  await store.load()
  const correlator = new Correlator({ ...options, trackChanges: true })
  for (let index = 0; index < operations; index++) correlator.observe({ text: line(index), source: 'log' })
  await store.save(correlator.changes(), [])

  // One in a hundred operations changes each second, spread over it; a checkpoint each quarter.
  const delay = monitorEventLoopDelay({ resolution: 1 })
  const changedBytes = []
  const writtenBytes = []
  const changesMs = []
  let next = 0
  let saving
  const perTurn = Math.round(((operations / 100) * (INTERVAL_MS / 1000)) / 10)
  const compactions = new Set()
  delay.enable()
  const start = performance.now()
  for (let turn = 1; performance.now() - start < seconds * 1000; turn++) {
    for (let count = 0; count < perTurn; count++) {
      correlator.setTime(NOW + Math.floor(turn / 40))
      correlator.observe({ text: line((next = (next + 7919) % operations)), source: 'log' })
    }
    if (turn % 10 === 0) {
      await saving
      const before = journalBytes()
      const began = performance.now()
      const changes = correlator.changes()
      changesMs.push(performance.now() - began)
      const bytes = bytesOf(changes)
      saving = store.save(changes, []).then(() => {
        const grown = journalBytes() - before
        // A new journal begins with a merge: its first checkpoint is not told apart from the end of the one before.
        if (grown > 0) {
          changedBytes.push(bytes)
          writtenBytes.push(grown)
        }
        for (const name of readdirSync(directory)) if (name.startsWith('snapshot')) compactions.add(name)
      })
    }
    await sleep(INTERVAL_MS / 10)
  }
  await saving
  delay.disable()

  for (let index = 0; index < 100_000; index++) {
    correlator.observe({ text: `store ${line(index)}`, source: 'log' })
  }
  await store.save(correlator.changes(), [])
  const beforeAdd = journalBytes()
  correlator.observe({ text: 'store one more line', source: 'log' })
  const addChanges = correlator.changes()
  await store.save(addChanges, [])
  const addBytes = Math.max(journalBytes() - beforeAdd, bytesOf(addChanges))
  await store.close()

  const restoreStart = performance.now()
  const again = fileCheckpointStore({ directory, report: tell })
  const checkpoint = await again.load()
  const restored = new Correlator({ ...options, trackChanges: true, restore: checkpoint.entries })
  const restoreMs = performance.now() - restoreStart
  await again.close()

  const sum = list => list.reduce((total, each) => total + each, 0)
  const result = {
    operations,
    restored: restored.operations.size,
    checkpoints: changesMs.length,
    merges: compactions.size,
    longestDelayMs: Number((delay.max / 1e6).toFixed(1)),
    delay99Ms: Number((delay.percentile(99) / 1e6).toFixed(1)),
    longestChangesMs: Number(Math.max(...changesMs).toFixed(1)),
    changedBytesPerCheckpoint: Math.round(sum(changedBytes) / changedBytes.length),
    journalGrowth: Number((sum(writtenBytes) / sum(changedBytes)).toFixed(2)),
    addBytes,
    restoreMs: Math.round(restoreMs)
  }
  console.log(result)
  const met =
    result.restored === operations &&
    result.merges > 1 &&
    result.longestDelayMs < LIMITS.delayMs &&
    result.journalGrowth < LIMITS.growth &&
    addBytes < LIMITS.addBytes &&
    restoreMs < LIMITS.restoreMs
  if (values.save) saveFigures('checkpoint', result)
  console.log(met ? 'all limits are kept' : `limits: ${JSON.stringify(LIMITS)}`)
  process.exitCode = met ? 0 : 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}
