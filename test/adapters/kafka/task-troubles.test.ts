import { expect, test } from 'vitest'
import { joinTaskTroubles, namesOfTasks } from '../../../adapters/kafka/task-troubles.ts'

test('tasks are named by ranges', () => {
  expect(namesOfTasks([3])).toBe('task 3')
  expect(namesOfTasks([11, 7, 0, 1, 2, 10])).toBe('tasks 0-2, 7, 10-11')
})

test('what tasks have in common is one trouble, since the first of them has it', () => {
  const denied = (task: number): string => `transactional id "watch-${task}": denied at 127.0.0.1:9092`
  expect(
    joinTaskTroubles([
      { component: 'task 1', reason: denied(1), since: 30 },
      { component: 'kafka', reason: 'no answer', since: 20 },
      { component: 'task 0', reason: denied(0), since: 10 },
      { component: 'task 2: sink alerts', reason: 'full', since: 40 },
      { component: 'task 1: sink alerts', reason: 'full', since: 50 },
      { component: 'task 3', reason: 'its state is lost', since: 60 }
    ])
  ).toEqual([
    { component: 'tasks 0-1', reason: denied(0), since: 10 },
    { component: 'kafka', reason: 'no answer', since: 20 },
    { component: 'tasks 1-2: sink alerts', reason: 'full', since: 40 },
    { component: 'task 3', reason: 'its state is lost', since: 60 }
  ])
})

test('numbers that are not that of the task are kept apart', () => {
  expect(
    joinTaskTroubles([
      { component: 'task 1', reason: 'offset 11 of partition 1', since: 1 },
      { component: 'task 2', reason: 'offset 12 of partition 2', since: 2 }
    ])
  ).toHaveLength(2)
})
