import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Scheduler } from '../../plugin/scheduler.ts'

test('takes what is due in order of id, and leaves the rest', () => {
  const deadlines = new Map([
    [1, 12],
    [2, 10],
    [3, 11],
    [4, 10]
  ])
  const scheduler = new Scheduler(id => deadlines.get(id))
  for (const [id, deadline] of deadlines) scheduler.schedule(id, deadline)
  expect(scheduler.takeDue(12)).toEqual([2, 3, 4])
  expect(scheduler.earliest).toBe(12)
})

test('a deadline is the last second that is not due', () => {
  const scheduler = new Scheduler(() => 10)
  scheduler.schedule(1, 10)
  expect(scheduler.takeDue(10)).toEqual([])
  expect(scheduler.takeDue(11)).toEqual([1])
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
      const deadlines = new Map<number, number>()
      const scheduler = new Scheduler(id => deadlines.get(id))
      for (const each of steps) {
        if ('id' in each) {
          deadlines.set(each.id, each.deadline)
          scheduler.schedule(each.id, each.deadline)
        } else if ('remove' in each) {
          deadlines.delete(each.remove)
        } else {
          const expected = [...deadlines].filter(([, deadline]) => deadline < each.now).map(([id]) => id)
          expect(scheduler.takeDue(each.now)).toEqual(expected.sort((a, b) => a - b))
          for (const id of expected) deadlines.delete(id)
        }
      }
    })
  )
})

test('what has ended or moved does not fill the memory, and nothing that lives is lost', () => {
  const deadlines = new Map<number, number>()
  const scheduler = new Scheduler(id => deadlines.get(id))
  let largest = 0
  for (let id = 0; id < 100_000; id++) {
    deadlines.set(id, 3600 + (id % 7))
    scheduler.schedule(id, 3600 + (id % 7))
    // Every hundredth lives on; the first moves each time.
    if (id % 100 > 0) deadlines.delete(id)
    deadlines.set(0, 5000 + id)
    scheduler.schedule(0, 5000 + id)
    largest = Math.max(largest, scheduler.size)
  }
  expect(largest).toBeLessThan(5 * 1024)
  expect(scheduler.takeDue(4000)).toEqual([...deadlines.keys()].slice(1))
  expect(scheduler.takeDue(110_000)).toEqual([0])
})
