import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Decoded, Glance } from '../../../adapters/codecs/codec.ts'
import { jsonCodec, type JsonFields } from '../../../adapters/codecs/json.ts'
import type { RecordMap, RecordValue } from '../../../plugin/record.ts'

const CONTEXT = { source: 'input', id: 'id', observedTimestamp: 7, tag: '' }

/** Of a text that stands among other bytes. */
function glanceAt(text: string, fields: Partial<JsonFields> = {}, around = '"}'): Glance | undefined {
  const bytes = Buffer.from(around + text + around, 'latin1')
  return jsonCodec({ fields }).glance?.(bytes, around.length, around.length + text.length)
}

function decoded(text: string): Decoded {
  const into: Decoded = { records: [], dead: [] }
  jsonCodec()(text, CONTEXT, into)
  return into
}

describe('a glance sees the body', () => {
  test.each<[string, string, string]>([
    ['of an object', '{"body":"a line"}', 'a line'],
    ['among other fields', '{"a":[1,-2.5,0,{"b":null}],"body":"x","c":{"d":[],"e":{}},"f":true}', 'x'],
    ['between white space', ' {\t"a" : false ,\r\n"body"\n: "x" } ', 'x'],
    ['under the first name that is there', '{"msg":"last","message":"x"}', 'x'],
    ['where the first name says nothing', '{"body":null,"message":"x"}', 'x'],
    ['that comes last of two', '{"body":"one","body":"other"}', 'other'],
    ['with escapes', '{"body":"a\\n\\"b\\"\\\\"}', 'a\n"b"\\'],
    ['without the newline of a container', '{"log":"x\\n"}', 'x'],
    ['that is empty', '{"body":""}', ''],
    ['of bytes beyond ASCII', '{"body":"\xc3\xa9\xff"}', '\xc3\xa9\xff'],
    ['beside fifteen digits', '{"n":999999999999999,"body":"x"}', 'x']
  ])('%s', (_what, text, body) => {
    expect(glanceAt(text)?.body).toBe(body)
    expect(decoded(text).records.map(record => record.body)).toEqual([body])
  })

  test('under a name that is configured', () => {
    expect(glanceAt('{"text":"x","body":"y"}', { body: ['text'] })?.body).toBe('x')
  })
})

describe('a glance leaves to the parser', () => {
  test.each([
    ['an empty text', ''],
    ['white space', '  '],
    ['an empty object', '{}'],
    ['what is no object', '["body"]'],
    ['an object without a body', '{"a":1}'],
    ['a body with structure', '{"body":{"a":1}}'],
    ['a body that is a number', '{"body":1}'],
    ['an object that says when it was observed', '{"body":"x","observed_timestamp":1}'],
    ['an escaped character', '{"body":"\\u00e9"}'],
    ['one in another field', '{"body":"x","a":"\\u00e9"}'],
    ['a name with an escape', '{"body":"x","\\n":1}'],
    ['an integer that a double may not hold', '{"body":"x","a":9007199254740993}'],
    ['a number with an exponent', '{"body":"x","a":1e3}'],
    ['what is nested deep', `{"body":"x","a":${'['.repeat(30)}${']'.repeat(30)}}`],
    ['a number with a zero before it', '{"body":"x","a":01}'],
    ['a lone sign', '{"body":"x","a":-}'],
    ['a point without digits', '{"body":"x","a":1.}'],
    ['an unknown word', '{"body":"x","a":nul}'],
    ['an unknown escape', '{"body":"x","a":"\\x"}'],
    ['a control character in a text', '{"body":"x","a":"\t"}'],
    ['a control character in a name', '{"body":"x","\t":1}'],
    ['a space that JSON does not know', '{"body":"x",\xa0"a":1}'],
    ['a comma at the end', '{"body":"x",}'],
    ['a comma at the end of a list', '{"body":"x","a":[1,]}'],
    ['a missing colon', '{"body" "x"}'],
    ['a missing comma', '{"body":"x" "a":1}'],
    ['a name without quotes', '{body:"x"}'],
    ['more behind the end', '{"body":"x"}}'],
    ['an object that is cut off', '{"body":"x"'],
    ['one cut off in a text', '{"body":"x'],
    ['one cut off in a name', '{"body'],
    ['one cut off before a value', '{"body":'],
    ['one cut off in a list', '{"body":"x","a":[1,']
  ])('%s', (_what, text) => {
    expect(glanceAt(text)).toBeUndefined()
  })

  test('a text so long that its values have to be counted', () => {
    const withRest = (length: number): string => `{"body":"x","a":"${'y'.repeat(length)}"}`
    expect(glanceAt(withRest(8 * 1024 * 1024 - 100))?.body).toBe('x')
    expect(glanceAt(withRest(8 * 1024 * 1024))).toBeUndefined()
  })

  test('fields that may be in objects in the object', () => {
    expect(jsonCodec({ fields: { body: ['event.text'] } }).glance).toBeUndefined()
    expect(jsonCodec({ fields: { observedTimestamp: ['event.seen'] } }).glance).toBeUndefined()
  })

  test.each(['"}', '}', 'null}', '1}', ']}', ',"a":1}', ''])(
    'what only %j behind it would make whole',
    around => {
      const whole = '{"body":"x","a":{"b":[1,null]},"c":12}'
      for (let length = 0; length < whole.length; length++) {
        expect(glanceAt(whole.slice(0, length), {}, around)).toBeUndefined()
      }
    }
  )
})

