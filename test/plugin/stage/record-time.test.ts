import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Batch, SourceStart } from '../../../plugin/adapter.ts'
import type { LogRecord } from '../../../plugin/record.ts'
import { givenBatch } from '../../helpers/given-batch.ts'
import { ManualClock } from '../../helpers/manual-clock.ts'
import {
  MemoryCheckpoints,
  MemoryDisk,
  MemoryLog,
  MemorySink,
  MemorySource
} from '../../helpers/memory-adapters.ts'
import { createTestStage, RECORD_TIME, type TestStage, type TestStageOptions } from './test-stage.ts'

const BEGIN = 1_600_000_000

/** Lines begin with a word that ends in their second: `door=12`, `open door=12`. */
function timeOf(line: string): number {
  return 1000 * (BEGIN + Number(/=(\d+)$/.exec(line)?.[1]))
}

/** What outlives a process: several logs, a disk, a sink. */
class Machine {
  readonly clock = new ManualClock()
  readonly disk = new MemoryDisk()
  readonly logs: readonly MemoryLog[]
  readonly sink = new MemorySink()
  readonly live: boolean

  constructor(sources: number, live: boolean) {
    this.logs = Array.from({ length: sources }, () => new MemoryLog())
    this.live = live
  }

  life(
    options: TestStageOptions = {},
    batchSize: number = 10
  ): TestStage & { readonly sources: MemorySource[] } {
    const sources = this.logs.map(
      (log, index) =>
        new MemorySource({ name: `log ${index}`, log, batchSize, timeOf, live: this.live, isSlow: true })
    )
    const life = createTestStage({
      clock: this.clock,
      sink: new MemorySink({ alerts: this.sink.alerts, knowsDelivered: true }),
      sources: sources.map(source => ({ source, line: ({ body }: LogRecord) => body as string })),
      settings: { time: RECORD_TIME },
      ...options
    })
    return { ...life, sources }
  }

  get checkpoints(): MemoryCheckpoints {
    return new MemoryCheckpoints(this.disk)
  }

  /** What was raised and when, in seconds since the beginning. */
  get alerts(): string[] {
    return this.sink.alerts.map(({ body, time }) => `${body} @${time - BEGIN}`)
  }
}

test('the clock goes with the records, and timers fire at their seconds, at full speed', async () => {
  const machine = new Machine(1, false)
  const { stage } = machine.life()
  machine.logs[0]?.push('open door=0', 'a=1', 'b=100', 'c=50', 'd=100000')
  machine.logs[0]?.end()
  await stage.start()
  await stage.wait()
  expect(machine.alerts).toEqual([
    '1 open door=0 @0',
    '2 a=1 @1',
    'due door=0 @3',
    '3 b=100 @100',
    '4 c=50 @100',
    '5 d=100000 @100000'
  ])
  expect(stage.counters.times).toEqual({ own: 4, observed: 0, untimed: 0, ahead: 0, late: 1 })
})

test('what is late by far is said, once, and not what is late by little', async () => {
  const machine = new Machine(1, false)
  const { stage, messages } = machine.life()
  machine.logs[0]?.push('a=1000', 'b=700', 'c=699', 'd=1')
  machine.logs[0]?.end()
  await stage.start()
  await stage.wait()
  expect(stage.counters.times.late).toBe(3)
  expect(messages.filter(({ level }) => level === 3)).toEqual([
    {
      level: 3,
      message: 'records are late by far: they are seen where the clock stands',
      fields: {
        source: 'log 0',
        record: expect.any(String) as string,
        lateSeconds: 301,
        clock: new Date(timeOf('a=1000')).toISOString(),
        times: 1
      }
    }
  ])
})

test('records of files come in the order of their times', async () => {
  const machine = new Machine(2, false)
  const { stage } = machine.life({}, 2)
  machine.logs[0]?.push('a=1', 'a=3', 'a=5', 'a=7', 'a=9')
  machine.logs[1]?.push('b=2', 'b=3', 'b=8')
  for (const log of machine.logs) log.end()
  await stage.start()
  await stage.wait()
  expect(machine.sink.bodies.map(body => body.slice(2)).join(' ')).toBe('a=1 b=2 a=3 b=3 a=5 a=7 b=8 a=9')
})

test('a live source that is silent is waited for no longer than it is to be', async () => {
  const machine = new Machine(2, true)
  const { stage, clock, sources } = machine.life()
  machine.logs[0]?.push('a=1')
  await stage.start()
  await clock.advance(900)
  expect(machine.alerts).toEqual([])
  await clock.advance(200)
  expect(machine.alerts).toEqual(['1 a=1 @1'])
  await clock.advance(300)
  expect(sources[0]?.acknowledged).toBe(1)
  await stage.stop()
})

