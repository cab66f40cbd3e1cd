import { expect, test } from 'vitest'
import { type Cause, furtherCause, timerCause } from '../../../plugin/alerts/cause.ts'

/** What comes of events that each lead to the next. */
function chain(first: string, steps: number): string[] {
  const ids: string[] = []
  let cause: Cause = { id: first, record: first }
  for (let step = 0; step < steps; step++) {
    cause = furtherCause(cause, 'event 1')
    ids.push(cause.id)
  }
  return ids
}

test('ids stay short and are told apart, however long rules feed themselves', () => {
  const ids = chain('file:0123456789abcdef:0', 5000)
  expect(Math.max(...ids.map(id => id.length))).toBeLessThanOrEqual(512)
  expect(new Set([...ids, ...chain('file:0123456789abcdef:1', 5000)]).size).toBe(10_000)
  expect(chain('file:0123456789abcdef:0', 5000)).toEqual(ids)
})

test('a timer whose name is long has a short id, another one for another deadline', () => {
  const [one, other] = [1, 2].map(deadline => timerCause(['context', 'x'.repeat(10_000), deadline]).id)
  expect(one).toMatch(/^sha256:[0-9a-f]{64}$/)
  expect(other).not.toBe(one)
})
