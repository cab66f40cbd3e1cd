import { expect, test } from 'vitest'
import { Correlator } from '../../../plugin/correlator.ts'
import type { LogRecord } from '../../../plugin/record.ts'
import { parseRuleFile } from '../../../plugin/rules/parser.ts'
import type { CorrelatorStart } from '../../../plugin/stage/stage-correlator.ts'
import { UTC } from '../../../plugin/time/time-zone.ts'
import { ManualClock } from '../../helpers/manual-clock.ts'
import {
  MemoryCheckpoints,
  MemoryDeadLetters,
  MemoryDisk,
  MemoryLog,
  MemorySink,
  MemorySource,
  permanent,
  retryable
} from '../../helpers/memory-adapters.ts'
import { createTestStage } from './test-stage.ts'

test('records become alerts, and the batch is acknowledged when they are delivered', async () => {
  const { stage, log, source, sink, clock } = createTestStage()
  log.push('a', 'b')
  await stage.start()
  await clock.advance(300)
  expect(sink.bodies).toEqual(['1 a', '2 b'])
  expect(source.acknowledged).toBe(2)
  expect(sink.flushed).toBe(2)
  expect(stage.health).toEqual({ status: 'ok', troubles: [] })
  expect(await stage.stop()).toEqual({ type: 'ended' })
  expect(stage.health.status).toBe('ended')
})

test('it ends when its sources have ended and all is settled', async () => {
  const { stage, log, source, sink } = createTestStage()
  log.push('a')
  log.end()
  await stage.start()
  expect(await stage.wait()).toEqual({ type: 'ended' })
  expect(sink.bodies).toEqual(['1 a'])
  expect(source.acknowledged).toBe(1)
  expect([source.closed, sink.closed]).toEqual([1, 1])
})

test('alerts leave at once; the acknowledgement waits for the checkpoint interval', async () => {
  const checkpoints = new MemoryCheckpoints()
  const { stage, log, source, sink, clock } = createTestStage({ checkpoints })
  await stage.start()
  await clock.advance(1300)
  const saves = checkpoints.saves
  log.push('a')
  await clock.advance(0)
  expect(sink.bodies).toEqual(['1 a'])
  log.push('b')
  await clock.advance(240)
  expect(source.acknowledged).toBe(1)
  await clock.advance(20)
  expect(source.acknowledged).toBe(2)
  expect(checkpoints.saves).toBe(saves + 2)
  await stage.stop()
})

test('a sender that waits for its acknowledgement does not wait for the interval', async () => {
  const checkpoints = new MemoryCheckpoints()
  const { stage, log, source, clock } = createTestStage({ checkpoints, source: { awaitsAck: true } })
  await stage.start()
  for (let round = 1; round <= 5; round++) {
    log.push('a')
    await clock.advance(0)
    expect(source.acknowledged).toBe(round)
  }
  await stage.stop()
})

test('ticks in which nothing happens are settled rarely', async () => {
  const checkpoints = new MemoryCheckpoints()
  const { stage, clock } = createTestStage({ checkpoints })
  await stage.start()
  await clock.advance(60_000)
  expect(checkpoints.saves).toBeLessThan(10)
  await stage.stop()
})

test('a timer fires at its second, without any record', async () => {
  const { stage, log, sink, clock } = createTestStage()
  log.push('open door')
  await stage.start()
  await clock.advance(5000)
  expect(sink.alerts.map(({ body, time }) => [body, time - 1_800_000_000])).toEqual([
    ['1 open door', 0],
    ['due door', 3]
  ])
  await stage.stop()
})

/** Of each `open NAME`: an alert three seconds later, when its context has ended; and one each minute. */
const TIMERS = `type=Single
ptype=RegExp
pattern=^open (\\w+)
desc=$1
action=create $1 2 ( alert due $1 )

type=Calendar
time=* * * * *
desc=minute
action=alert minute
`

function timers({ now, state, ...start }: CorrelatorStart): Correlator {
  return new Correlator({
    files: [parseRuleFile('timers.sec', TIMERS)],
    settings: {
      bufferSize: 0,
      eventStoreSize: 0,
      cleanTime: 1,
      internalContexts: false,
      quoting: false,
      stage: { application: 'test', task: 'in', programs: false, alertsFrom: () => new Set() }
    },
    timeZone: UTC,
    now: now ?? 0,
    ...(state !== undefined && { restore: state }),
    ...start
  })
}