const name = fc.oneof(
  fc.constantFrom('body', 'message', 'log', 'msg', 'timestamp', 'observed_timestamp', '__proto__', ''),
  fc.string({ maxLength: 40 })
)
const text = fc.oneof(fc.string(), fc.constantFrom('\n', 'x\n', '"', '\\', '\xe9', 'correlog'))
const { value } = fc.letrec<{ value: unknown }>(tie => ({
  value: fc.oneof(
    { maxDepth: 4 },
    text,
    fc.constantFrom(null, true, false),
    fc.double(),
    fc.integer(),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(name, tie('value'), { maxKeys: 3 })
  )
}))
const object = fc
  .dictionary(name, value, { maxKeys: 5 })
  .chain(fields => fc.tuple(fc.constant(fields), text).map(([rest, body]) => ({ ...rest, body })))

/** A text with one byte more, less or changed, or as it is. */
const damage = fc.tuple(
  fc.constantFrom('none', 'insert', 'remove', 'replace'),
  fc.nat(),
  fc.oneof(
    fc.stringMatching(/^[{}[\]",:\\ntf.0e\n\t -]$/),
    fc.integer({ min: 0, max: 255 }).map(code => String.fromCharCode(code))
  )
)

function damaged(whole: string, [kind, place, character]: [string, number, string]): string {
  const at = place % (whole.length + 1)
  if (kind === 'none') return whole
  const rest = whole.slice(kind === 'insert' ? at : at + 1)
  return whole.slice(0, at) + (kind === 'remove' ? '' : character) + rest
}

function* namesIn(map: RecordValue): Generator<string> {
  if (typeof map !== 'object' || map === null) return
  for (const [key, inner] of Object.entries(map)) {
    if (!Array.isArray(map)) yield key
    yield* namesIn(inner)
  }
}

test('what a glance sees is what the parser finds', () => {
  let seen = 0
  fc.assert(
    fc.property(object, fc.constantFrom(0, 1), damage, (fields, indent, how) => {
      const whole = Buffer.from(JSON.stringify(fields, null, indent)).toString('latin1')
      const written = damaged(whole, how)
      const glance = glanceAt(written)
      if (glance === undefined) return
      seen++
      const { records, dead } = decoded(written)
      expect(dead).toEqual([])
      expect(records.map(({ body, observedTimestamp }) => ({ body, observedTimestamp }))).toEqual([
        { body: glance.body, observedTimestamp: 7 }
      ])
      for (const each of namesIn(JSON.parse(written) as RecordMap)) {
        expect((glance.keyLengths >>> each.length) & 1).toBe(1)
      }
    }),
    { numRuns: 3000 }
  )
  expect(seen).toBeGreaterThan(500)
})
