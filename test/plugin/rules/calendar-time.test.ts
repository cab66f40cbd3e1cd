import { expect, test } from 'vitest'
import { parseCalendarTime } from '../../../plugin/rules/calendar-time.ts'

// Each list is the minutes of an hour in which SEC 2.9.4 ran such a rule.
const minutes: readonly [string, readonly number[]][] = [
  ['5', [5]],
  ['07', [7]],
  ['1,3', [1, 3]],
  ['1,,3', [1, 3]],
  [',1', [1]],
  ['1,', [1]],
  ['-2', [0, 1, 2]],
  ['57-', [57, 58, 59]],
  ['1,2,57-', [1, 2, 57, 58, 59]],
  ['1-5/2', [1, 3, 5]],
  ['3-59/20', [3, 23, 43]],
  ['-3/2', [0, 2]],
  ['55-/2', [55, 57, 59]],
  ['*/17', [0, 17, 34, 51]],
  ['*/100', [0]],
  ['1,5-7,50-59/3', [1, 5, 6, 7, 50, 53, 56, 59]],
  ['1-3,2-4', [1, 2, 3, 4]],
  ['5-5', [5]],
  ['5-1', []]
]

test.each(minutes)('the minutes of "%s" are %j', (element, expected) => {
  expect(parseCalendarTime(`${element} * * * *`)).toMatchObject({ minutes: expected })
})

test('each element has its own range', () => {
  const range = (from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, index) => from + index)
  expect(parseCalendarTime('* * * * * *')).toEqual({
    minutes: range(0, 59),
    hours: range(0, 23),
    days: range(0, 31),
    months: range(1, 12),
    weekdays: range(0, 6),
    years: range(0, 99)
  })
})

test('without a sixth element every year matches', () => {
  expect(parseCalendarTime('* * * * *')).not.toHaveProperty('years')
})

test('weekday 7 is Sunday', () => {
  expect(parseCalendarTime('* * * * 6-7')).toMatchObject({ weekdays: [0, 6] })
})

const faulty: readonly [string, string][] = [
  ['* * * *', 'Wrong number of elements in time specification'],
  ['* * * * * * *', 'Wrong number of elements in time specification'],
  ['60 * * * *', "Invalid minute specification '60'"],
  ['* 24 * * *', "Invalid hour specification '24'"],
  ['* * 32 * *', "Invalid day specification '32'"],
  ['* * * 0 *', "Invalid month specification '0'"],
  ['* * * 1-13 *', "Invalid month specification '1-13'"],
  ['* * * * 8', "Invalid weekday specification '8'"],
  ['* * * * * 2024', "Invalid year specification '2024'"],
  ['1,x * * * *', "Invalid minute specification '1,x'"],
  [', * * * *', "Invalid minute specification ','"],
  ['5/2 * * * *', "Invalid minute specification '5/2'"],
  ['*/0 * * * *', "Invalid minute specification '*/0'"],
  ['1-2-3 * * * *', "Invalid minute specification '1-2-3'"],
  ['+1 * * * *', "Invalid minute specification '+1'"]
]

test.each(faulty)('refuses "%s"', (specification, message) => {
  expect(parseCalendarTime(specification)).toEqual(expect.stringContaining(message))
})
