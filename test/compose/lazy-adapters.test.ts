import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { LazySink, LazySource } from '../../compose/lazy-adapters.ts'
import type { Batch, Sink, Source } from '../../plugin/adapter.ts'
import { correlogCommand } from '../helpers/correlog-command.ts'
import { givenBatch } from '../helpers/given-batch.ts'
import { MemoryLog, MemorySink, MemorySource } from '../helpers/memory-adapters.ts'
import { scratchFolder } from '../helpers/scratch.ts'

const START = { position: undefined, signal: new AbortController().signal, onTrouble: () => {} }

async function bodiesOf(source: Source): Promise<unknown[]> {
  const batches: Batch[] = []
  for await (const batch of source.read(START)) batches.push(givenBatch(batch))
  return batches.flatMap(({ records }) => records.map(({ body }) => body))
}

function twoLines(): MemoryLog {
  const log = new MemoryLog()
  log.push('a', 'b')
  log.end()
  return log
}

test('a lazy source is made when it is read, and is then as the one that it stands for', async () => {
  const inner = new MemorySource({ log: twoLines(), awaitsAck: true })
  let loads = 0
  const source = new LazySource('memory', () => {
    loads++
    return Promise.resolve(inner)
  })
  expect([loads, source.awaitsAck, source.lag()]).toEqual([0, false, undefined])
  expect(await bodiesOf(source)).toEqual(['a', 'b'])
  expect([loads, source.awaitsAck]).toEqual([1, true])
  await source.close()
  expect(inner.closed).toBe(1)
})

test('a lazy source that is closed before it is read is never made', async () => {
  const source = new LazySource('memory', () => Promise.reject(new Error('made')))
  await source.close()
  expect(await bodiesOf(source)).toEqual([])
})

test('a lazy source that is closed while it is made closes what comes of it', async () => {
  const inner = new MemorySource({ log: twoLines() })
  let made: (source: Source) => void = () => {}
  const source = new LazySource('memory', () => new Promise(resolve => (made = resolve)))
  const reading = bodiesOf(source)
  await source.close()
  made(inner)
  await reading
  expect(inner.closed).toBe(1)
})

test('a lazy sink is made when it is opened, once, also where opening has to be tried again', async () => {
  let loads = 0
  const faults = [new Error('not yet'), undefined]
  const inner = new MemorySink({ fault: () => faults.shift() })
  const sink = new LazySink('memory', () => {
    loads++
    return Promise.resolve(inner)
  })
  await sink.flush()
  expect(loads).toBe(0)
  await expect(sink.open(START.signal)).rejects.toThrow('not yet')
  await sink.open(START.signal)
  await sink.write([], START.signal)
  await sink.close()
  expect({ loads, writes: inner.writes, closed: inner.closed }).toEqual({ loads: 1, writes: 1, closed: 1 })
})

test('a lazy sink that is closed while it is made closes what comes of it', async () => {
  const inner = new MemorySink()
  let made: (sink: Sink) => void = () => {}
  const sink = new LazySink('memory', () => new Promise(resolve => (made = resolve)))
  const opening = sink.open(START.signal)
  await sink.close()
  made(inner)
  await opening
  expect(inner.closed).toBe(1)
})

test('correlog run with files loads no protocol and no library of one', context => {
  const folder = scratchFolder(context)
  writeFileSync(join(folder, 'any.sec'), 'type=Single\nptype=RegExp\npattern=.\ndesc=any\naction=none\n')
  writeFileSync(join(folder, 'in.log'), 'a line\n')
  const scripts = join(folder, 'scripts')
  mkdirSync(scripts)
  const args = ['run', '--once', '--rules', 'any.sec', '--from', 'file:in.log', '--to', 'file:out.jsonl']
  const { stderr } = spawnSync(process.execPath, [correlogCommand(), ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, NODE_V8_COVERAGE: scripts }
  })
  expect(stderr).toContain('everything is settled')
  const loaded = readdirSync(scripts).flatMap(name => {
    const { result } = JSON.parse(readFileSync(join(scripts, name), 'utf8')) as { result: { url: string }[] }
    return result.map(({ url }) => url)
  })
  expect(loaded.filter(url => url.endsWith('/dist/cli/main.js'))).toHaveLength(1)
  const ofProtocols =
    /adapters\/(?:fluent|otlp)\/|node_modules\/(?:protobufjs|@grpc|@msgpack|fzstd|kafkajs)|\/sdk-logs\//
  expect(loaded.filter(url => ofProtocols.test(url))).toEqual([])
})