test('timers go with the clock on the wall when that is set back, also over a restart', async () => {
  const disk = new MemoryDisk()
  const log = new MemoryLog()
  const sink = new MemorySink()
  const clock = new ManualClock()
  const parts = { clock, log, sink, correlator: timers }
  const first = createTestStage({ ...parts, checkpoints: new MemoryCheckpoints(disk) })
  await first.stage.start()
  await clock.advance(10_000)
  expect(sink.bodies).toEqual(['minute'])
  clock.set(clock.now() - 3_600_000)
  await clock.advance(2_000)
  log.push('open door')
  await clock.advance(5_000)
  expect(sink.bodies).toEqual(['minute', 'minute', 'due door'])
  await first.stage.stop()

  clock.set(clock.now() - 3_600_000)
  const second = createTestStage({ ...parts, checkpoints: new MemoryCheckpoints(disk) })
  await second.stage.start()
  log.push('open gate')
  await clock.advance(5_000)
  expect(sink.bodies.slice(3)).toEqual(['minute', 'due gate'])
  await second.stage.stop()
})

test('what a checkpoint cannot keep is not acknowledged until it can', async () => {
  let isFull = true
  const checkpoints = new MemoryCheckpoints(new MemoryDisk(), () =>
    isFull ? retryable('disk full') : undefined
  )
  const { stage, log, source, sink, clock } = createTestStage({ checkpoints })
  log.push('a')
  await stage.start()
  await clock.advance(60_000)
  expect(sink.bodies).toEqual(['1 a'])
  expect(source.acknowledged).toBe(0)
  expect(stage.health).toMatchObject({
    status: 'degraded',
    troubles: [{ component: 'checkpoint', reason: 'disk full' }]
  })
  isFull = false
  await clock.advance(10_000)
  expect(source.acknowledged).toBe(1)
  expect(stage.health.status).toBe('ok')
  await stage.stop()
})

test('the time of a checkpoint is not that of the sinks before it', async () => {
  let isDown = true
  const sink = new MemorySink({ fault: () => (isDown ? retryable('down') : undefined) })
  const times: number[] = []
  const checkpoints = new MemoryCheckpoints(new MemoryDisk(), () => {
    times.push(stage.counters.lastCheckpointMs)
    return undefined
  })
  const { stage, log, clock } = createTestStage({ checkpoints, sink })
  log.push('a')
  await stage.start()
  await clock.advance(10_000)
  isDown = false
  await clock.advance(10_000)
  await stage.stop()
  expect(times.length).toBeGreaterThan(1)
  expect(new Set(times)).toEqual(new Set([0]))
})

test('attempts become rarer, up to the longest wait', async () => {
  const attempts: number[] = []
  const { stage, log, clock } = createTestStage({
    sink: new MemorySink({
      fault: () => {
        attempts.push(clock.monotonic())
        return retryable('down')
      }
    })
  })
  log.push('a')
  await stage.start()
  await clock.advance(30_000)
  const waits = attempts.slice(2).map((at, index) => at - (attempts[index + 1] ?? 0))
  // With a random number of one half the jitter leaves three quarters.
  expect(waits.slice(0, 8)).toEqual([75, 150, 300, 600, 1200, 2400, 3750, 3750])
  expect(stage.counters.retries).toEqual({ 'sink memory': attempts.length - 1 })
  stage.giveUp()
  expect(await stage.wait()).toEqual({ type: 'given-up', unsettledRecords: 1 })
})

test('a sink that is down pauses the sources; memory is bounded, and nothing is lost', async () => {
  let isDown = true
  const { stage, log, source, sink, clock } = createTestStage({
    sink: new MemorySink({ fault: () => (isDown ? retryable('down') : undefined) }),
    settings: { maxInFlightAlertBytes: 50_000, maxInFlightRecords: 1000 }
  })
  const lines = Array.from({ length: 10_000 }, (_none, index) => `line ${index}`)
  log.push(...lines)
  await stage.start()
  await clock.advance(60_000)
  // One batch may come on top, and one is asked for ahead.
  expect(source.given).toBeLessThan(1000)
  expect(stage.counters.inFlightAlertBytes).toBeLessThan(60_000)
  expect(stage.health.status).toBe('degraded')
  expect(stage.health.troubles.map(({ component }) => component)).toEqual(['sink memory', 'back-pressure'])
  isDown = false
  await clock.advance(60_000)
  expect(stage.health).toEqual({ status: 'ok', troubles: [] })
  expect(sink.bodies).toEqual(lines.map((line, index) => `${index + 1} ${line}`))
  expect(source.acknowledged).toBe(10_000)
  await stage.stop()
})