test('without a checkpoint a batch is acknowledged when its last record was seen', async () => {
  const machine = new Machine(2, true)
  const { stage, clock, sources } = machine.life()
  machine.logs[0]?.push('a=1', 'a=9')
  machine.logs[1]?.push('b=5')
  await stage.start()
  await clock.advance(500)
  expect(machine.alerts).toEqual(['1 a=1 @1', '2 b=5 @5'])
  expect(sources.map(({ acknowledged }) => acknowledged)).toEqual([0, 1])
  await clock.advance(1000)
  expect(sources.map(({ acknowledged }) => acknowledged)).toEqual([2, 1])
  await stage.stop()
})

test('with a checkpoint it is acknowledged while its records are held back, and they outlive the process', async () => {
  const machine = new Machine(2, true)
  const first = machine.life({ checkpoints: machine.checkpoints })
  machine.logs[0]?.push('a=1', 'a=9')
  machine.logs[1]?.push('b=5')
  await first.stage.start()
  await machine.clock.advance(500)
  expect(first.sources.map(({ acknowledged }) => acknowledged)).toEqual([2, 1])
  await first.stage.stop()
  expect(machine.alerts).toEqual(['1 a=1 @1', '2 b=5 @5'])
  const second = machine.life({ checkpoints: machine.checkpoints })
  machine.logs[1]?.push('b=7', 'b=8')
  await second.stage.start()
  await machine.clock.advance(1500)
  expect(machine.alerts.slice(2)).toEqual(['3 b=7 @7', '4 b=8 @8', '5 a=9 @9'])
  await second.stage.stop()
  expect([...(machine.disk.entries?.keys() ?? [])].filter(key => key.startsWith('held/'))).toEqual([])
})

test('a life that ends before its first interval leaves a checkpoint: its alerts are not written twice', async () => {
  const machine = new Machine(1, true)
  const first = machine.life({ checkpoints: machine.checkpoints })
  machine.logs[0]?.push('a=1', 'b=2')
  await first.stage.start()
  await machine.clock.advance(100)
  first.stage.giveUp()
  await first.stage.wait()
  expect(machine.alerts).toEqual(['1 a=1 @1', '2 b=2 @2'])
  const second = machine.life({ checkpoints: machine.checkpoints })
  await second.stage.start()
  await machine.clock.advance(1000)
  await second.stage.stop()
  expect(machine.alerts).toEqual(['1 a=1 @1', '2 b=2 @2'])
})

test('a record that calls itself of another source is seen as of the one that brought it', async () => {
  const machine = new Machine(1, false)
  const { stage, sources } = machine.life()
  const [source] = sources
  const read = source?.read.bind(source)
  Object.assign(source as object, {
    async *read(start: SourceStart): AsyncGenerator<Batch> {
      for await (const given of read?.(start) ?? []) {
        const batch = givenBatch(given)
        yield { ...batch, records: batch.records.map(record => ({ ...record, source: 'elsewhere' })) }
      }
    }
  })
  machine.logs[0]?.push('door=1', 'open door=2')
  machine.logs[0]?.end()
  await stage.start()
  await machine.clock.advance(100)
  await stage.wait()
  expect(machine.alerts).toEqual(['1 door=1 @1', '2 open door=2 @2'])
})

test.each(['constructor', '__proto__', 'toString'])('a source may be called %s', async name => {
  const machine = new Machine(1, false)
  const source = new MemorySource({ name, log: machine.logs[0] as MemoryLog, timeOf, live: false })
  const sources = [{ source, line: ({ body }: LogRecord) => body as string }]
  const { stage } = machine.life({ sources, checkpoints: machine.checkpoints })
  machine.logs[0]?.push('door=1', 'open door=2')
  machine.logs[0]?.end()
  await stage.start()
  await machine.clock.advance(100)
  expect(await stage.wait()).toEqual({ type: 'ended' })
  expect(machine.alerts).toHaveLength(2)
  expect(Object.entries(stage.counters.records)).toEqual([[name, 2]])
})

test('silence moves the clock only where it is told to', async () => {
  for (const idleAfterMs of [undefined, 5000]) {
    const machine = new Machine(1, true)
    const { stage, clock } = machine.life({ settings: { time: { ...RECORD_TIME, idleAfterMs } } })
    machine.logs[0]?.push('open door=0')
    await stage.start()
    await clock.advance(60_000)
    expect(machine.alerts.slice(1)).toEqual(idleAfterMs === undefined ? [] : ['due door=0 @3'])
    await stage.stop()
  }
})

test('timers that are open at the end fire if they are to, but not on a stop', async () => {
  for (const { atEnd, isStopped, due } of [
    { atEnd: 'keep', isStopped: false, due: [] },
    { atEnd: 'fire', isStopped: false, due: ['due door=0 @3'] },
    { atEnd: 'fire', isStopped: true, due: [] }
  ] as const) {
    const machine = new Machine(1, true)
    const { stage, clock } = machine.life({ settings: { time: { ...RECORD_TIME, atEnd } } })
    machine.logs[0]?.push('open door=0')
    await stage.start()
    await clock.advance(100)
    if (isStopped) await stage.stop()
    else machine.logs[0]?.end()
    await stage.wait()
    expect(machine.alerts.slice(1)).toEqual(due)
  }
})

