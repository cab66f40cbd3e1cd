import { expect, test } from 'vitest'
import { MemoryCheckpoints, MemoryLog } from '../../helpers/memory-adapters.ts'
import { createTestStage } from './test-stage.ts'

test('steps, deliveries and checkpoints are heard of, with how much they did', async () => {
  const heard: [string, Readonly<Record<string, number>>][] = []
  const log = new MemoryLog()
  log.push('a', 'b')
  log.end()
  const { stage } = createTestStage({
    log,
    checkpoints: new MemoryCheckpoints(),
    tracing: { done: (what, { start, end }, counts) => void (end >= start && heard.push([what, counts])) }
  })
  await stage.start()
  await stage.wait()
  const alerts = (of: string): number =>
    heard.reduce((sum, [what, counts]) => sum + (what === of ? (counts['correlog.alerts'] ?? 0) : 0), 0)
  expect([alerts('step'), alerts('delivery')]).toEqual([2, 2])
  expect(heard.filter(([what]) => what === 'checkpoint').length).toBeGreaterThan(0)
})
