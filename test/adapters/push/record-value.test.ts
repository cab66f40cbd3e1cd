import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { recordMap, recordValue } from '../../../adapters/push/record-value.ts'
import { decodeUtf8 } from '../../../plugin/utf8.ts'

describe('a value of a program in a record', () => {
  const cycle: Record<string, unknown> = { name: 'a' }
  cycle['self'] = cycle

  test.each([
    ['text is UTF-8', 'café', 'caf\xc3\xa9'],
    ['a number stays', 1.5, 1.5],
    ['a number that is none is text', Number.NaN, 'NaN'],
    ['infinity is text', -Infinity, '-Infinity'],
    ['an integer that a number can hold is one', 12n, 12],
    ['one beyond 2^53 is a string of digits', 2n ** 53n, '9007199254740992'],
    ['nothing is null', undefined, null],
    ['a function is null', () => 1, null],
    ['bytes stay bytes', new Uint8Array([0, 255]), '\0\xff'],
    ['a date is text', new Date(0), '1970-01-01T00:00:00.000Z'],
    ['a date that is none is null', new Date(Number.NaN), null],
    ['a list keeps its places', [1, undefined, ['ß']], [1, null, ['\xc3\x9f']]],
    ['what is undefined in a map is left out', { ä: 1, b: undefined }, { '\xc3\xa4': 1 }],
    ['a map without a prototype is one', Object.assign(Object.create(null), { a: 1 }), { a: 1 }]
  ])('%s', (_name, value, expected) => {
    expect(recordValue(value)).toEqual(expected)
  })

  test('an error is its type, message and stack, and what else it has', () => {
    const error = Object.assign(new TypeError('no café'), { code: 'E1' })
    expect(recordValue(error)).toEqual({
      type: 'TypeError',
      message: 'no caf\xc3\xa9',
      stack: expect.stringContaining('TypeError: no caf') as string,
      code: 'E1'
    })
  })

  test('what has itself as a part ends somewhere', () => {
    expect(JSON.stringify(recordValue(cycle)).length).toBeLessThan(1000)
  })

  test('the name __proto__ is one like any other', () => {
    const map = recordMap(JSON.parse('{"__proto__":{"polluted":1}}') as object)
    expect(Object.keys(map)).toEqual(['__proto__'])
    expect('polluted' in map).toBe(false)
  })

  test('JSON goes through as it is, its texts as UTF-8', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), value => {
        const decoded = JSON.parse(decodeUtf8(JSON.stringify(recordValue(value)))) as unknown
        // A surrogate without its other half is no text.
        expect(decoded).toEqual(
          JSON.parse(JSON.stringify(value).replace(/\\ud[89a-f][0-9a-f]{2}/g, '\ufffd'))
        )
      })
    )
  })
})
