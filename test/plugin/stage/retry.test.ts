import { expect, test } from 'vitest'
import { AdapterError } from '../../../plugin/adapter.ts'
import { GivenUp, retry } from '../../../plugin/stage/retry.ts'
import { ManualClock } from '../../helpers/manual-clock.ts'

const backoff = { firstMs: 100, mostMs: 400 }

function failing(times: number, error: Error): () => Promise<string> {
  let attempts = 0
  return () => (attempts++ < times ? Promise.reject(error) : Promise.resolve(`after ${attempts}`))
}

test.each([
  { random: 0, delays: [50, 100, 200, 200] },
  { random: 0.5, delays: [75, 150, 300, 300] },
  { random: 0.999, delays: [100, 200, 400, 400] }
])('waits become longer, up to a limit, with jitter ($random)', async ({ random, delays }) => {
  const clock = new ManualClock(0, () => random)
  const found: number[] = []
  const result = retry(failing(4, new Error('down')), {
    clock,
    backoff,
    signal: new AbortController().signal,
    onFailure: (_error, delayMs) => found.push(delayMs)
  })
  await clock.advance(5000)
  expect(await result).toBe('after 5')
  expect(found).toEqual(delays)
})

test('what is permanent is not tried again', async () => {
  const error = new AdapterError('refused', { code: 'TEST', retryable: false })
  const attempt = retry(failing(1, error), {
    clock: new ManualClock(),
    backoff,
    signal: new AbortController().signal,
    onFailure: () => {}
  })
  await expect(attempt).rejects.toBe(error)
})

test.each([
  { what: 'while it waits', attempt: failing(9, new Error('down')) },
  { what: 'while an attempt never comes back', attempt: () => new Promise<string>(() => {}) }
])('it can be given up $what', async ({ attempt }) => {
  const clock = new ManualClock()
  const controller = new AbortController()
  const result = retry(attempt, { clock, backoff, signal: controller.signal, onFailure: () => {} })
  const outcome = result.catch((error: unknown) => error)
  await clock.settle()
  controller.abort()
  expect(await outcome).toBeInstanceOf(GivenUp)
})