test('records without alerts are bounded by number', async () => {
  let isFull = true
  const checkpoints = new MemoryCheckpoints(new MemoryDisk(), () =>
    isFull ? retryable('disk full') : undefined
  )
  const { stage, log, source, clock } = createTestStage({
    checkpoints,
    settings: { maxInFlightRecords: 100 }
  })
  log.push(...Array.from({ length: 5000 }, () => 'a'))
  await stage.start()
  await clock.advance(10_000)
  expect(source.given).toBeLessThanOrEqual(120)
  isFull = false
  await clock.advance(20_000)
  expect(source.acknowledged).toBe(5000)
  await stage.stop()
})

test('no timer runs while alerts have no room: what rules raise by themselves is bounded, too', async () => {
  let isDown = true
  const { stage, log, sink, clock } = createTestStage({
    sink: new MemorySink({ fault: () => (isDown ? retryable('down') : undefined) }),
    settings: { maxInFlightAlertBytes: 1 }
  })
  log.push('open a', 'open b')
  await stage.start()
  await clock.advance(10_000)
  expect(stage.counters.alerts).toBe(2)
  isDown = false
  await clock.advance(10_000)
  expect(sink.bodies).toEqual(['1 open a', '2 open b', 'due a', 'due b'])
  await stage.stop()
})

test('of several sinks each gets all alerts in order, and one that is down holds all', async () => {
  let isDown = true
  const other = new MemorySink({ name: 'other', fault: () => (isDown ? retryable('down') : undefined) })
  const first = new MemorySink()
  const { stage, log, source, clock } = createTestStage({ sinks: [first, other] })
  log.push('a', 'b')
  await stage.start()
  await clock.advance(1000)
  log.push('c')
  await clock.advance(1000)
  expect(first.bodies).toEqual(['1 a', '2 b'])
  expect(other.bodies).toEqual([])
  expect(source.acknowledged).toBe(0)
  expect(stage.health.troubles).toMatchObject([{ component: 'sink other', reason: 'down' }])
  isDown = false
  await clock.advance(10_000)
  expect(first.bodies).toEqual(['1 a', '2 b', '3 c'])
  expect(other.bodies).toEqual(['1 a', '2 b', '3 c'])
  expect(source.acknowledged).toBe(3)
  await stage.stop()
})

test('what a sink refuses for good is a dead letter, all else is delivered', async () => {
  const deadLetters = new MemoryDeadLetters()
  let faults = [permanent('too large', [1])]
  const { stage, log, source, sink, clock } = createTestStage({
    deadLetters,
    sink: new MemorySink({
      fault: () => (sink.writes > 0 ? faults.shift() : undefined)
    })
  })
  log.push('a', 'b', 'c')
  await stage.start()
  await clock.advance(300)
  expect(sink.bodies).toEqual(['1 a', '3 c'])
  expect(deadLetters.letters).toMatchObject([
    { type: 'alert', sink: 'memory', reason: 'too large', alert: { body: '2 b' } }
  ])
  expect(source.acknowledged).toBe(3)
  expect(stage.counters).toMatchObject({
    alerts: 3,
    delivered: { memory: 2 },
    refused: { memory: 1 },
    deadLetters: 1
  })
  faults = []
  await stage.stop()
})

test('a sink at its end for good ends the stage, and nothing is acknowledged', async () => {
  const { stage, log, source, sink, messages } = createTestStage({
    sink: new MemorySink({ fault: () => (sink.writes > 0 ? permanent('closed') : undefined) })
  })
  log.push('a')
  await stage.start()
  expect(await stage.wait()).toMatchObject({ type: 'failed', error: { message: 'closed' } })
  expect(stage.health.status).toBe('failed')
  expect(source.acknowledged).toBe(0)
  expect(messages).toContainEqual({ level: 1, message: 'the stage has failed', fields: { error: 'closed' } })
})

test('a sink that cannot be opened for good is an error of the start', async () => {
  const { stage, source } = createTestStage({
    sink: new MemorySink({ fault: () => permanent('a directory') })
  })
  await expect(stage.start()).rejects.toThrow('a directory')
  expect(await stage.wait()).toMatchObject({ type: 'failed' })
  expect(source.closed).toBe(1)
})

test('what is no record goes to the dead letters before its batch is acknowledged', async () => {
  let isDown = true
  const deadLetters = new MemoryDeadLetters(() => (isDown ? retryable('down') : undefined))
  const { stage, log, source, sink, clock } = createTestStage({
    deadLetters,
    source: { isBad: line => line === 'bad' }
  })
  log.push('a', 'bad', 'b')
  await stage.start()
  await clock.advance(3000)
  expect(source.acknowledged).toBe(0)
  isDown = false
  await clock.advance(5000)
  expect(source.acknowledged).toBe(3)
  expect(sink.bodies).toEqual(['1 a', '2 b'])
  expect(deadLetters.letters).toMatchObject([
    { type: 'record', record: { value: 'bad', code: 'bad', source: 'memory', id: 'memory:1' } }
  ])
  expect(stage.counters.dropped).toEqual({ bad: 1 })
  await stage.stop()
  expect(deadLetters.closed).toBe(1)
})

