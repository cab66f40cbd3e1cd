import { expect, test } from 'vitest'
import { MemoryCheckpoints, MemoryDisk } from '../../helpers/memory-adapters.ts'
import { createTestStage } from './test-stage.ts'

/** A checkpoint that takes its time, and what the sink had got when it began and when it ended. */
function slowCheckpoints(
  look: () => number,
  delay: (ms: number) => Promise<void>
): { checkpoints: MemoryCheckpoints; looks: [number, number][] } {
  const looks: [number, number][] = []
  class SlowCheckpoints extends MemoryCheckpoints {
    override async save(...args: Parameters<MemoryCheckpoints['save']>): Promise<void> {
      const before = look()
      await delay(700)
      await super.save(...args)
      looks.push([before, look()])
    }
  }
  return { checkpoints: new SlowCheckpoints(new MemoryDisk()), looks }
}

test.each([
  { settleApart: true, raisedMeanwhile: 0 },
  { settleApart: false, raisedMeanwhile: 2 }
])(
  'with settleApart $settleApart, $raisedMeanwhile alerts are raised during a settlement',
  async ({ settleApart, raisedMeanwhile }) => {
    const { checkpoints, looks } = slowCheckpoints(
      () => life.sink.alerts.length,
      ms => life.clock.delay(ms)
    )
    const life = createTestStage({ checkpoints, settings: { settleApart } })
    const { stage, log, clock, sink, source } = life
    await stage.start()
    await clock.advance(2000)
    const before = looks.length
    log.push('a')
    await clock.advance(300)
    log.push('b', 'c')
    await clock.advance(600)
    expect(looks.slice(before).map(([start, end]) => end - start)).toEqual([raisedMeanwhile])
    await clock.advance(3000)
    expect(sink.bodies).toEqual(['1 a', '2 b', '3 c'])
    expect(source.acknowledged).toBe(3)
    const ended = stage.stop()
    await clock.advance(5000)
    expect(await ended).toEqual({ type: 'ended' })
  }
)

test('a stage whose settlement hangs can be given up', async () => {
  const checkpoints = new MemoryCheckpoints(new MemoryDisk())
  const { stage, log, clock } = createTestStage({ checkpoints, settings: { settleApart: true } })
  await stage.start()
  await clock.advance(300)
  checkpoints.save = () => new Promise(() => {})
  log.push('a')
  await clock.advance(300)
  stage.giveUp()
  await clock.advance(0)
  expect(await stage.wait()).toEqual({ type: 'given-up', unsettledRecords: 1 })
})

test('who waits for an acknowledgement of what was given before is heard at once', async () => {
  const checkpoints = new MemoryCheckpoints(new MemoryDisk())
  const { stage, log, clock, source } = createTestStage({
    checkpoints,
    settings: { settleApart: true, checkpointIntervalMs: 60_000 }
  })
  await stage.start()
  await clock.advance(60_000)
  log.push('a')
  await clock.advance(300)
  expect(source.acknowledged).toBe(0)
  Object.defineProperty(source, 'awaitsAck', { value: true })
  stage.ackIsAwaited()
  await clock.advance(0)
  expect(source.acknowledged).toBe(1)
  await stage.stop()
})
