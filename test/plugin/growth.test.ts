import { expect, test } from 'vitest'
import { GrowthWatch } from '../../plugin/growth.ts'

test('says at 100,000, at each doubling, and anew after they have gone', () => {
  const watch = new GrowthWatch()
  const counts = [99_999, 100_000, 100_001, 199_999, 200_000, 150_000, 210_000, 10, 99_999, 100_000]
  expect(counts.filter(count => watch.check('contexts', count) !== undefined)).toEqual([
    100_000, 200_000, 100_000
  ])
  expect(watch.check('operations', 250_000)).toBe('operations in memory: 250000; nothing limits their number')
})