test('without a dead-letter sink they are counted, and logged at a limited rate', async () => {
  const { stage, log, source, messages, clock } = createTestStage({ source: { isBad: () => true } })
  log.push(...Array.from({ length: 500 }, () => 'bad'))
  await stage.start()
  await clock.advance(30_000)
  expect(source.acknowledged).toBe(500)
  expect(stage.counters).toMatchObject({ dropped: { bad: 500 }, deadLettersLost: 500 })
  expect(messages.filter(({ message }) => message.startsWith('no dead-letter sink'))).toHaveLength(1)
  await clock.advance(60_000)
  log.push('bad')
  await clock.advance(1000)
  expect(
    messages.filter(({ message }) => message.startsWith('no dead-letter sink'))[1]?.fields
  ).toMatchObject({
    code: 'bad',
    times: 500
  })
  await stage.stop()
})

test('a request that is sent again is acknowledged and not matched again, also after a restart', async () => {
  const disk = new MemoryDisk()
  const fingerprint = (lines: readonly string[]): string => lines.join()
  const source = { fingerprint, hasPosition: false, batchSize: 1 }
  const first = createTestStage({ checkpoints: new MemoryCheckpoints(disk), source })
  first.log.push('a', 'a', 'b')
  await first.stage.start()
  await first.clock.advance(1000)
  await first.stage.stop()
  expect(first.sink.bodies).toEqual(['1 a', '2 b'])
  expect(first.source.acknowledged).toBe(3)
  expect(first.stage.counters.dropped).toEqual({ 'duplicate-request': 1 })

  const second = createTestStage({ checkpoints: new MemoryCheckpoints(disk), source, clock: first.clock })
  second.log.push('b', 'c')
  await second.stage.start()
  await second.clock.advance(1000)
  expect(second.sink.bodies).toEqual(['3 c'])
  await second.stage.stop()
})

test('a stage without a place for checkpoints says once that state dies with it', async () => {
  const said = 'no place for checkpoints is configured: open windows and contexts end with this process'
  const stateful = createTestStage()
  const stateless = createTestStage({ settings: { rulesKeepState: false } })
  for (const { stage } of [stateful, stateless]) {
    await stage.start()
    await stage.stop()
  }
  expect(stateful.messages.map(({ message }) => message)).toEqual([said])
  expect(stateless.messages).toEqual([])
})

test('rules see the start and the end of a stage; with checkpoints only the first start', async () => {
  const settings = { internalEvents: true }
  const without = createTestStage({ settings })
  await without.stage.start()
  await without.stage.stop()
  expect(without.sink.bodies).toEqual(['SEC_STARTUP', 'SEC_SHUTDOWN'])

  const disk = new MemoryDisk()
  const sink = new MemorySink()
  for (let life = 0; life < 3; life++) {
    const { stage } = createTestStage({ settings, sink, checkpoints: new MemoryCheckpoints(disk) })
    await stage.start()
    await stage.stop()
  }
  expect(sink.bodies).toEqual(['SEC_STARTUP'])
})

test('several sources take turns, and each keeps its order', async () => {
  const logs = [new MemoryLog(), new MemoryLog()]
  const sources = logs.map((log, index) => {
    const source = new MemorySource({ name: `source ${index}`, log, batchSize: 2 })
    return { source, line: ({ body }: LogRecord) => body as string }
  })
  const { sink, stage, clock } = createTestStage({ sources })
  logs[0]?.push('a1', 'a2', 'a3', 'a4', 'a5', 'a6')
  logs[1]?.push('b1', 'b2', 'b3', 'b4')
  await stage.start()
  await clock.advance(300)
  expect(sink.bodies.map(body => body.slice(-2)).join(' ')).toBe('a1 a2 b1 b2 a3 a4 b3 b4 a5 a6')
  await stage.stop()
})

test('a log that grows while it is read is read to its end', async () => {
  const log = new MemoryLog()
  const { stage, source, clock } = createTestStage({ log })
  await stage.start()
  for (let round = 0; round < 20; round++) {
    log.push(...Array.from({ length: 37 }, () => 'a'))
    await clock.advance(50)
  }
  await clock.advance(300)
  expect(source.acknowledged).toBe(740)
  await stage.stop()
})
