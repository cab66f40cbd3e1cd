import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type AlertIdentity, alertUid } from '../../../plugin/alerts/uid.ts'

const identity: AlertIdentity = {
  application: 'a',
  task: 't',
  rule: '0123456789abcdef0123',
  subject: 'operation x',
  cause: 'in.log/1',
  ordinal: 1,
  second: 1_469_918_176
}

const text = fc.string({ unit: 'binary-ascii' })
const identities: fc.Arbitrary<AlertIdentity> = fc.record({
  application: text,
  task: text,
  rule: text,
  subject: text,
  cause: text,
  ordinal: fc.nat(),
  second: fc.nat({ max: 2 ** 37 })
})

test('is a ULID whose time is that of raising', () => {
  // The ULID specification's example has 01ARYZ6S41 for 1469918176385 ms.
  expect(alertUid({ ...identity, second: 1_469_918_176.385 }).slice(0, 10)).toBe('01ARYZ6S41')
  fc.assert(
    fc.property(identities, each => {
      expect(alertUid(each)).toMatch(/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/)
    })
  )
})

test('has the digits of the hash', () => {
  // printf '["a","t","0123456789abcdef0123","operation x","in.log/1",1]' | sha256sum | cut -c 1-20
  expect(alertUid(identity).slice(10)).toBe(base32('24537fcc39dae509a7f5'))
})

test('has digits for every second', () => {
  expect(alertUid({ ...identity, second: -1 }).slice(0, 10)).toBe('0000000000')
  expect(alertUid({ ...identity, second: 1e18 }).slice(0, 10)).toBe('7ZZZZZZZZZ')
})

test('sorts as its second does', () => {
  fc.assert(
    fc.property(identities, identities, (a, b) => {
      fc.pre(a.second !== b.second)
      expect(alertUid(a) < alertUid(b)).toBe(a.second < b.second)
    })
  )
})

test('is the same for the same, and another one if any of its parts differs', () => {
  fc.assert(
    fc.property(identities, identities, fc.constantFrom(...Object.keys(identity)), (a, b, part) => {
      const key = part as keyof AlertIdentity
      expect(alertUid({ ...a })).toBe(alertUid(a))
      fc.pre(a[key] !== b[key])
      expect(alertUid({ ...a, [key]: b[key] })).not.toBe(alertUid(a))
    })
  )
})

test('tells parts apart that would be equal one after the other', () => {
  expect(alertUid({ ...identity, application: 'a', task: 'bc' })).not.toBe(
    alertUid({ ...identity, application: 'ab', task: 'c' })
  )
})

/** An own way to the digits: bits in groups of five. */
function base32(hexadecimal: string): string {
  const bits = Array.from(hexadecimal, digit => Number.parseInt(digit, 16).toString(2).padStart(4, '0')).join(
    ''
  )
  return (bits.match(/.{5}/g) ?? [])
    .map(group => '0123456789ABCDEFGHJKMNPQRSTVWXYZ'[Number.parseInt(group, 2)])
    .join('')
}
