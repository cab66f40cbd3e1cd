#!/usr/bin/env node
// What does keeping state cost the correlator, without any disk? See README.md.
import { parseArgs } from 'node:util'
import { Correlator } from '../dist/plugin/correlator.js'
import { bytesOf, line, NOW, options } from './operations.mjs'
import { saveFigures } from './save.mjs'

const { values } = parseArgs({
  options: {
    operations: { type: 'string', default: '100000' },
    runs: { type: 'string', default: '7' },
    save: { type: 'boolean', default: false }
  }
})
const operations = Number(values.operations)
const runs = Number(values.runs)
/** What is asked for: a restore, and one `add` to a store of 100,000 lines. */
const LIMITS = { restoreSeconds: 5, addBytes: 64 << 10 }

/** Processor seconds of this process, which a machine that is busy with others does not lengthen much. */
function seconds(body) {
  const before = process.cpuUsage()
  const result = body()
  const { user, system } = process.cpuUsage(before)
  return { seconds: (user + system) / 1e6, result }
}

function filled(count, trackChanges) {
  const correlator = new Correlator({ ...options, trackChanges })
  for (let index = 0; index < count; index++) correlator.observe({ text: line(index), source: 'log' })
  return correlator
}

/** Milliseconds of `changes` after `changed` of `count` operations have changed. */
function changesMs(count, changed) {
  const correlator = filled(count, true)
  correlator.changes()
  let next = 0
  return Array.from({ length: runs }, (_, run) => {
    correlator.setTime(NOW + run)
    for (let index = 0; index < changed; index++) {
      correlator.observe({ text: line((next = (next + 7919) % count)), source: 'log' })
    }
    const measured = seconds(() => correlator.changes())
    return { ms: 1000 * measured.seconds, entries: measured.result.set.size, bytes: bytesOf(measured.result) }
  })
}

/** Lines a second of processor time, over operations that live: with and without looking for changes. */
function linesPerSecond(trackChanges) {
  const correlator = filled(10_000, trackChanges)
  const lines = Array.from({ length: 10_000 }, (_, index) => line(index))
  return Array.from({ length: runs }, () => {
    const measured = seconds(() => {
      for (let round = 0; round < 20; round++) {
        for (const text of lines) correlator.observe({ text, source: 'log' })
      }
    })
    if (trackChanges) correlator.changes()
    return Math.round((20 * lines.length) / measured.seconds)
  })
}

function median(numbers) {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1]
}

const changed = operations / 100
const many = changesMs(operations, changed)
const few = changesMs(operations / 10, changed)

const correlator = filled(operations, true)
const entries = new Map(correlator.changes().set)
const restores = Array.from({ length: runs }, () => {
  const measured = seconds(() => new Correlator({ ...options, trackChanges: true, restore: entries }))
  if (measured.result.operations.size !== operations) throw new Error('operations are missing')
  return measured.seconds
})

for (let index = 0; index < 100_000; index++)
  correlator.observe({ text: `store ${line(index)}`, source: 'log' })
correlator.changes()
const adds = Array.from({ length: 300 }, () => {
  correlator.observe({ text: `store ${line(0)}`, source: 'log' })
  const measured = seconds(() => correlator.changes())
  return { ms: 1000 * measured.seconds, bytes: bytesOf(measured.result) }
})

const rates = { without: linesPerSecond(false), with: linesPerSecond(true) }
const result = {
  operations,
  changed,
  changesMs: { median: median(many.map(({ ms }) => ms)), longest: Math.max(...many.map(({ ms }) => ms)) },
  changesMsOfATenth: {
    median: median(few.map(({ ms }) => ms)),
    longest: Math.max(...few.map(({ ms }) => ms))
  },
  bytesPerEntry: Math.round(median(many.map(each => each.bytes / each.entries))),
  restoreSeconds: { median: median(restores), longest: Math.max(...restores) },
  add: { medianMs: median(adds.map(({ ms }) => ms)), mostBytes: Math.max(...adds.map(({ bytes }) => bytes)) },
  linesPerSecond: { without: median(rates.without), with: median(rates.with) }
}
console.log(result)
const met = result.restoreSeconds.longest < LIMITS.restoreSeconds && result.add.mostBytes < LIMITS.addBytes
console.log(met ? 'all limits are kept' : `limits: ${JSON.stringify(LIMITS)}`)
process.exitCode = met ? 0 : 1

if (values.save) saveFigures('state', { ...result, raw: { many, few, restores, adds, rates } })
