import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeFields, encodeFields } from '../../../adapters/perl/fields.ts'

const bytes = fc.uint8Array({ maxLength: 700 }).map(each => Buffer.from(each).toString('latin1'))

test('fields come back as they were, whatever bytes they hold', () => {
  fc.assert(
    fc.property(fc.array(bytes, { maxLength: 8 }), fields => {
      expect(decodeFields(encodeFields(fields))).toEqual(fields)
    })
  )
})

test('a message that is cut short is a RangeError, at any byte', () => {
  fc.assert(
    fc.property(fc.array(bytes, { minLength: 1, maxLength: 4 }), fc.nat(), (fields, seed) => {
      const whole = encodeFields(fields)
      const cut = whole.slice(0, seed % whole.length)
      let count: number | undefined
      try {
        count = decodeFields(cut).length
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError)
      }
      // Cut between two fields it is a shorter message.
      expect(count ?? 0).toBeLessThan(fields.length)
    })
  )
})
