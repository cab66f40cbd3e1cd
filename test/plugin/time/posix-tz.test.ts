import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parsePosixTz, parsePosixTzPeriods } from '../../../plugin/time/posix-tz.ts'

describe('parsePosixTz', () => {
  it.each([
    '',
    'UTC',
    'AB3',
    '<ab>3',
    '<abc',
    'Foo/Bar',
    'EST 5',
    'EST5EDT,M3.2.0',
    'EST5EDT,M13.1.0,M11.1.0',
    'EST5EDT,M3.0.0,M11.1.0',
    'EST5EDT,M3.2.7,M11.1.0',
    'EST5EDT,J0,J100',
    'EST5EDT,J1,J366',
    'EST5EDT,366,10',
    'EST5EDT,M3.2.0/x,M11.1.0'
  ])('refuses %j', tz => {
    expect(parsePosixTz(tz)).toBeUndefined()
  })

  it.each(['EST5EDT', 'EST5EDT4', 'EST5EDT,'])('gives %s the rules of the United States', tz => {
    const zone = parsePosixTz(tz)
    expect(zone?.localTime(1_772_953_199)).toMatchObject({ hour: 1, zoneName: 'EST', isDst: false })
    expect(zone?.localTime(1_772_953_200)).toMatchObject({ hour: 3, zoneName: 'EDT', isDst: true })
  })

  it('gives an offset of its own to daylight saving time', () => {
    const zone = parsePosixTz('<+1030>-10:30<+11>-11,M10.1.0,M4.1.0')
    expect(zone?.localTime(1_767_225_600)).toMatchObject({
      hour: 11,
      min: 0,
      zoneName: '+11',
      offset: 39_600
    })
    expect(zone?.localTime(1_783_000_000)).toMatchObject({
      hour: 0,
      min: 16,
      zoneName: '+1030',
      offset: 37_800
    })
  })
})

describe('parsePosixTzPeriods', () => {
  it('gives one answer for all of a period', () => {
    const zones = [
      'CET-1CEST,M3.5.0,M10.5.0/3',
      'NZST-12NZDT,M9.5.0,M4.1.0/3',
      'AAA-3BBB,0/0,J365/23',
      'Foo5'
    ]
    fc.assert(
      fc.property(fc.constantFrom(...zones), fc.integer({ min: -(2 ** 33), max: 2 ** 33 }), (tz, seconds) => {
        const periods = parsePosixTzPeriods(tz)
        const period = periods?.(seconds)
        if (periods === undefined || period === undefined) throw new Error(`${tz} was refused`)
        expect(period.from).toBeLessThanOrEqual(seconds)
        expect(period.until).toBeGreaterThan(seconds)
        expect(periods(Math.max(period.from, Number.MIN_SAFE_INTEGER / 1_000))).toEqual(period)
        expect(periods(Math.min(period.until - 1, Number.MAX_SAFE_INTEGER / 1_000))).toEqual(period)
      })
    )
  })
})
