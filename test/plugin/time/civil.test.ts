import fc from 'fast-check'
import { expect, it } from 'vitest'
import { civilTime, daysFromCivil } from '../../../plugin/time/civil.ts'

// All that Date can hold.
const seconds = fc.integer({ min: -8_640_000_000_000, max: 8_640_000_000_000 })

it('breaks down time as Date does', () => {
  fc.assert(
    fc.property(seconds, value => {
      const date = new Date(value * 1000)
      const year = date.getUTCFullYear()
      expect(civilTime(value)).toEqual({
        sec: date.getUTCSeconds(),
        min: date.getUTCMinutes(),
        hour: date.getUTCHours(),
        mday: date.getUTCDate(),
        mon: date.getUTCMonth(),
        year,
        wday: date.getUTCDay(),
        yday: Math.floor(value / 86_400) - daysFromCivil(year, 0, 1)
      })
    })
  )
})

it('counts days back from what it broke down', () => {
  fc.assert(
    fc.property(seconds, value => {
      const { year, mon, mday, yday } = civilTime(value)
      expect(daysFromCivil(year, mon, mday)).toBe(Math.floor(value / 86_400))
      expect(yday).toBeGreaterThanOrEqual(0)
      expect(yday).toBeLessThan(366)
    })
  )
})
