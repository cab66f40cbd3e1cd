import fc from 'fast-check'
import { expect, test } from 'vitest'
import { rawCodec } from '../../../adapters/codecs/raw.ts'
import { bytesOf, decodeOne } from './decode.ts'

/** As Go's encoding/json writes a text: what has a meaning in HTML is escaped, too. */
function goJson(text: string): string {
  return JSON.stringify(text).replaceAll(
    /[<>&\u2028\u2029]/g,
    each => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`
  )
}

test.each([
  [
    'a text, which the Collector puts in quotes',
    String.raw`"\u003c13\u003esu: \"x\" \u0026 caf\u00e9"`,
    '<13>su: "x" & café'
  ],
  ['bytes, which it writes as they are', '<13>su: "x"', '<13>su: "x"'],
  ['a text without content', '""', ''],
  ['a number', '12', '12'],
  ['what only begins as a text in quotes', '"su" for root', '"su" for root'],
  ['what only begins as a list', '[error] disk', '[error] disk'],
  ['what only begins as an object', '{"open":', '{"open":']
])('%s is the body', (_, value, body) => {
  expect(decodeOne(rawCodec, bytesOf(value)).body).toBe(bytesOf(body))
})

test('a body with structure keeps it', () => {
  expect(decodeOne(rawCodec, '{"user":"joe","ports":[22,443]}').body).toEqual({
    user: 'joe',
    ports: [22, 443]
  })
  expect(decodeOne(rawCodec, '["a",1]').body).toEqual(['a', 1])
})

test('every text comes out as it went in', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), text => {
      expect(decodeOne(rawCodec, bytesOf(goJson(text))).body).toBe(bytesOf(text))
    })
  )
})

test('bytes that are no JSON stay what they are', () => {
  expect(decodeOne(rawCodec, '"caf\xe9 \xff').body).toBe('"caf\xe9 \xff')
})
