import { expect, it } from 'vitest'
import { formatCtime, formatOffset, formatTimeVariables } from '../../../plugin/time/format.ts'
import { parsePosixTz } from '../../../plugin/time/posix-tz.ts'
import { createFixedTimeZone, UTC } from '../../../plugin/time/time-zone.ts'

it('formats time as scalar(localtime)', () => {
  expect(formatCtime(createFixedTimeZone('EET', 'EET', 7_200).localTime(1_455_897_258))).toBe(
    'Fri Feb 19 17:54:18 2016'
  )
  expect(formatCtime(UTC.localTime(0))).toBe('Thu Jan  1 00:00:00 1970')
})

it('gives the built-in variables their values', () => {
  const zone = parsePosixTz('EST5EDT,M3.2.0,M11.1.0')
  const seconds = 1_443_848_767
  expect(zone && formatTimeVariables(zone.localTime(seconds), seconds)).toEqual({
    t: 'Sat Oct  3 01:06:07 2015',
    u: '1443848767',
    '.sec': '07',
    '.min': '06',
    '.hour': '01',
    '.hmsstr': '01:06:07',
    '.mday': '03',
    '.mdaystr': ' 3',
    '.mon': '10',
    '.monstr': 'Oct',
    '.year': '2015',
    '.wday': '6',
    '.wdaystr': 'Sat',
    '.tzname': 'EDT',
    '.tzoff': '-0400',
    '.tzoff2': '-04:00'
  })
})

it.each([
  [0, '+0000'],
  [19_800, '+0530'],
  [-12_600, '-0330'],
  [3_599, '+0059'],
  [-30, '-0000'],
  [-2_670, '-0044'],
  [50_400, '+1400']
])('formats an offset of %i seconds as %%z', (offset, expected) => {
  expect(formatOffset(offset)).toBe(expected)
})

it('leaves .tzoff2 empty where .tzoff is not four digits', () => {
  const wide = createFixedTimeZone('wide', 'wide', 100 * 3_600).localTime(0)
  expect(formatTimeVariables(wide, 0)['.tzoff2']).toBe('')
})
