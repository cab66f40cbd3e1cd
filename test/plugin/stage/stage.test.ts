import { expect, test } from 'vitest'

import { createTestStage } from './test-stage.ts'

test('records become alerts, and the batch is acknowledged when they are delivered', async () => {
  const { stage, log, source, sink, clock } = createTestStage()
  log.push('a', 'b')
  await stage.start()
  await clock.advance(300)
  expect(sink.bodies).toEqual(['1 a', '2 b'])
  expect(source.acknowledged).toBe(2)
  expect(sink.flushed).toBe(2)
  expect(await stage.stop()).toEqual({ type: 'ended' })
})