test('records that were held back of a source that is gone are said, counted and forgotten', async () => {
  const machine = new Machine(2, true)
  const first = machine.life({ checkpoints: machine.checkpoints })
  machine.logs[1]?.push('b=9', 'b=10')
  machine.logs[0]?.push('a=1')
  await first.stage.start()
  await machine.clock.advance(500)
  await first.stage.stop()
  const source = new MemorySource({ name: 'log 0', log: new MemoryLog(), timeOf })
  const sources = [{ source, line: ({ body }: LogRecord) => body as string }]
  const second = machine.life({ checkpoints: machine.checkpoints, sources })
  await second.stage.start()
  await machine.clock.advance(1000)
  expect(second.stage.counters.dropped).toEqual({ 'source-gone': 2 })
  expect(await second.stage.stop()).toEqual({ type: 'ended' })
  expect([...(machine.disk.entries?.keys() ?? [])].filter(key => key.startsWith('held/'))).toEqual([])
})

test('a record that is out of order has the same place after a restart', async () => {
  const machine = new Machine(2, true)
  const first = machine.life({ checkpoints: machine.checkpoints })
  machine.logs[0]?.push('door=100')
  machine.logs[1]?.push('gate=100')
  await first.stage.start()
  await machine.clock.advance(2000)
  expect(machine.alerts).toEqual(['1 door=100 @100', '2 gate=100 @100'])
  await first.stage.stop()
  const second = machine.life({ checkpoints: machine.checkpoints })
  // Its place is that of the one before it from its source, which the first life has seen.
  machine.logs[1]?.push('late gate=95')
  machine.logs[0]?.push('late door=99')
  await second.stage.start()
  await machine.clock.advance(2000)
  await second.stage.stop()
  expect(machine.alerts.slice(2)).toEqual(['3 late door=99 @100', '4 late gate=95 @100'])
})

test('records that are long are held back whole', async () => {
  const machine = new Machine(2, true)
  const long = `${'x\xe9'.repeat(300_000)}=9`
  const first = machine.life({ checkpoints: machine.checkpoints })
  machine.logs[0]?.push('a=1', long)
  machine.logs[1]?.push('b=5')
  await first.stage.start()
  await machine.clock.advance(500)
  await first.stage.stop()
  for (const value of machine.disk.entries?.values() ?? [])
    expect(value.length).toBeLessThanOrEqual(256 * 1024)
  const second = machine.life({ checkpoints: machine.checkpoints })
  await second.stage.start()
  await machine.clock.advance(1500)
  expect(machine.alerts.at(-1)).toBe(`3 ${long} @9`)
  await second.stage.stop()
})

test('whenever it dies, the same alerts come as in an undisturbed life', async () => {
  const line = fc.record({ log: fc.nat(1), step: fc.nat(4), opens: fc.boolean() })
  await fc.assert(
    fc.asyncProperty(
      fc.array(line, { minLength: 1, maxLength: 120 }),
      fc.array(fc.record({ turns: fc.integer({ min: 1, max: 40 }), ms: fc.constantFrom(0, 0, 0, 300) }), {
        maxLength: 6
      }),
      fc.integer({ min: 2, max: 12 }),
      async (lines, lives, batchSize) => {
        const undisturbed = new Machine(2, false)
        const machine = new Machine(2, false)
        let second = 0
        for (const [index, { log, step, opens }] of lines.entries()) {
          second += step
          const text = `${opens ? 'open ' : ''}n${index}=${second}`
          undisturbed.logs[log]?.push(text)
          machine.logs[log]?.push(text)
        }
        for (const log of [...undisturbed.logs, ...machine.logs]) log.end()
        const whole = undisturbed.life()
        await whole.stage.start()
        await whole.stage.wait()
        for (const { turns, ms } of lives) {
          const { stage } = machine.life(
            { checkpoints: machine.checkpoints, settings: { time: RECORD_TIME, checkpointIntervalMs: 0 } },
            batchSize
          )
          await stage.start()
          for (let turn = 0; turn < turns; turn++) await machine.clock.yield()
          if (ms > 0) await machine.clock.advance(ms)
          stage.giveUp()
          await stage.wait()
        }
        const last = machine.life({ checkpoints: machine.checkpoints }, batchSize)
        await last.stage.start()
        expect(await last.stage.wait()).toEqual({ type: 'ended' })
        expect(machine.alerts).toEqual(undisturbed.alerts)
      }
    ),
    { numRuns: 60, seed: 4 }
  )
}, 60_000)
