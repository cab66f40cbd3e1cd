import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Scheduler } from '../../plugin/scheduler.ts'

test('takes what is due in order of id, and leaves the rest', () => {
  const scheduler = new Scheduler()
  const deadlines = new Map([
    [1, 12],
    [2, 10],
    [3, 11],
    [4, 10]
  ])
  for (const [id, deadline] of deadlines) scheduler.schedule(id, deadline)
  expect(scheduler.takeDue(12, id => deadlines.get(id))).toEqual([2, 3, 4])
  expect(scheduler.earliest).toBe(12)
})

test('a deadline is the last second that is not due', () => {
  const scheduler = new Scheduler()
  scheduler.schedule(1, 10)
  expect(scheduler.takeDue(10, () => 10)).toEqual([])
  expect(scheduler.takeDue(11, () => 10)).toEqual([1])
})

// A plain map scanned each time is what the heap must equal.
test('equals a scan of all deadlines, however often they move', () => {
  const step = fc.oneof(
    fc.record({ id: fc.nat(8), deadline: fc.nat(30) }),
    fc.record({ remove: fc.nat(8) }),
    fc.record({ now: fc.nat(30) })
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), steps => {
      const scheduler = new Scheduler()
      const deadlines = new Map<number, number>()
      for (const each of steps) {
        if ('id' in each) {
          deadlines.set(each.id, each.deadline)
          scheduler.schedule(each.id, each.deadline)
        } else if ('remove' in each) {
          deadlines.delete(each.remove)
        } else {
          const expected = [...deadlines].filter(([, deadline]) => deadline < each.now).map(([id]) => id)
          expect(scheduler.takeDue(each.now, id => deadlines.get(id))).toEqual(expected.sort((a, b) => a - b))
          for (const id of expected) deadlines.delete(id)
        }
      }
    })
  )
})
