import { expect, test } from 'vitest'
import { MemoryCheckpoints, MemorySink, retryable } from '../../helpers/memory-adapters.ts'
import { createTestStage, RECORD_TIME } from './test-stage.ts'

test('stopping settles what was taken in', async () => {
  const checkpoints = new MemoryCheckpoints()
  const { stage, log, source, sink, clock } = createTestStage({ checkpoints })
  await stage.start()
  await clock.advance(1000)
  log.push('a', 'b')
  await clock.settle()
  const taken = source.given
  expect(await stage.stop()).toEqual({ type: 'ended' })
  expect(sink.bodies).toEqual(['1 a', '2 b'])
  expect(source.acknowledged).toBe(taken)
  expect([source.closed, sink.closed, checkpoints.closed]).toEqual([1, 1, 1])
})

test('stopping twice is stopping once', async () => {
  const { stage, sink } = createTestStage()
  await stage.start()
  expect(await Promise.all([stage.stop(), stage.stop()])).toEqual([{ type: 'ended' }, { type: 'ended' }])
  expect(await stage.stop()).toEqual({ type: 'ended' })
  expect(sink.closed).toBe(1)
})

test('stopping before the start closes everything, and it is not started any more', async () => {
  const { stage, source, sink } = createTestStage()
  expect(await stage.stop()).toEqual({ type: 'ended' })
  expect([source.closed, sink.closed]).toEqual([1, 1])
  await expect(stage.start()).rejects.toThrow('a stage is started once')
})

test('giving up before the start closes everything, too', async () => {
  const { stage, source, sink } = createTestStage()
  stage.giveUp()
  stage.giveUp()
  expect(await stage.wait()).toEqual({ type: 'ended' })
  expect([source.closed, sink.closed]).toEqual([1, 1])
  await expect(stage.start()).rejects.toThrow('a stage is started once')
})

test('stopping while it starts ends it', async () => {
  const { stage } = createTestStage()
  const started = stage.start()
  const ended = stage.stop()
  await started
  expect(await ended).toEqual({ type: 'ended' })
})

test('a checkpoint that takes longer than a second does not keep the end from coming', async () => {
  const checkpoints = new MemoryCheckpoints()
  const { stage, log, source, clock } = createTestStage({ checkpoints })
  await stage.start()
  await clock.advance(1000)
  const save = checkpoints.save.bind(checkpoints)
  checkpoints.save = async (...args) => {
    await clock.delay(1500)
    await save(...args)
  }
  log.push('a')
  await clock.settle()
  const before = clock.monotonic()
  let after = Number.POSITIVE_INFINITY
  const ended = stage.stop().finally(() => {
    after = clock.monotonic()
  })
  await clock.advance(20_000)
  expect(await ended).toEqual({ type: 'ended' })
  expect(source.acknowledged).toBe(1)
  // One that was under way, and one that covers the last steps.
  expect(after - before).toBeLessThanOrEqual(4500)
})

test('an end that takes too long is given up: what is not settled is not acknowledged', async () => {
  const { stage, log, source, clock } = createTestStage({
    sink: new MemorySink({ fault: () => retryable('down') }),
    settings: { shutdownTimeoutMs: 5000 }
  })
  log.push('a')
  await stage.start()
  await clock.advance(1000)
  const ended = stage.stop()
  await clock.advance(4900)
  expect(stage.health.status).toBe('stopping')
  await clock.advance(200)
  expect(await ended).toEqual({ type: 'given-up', unsettledRecords: 1 })
  expect(source.acknowledged).toBe(0)
})

test('who gives up does not wait', async () => {
  const { stage, log, clock } = createTestStage({ sink: new MemorySink({ fault: () => retryable('down') }) })
  log.push('a')
  await stage.start()
  await clock.advance(1000)
  void stage.stop()
  stage.giveUp()
  expect(await stage.wait()).toEqual({ type: 'given-up', unsettledRecords: 1 })
})

test('a sink that never answers does not keep the stage from ending', async () => {
  const sink = new MemorySink()
  sink.write = () => new Promise(() => {})
  const { stage, log, clock } = createTestStage({ sink })
  log.push('a')
  await stage.start()
  await clock.advance(1000)
  const ended = stage.stop()
  await clock.advance(10_000)
  expect(await ended).toMatchObject({ type: 'given-up' })
})

/** A store whose closing takes its time, as the merge of a long journal does. */
function slowlyClosed(): { readonly checkpoints: MemoryCheckpoints; readonly finish: () => void } {
  const checkpoints = new MemoryCheckpoints()
  let finish = (): void => {}
  const finished = new Promise<void>(resolve => {
    finish = resolve
  })
  checkpoints.close = () => finished
  return { checkpoints, finish }
}

test('after an orderly end what is closed may finish its work within the time of a shutdown', async () => {
  const { checkpoints, finish } = slowlyClosed()
  const { stage, clock } = createTestStage({ checkpoints, settings: { shutdownTimeoutMs: 10_000 } })
  await stage.start()
  const ended = stage.stop()
  await clock.advance(9000)
  expect(stage.health.status).toBe('stopping')
  finish()
  await clock.settle()
  expect(stage.health.status).toBe('ended')
  expect(await ended).toEqual({ type: 'ended' })
})

test('giving up ends the wait for what is closed', async () => {
  const { stage, clock } = createTestStage(slowlyClosed())
  await stage.start()
  const ended = stage.stop()
  await clock.advance(1000)
  stage.giveUp()
  expect(await ended).toEqual({ type: 'ended' })
})

test('a source that does not end is not waited for: what it gave is settled', async () => {
  const { stage, log, source, sink, clock } = createTestStage({ settings: { shutdownTimeoutMs: 2000 } })
  log.push('a')
  const read = source.read.bind(source)
  source.read = start => read({ ...start, signal: new AbortController().signal })
  await stage.start()
  await clock.advance(10)
  const ended = stage.stop()
  await clock.advance(1100)
  expect(await ended).toEqual({ type: 'ended' })
  expect(sink.bodies).toEqual(['1 a'])
  expect(source.acknowledged).toBe(1)
})

/** What it throws. */
const fails = (): never => {
  throw new Error('broken')
}

test.each([
  ['when it is asked', { type: 'arrival' } as const, fails],
  ['when a batch is made', { type: 'arrival' } as const, () => fails],
  ['when a batch is made in record time', RECORD_TIME, () => fails]
])(
  'a source that fails for good %s ends the stage; what it gave before is settled',
  async (_when, time, next) => {
    const { stage, log, source, sink, clock, messages } = createTestStage({ settings: { time } })
    log.push('a')
    const read = source.read.bind(source)
    source.read = async function* (start) {
      for await (const batch of read(start)) {
        yield batch
        yield next()
      }
    }
    await stage.start()
    await clock.advance(500)
    expect(await stage.wait()).toMatchObject({ type: 'failed', error: { message: 'broken' } })
    expect(messages).toContainEqual({
      level: 1,
      message: 'a source has failed: the stage ends',
      fields: { source: source.name, error: 'broken' }
    })
    expect(sink.bodies).toEqual(['1 a'])
    expect(source.acknowledged).toBe(1)
  }
)
