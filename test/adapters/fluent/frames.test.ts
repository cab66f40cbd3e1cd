import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Frames } from '../../../adapters/fluent/frames.ts'
import { MsgpackReader } from '../../../adapters/fluent/msgpack-reader.ts'
import type { RecordValue } from '../../../plugin/record.ts'
import { hex, pack } from './bytes.ts'

/** The messages of bytes that come in pieces, which are cut at these places. */
function framesOf(bytes: Buffer, cuts: readonly number[], maxBytes = 1_000_000): Buffer[] {
  const frames = new Frames(maxBytes)
  const found: Buffer[] = []
  const places = [...cuts.map(cut => cut % (bytes.length + 1)), bytes.length].sort(
    (one, other) => one - other
  )
  let start = 0
  for (const end of places) {
    // A copy: a socket's pieces are no parts of one buffer.
    frames.push(Buffer.from(bytes.subarray(start, end)))
    start = end
    for (let frame = frames.next(); frame !== undefined; frame = frames.next()) found.push(frame.bytes)
  }
  expect(frames.buffered).toBe(0)
  return found
}

const key = fc.string({ maxLength: 6 }).filter(text => text !== '__proto__')

/** What MessagePack can hold of records; texts of ASCII, since what is decoded are bytes. */
const { value } = fc.letrec<{ value: unknown }>(tie => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.string({ maxLength: 300 }),
    fc.integer(),
    fc.maxSafeInteger(),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.constant(null),
    fc.uint8Array({ maxLength: 300 }),
    fc.array(tie('value'), { maxLength: 20 }),
    fc.dictionary(key, tie('value'), { maxKeys: 20 })
  )
}))

/** What is expected of a value that was encoded. */
function asRecordValue(given: unknown): RecordValue {
  if (given instanceof Uint8Array) return Buffer.from(given).toString('latin1')
  if (typeof given === 'bigint') {
    return Number.isSafeInteger(Number(given)) ? Number(given) : String(given)
  }
  if (Array.isArray(given)) return given.map(asRecordValue)
  if (typeof given === 'object' && given !== null) {
    return Object.fromEntries(
      Object.entries(given).map(([name, inner]) => [asRecordValue(name) as string, asRecordValue(inner)])
    )
  }
  // The encoder makes an integer of -0.
  if (given === 0) return 0
  return typeof given === 'string' ? Buffer.from(given, 'utf8').toString('latin1') : (given as RecordValue)
}

test('what @msgpack/msgpack encodes is cut at any place, and decoded as it was', () => {
  fc.assert(
    fc.property(
      fc.array(value, { minLength: 1, maxLength: 5 }),
      fc.array(fc.nat(), { maxLength: 12 }),
      (values, cuts) => {
        const bytes = Buffer.concat(values.map(each => pack([each])))
        const found = framesOf(bytes, cuts)
        expect(found.map(each => new MsgpackReader(each).value())).toEqual(
          values.map(each => [asRecordValue(each)])
        )
      }
    ),
    { numRuns: 500 }
  )
})

test('each byte by itself', () => {
  const values = [[1, 'a'.repeat(70_000)], [], ['x', { a: [1, 2, { b: null }] }]]
  const bytes = Buffer.concat(values.map(pack))
  const everywhere = Array.from({ length: bytes.length }, (_none, index) => index)
  expect(framesOf(bytes, everywhere).map(each => new MsgpackReader(each).value())).toEqual(values)
})

test('JSON is cut at any place, with white space between messages', () => {
  const text = fc.json({ maxDepth: 4 }).map(json => `[${json}]`)
  const space = fc.constantFrom('', ' ', '\n', '\r\n\t')
  fc.assert(
    fc.property(
      fc.array(fc.tuple(text, space), { minLength: 1, maxLength: 5 }),
      fc.array(fc.nat(), { maxLength: 12 }),
      (texts, cuts) => {
        const bytes = Buffer.from(texts.flat().join(''), 'utf8')
        expect(framesOf(bytes, cuts).map(String)).toEqual(texts.map(([json]) => json))
      }
    ),
    { numRuns: 300 }
  )
})

test('forms that are longer than need be are read like any other', () => {
  const cases: [string, RecordValue][] = [
    ['cc 05', 5],
    ['cd 00 05', 5],
    ['ce 00 00 00 05', 5],
    ['cf 00 00 00 00 00 00 00 05', 5],
    ['d0 ff', -1],
    ['d3 ff ff ff ff ff ff ff ff', -1],
    ['d9 01 "a"', 'a'],
    ['da 00 01 "a"', 'a'],
    ['db 00 00 00 01 "a"', 'a'],
    ['c6 00 00 00 01 "a"', 'a'],
    ['dc 00 01 05', [5]],
    ['dd 00 00 00 01 05', [5]],
    ['de 00 01 a1 "a" 05', { a: 5 }],
    ['df 00 00 00 01 db 00 00 00 01 "a" 05', { a: 5 }],
    ['ca 3f 80 00 00', 1],
    ['c7 01 07 "x"', 'x']
  ]
  for (const [source, expected] of cases) {
    const bytes = hex(source)
    expect(framesOf(Buffer.concat([bytes, bytes]), [bytes.length - 1])).toEqual([bytes, bytes])
    expect(new MsgpackReader(bytes).value()).toEqual(expected)
  }
})

test('bytes that are no UTF-8 stay as they are, in keys too', () => {
  expect(new MsgpackReader(hex('81 a2 ff fe c4 02 80 81')).value()).toEqual({ '\xff\xfe': '\x80\x81' })
})

test('a key may have any name', () => {
  const value = new MsgpackReader(hex('81 a9 "__proto__" 01')).value()
  expect(Object.entries(value as object)).toEqual([['__proto__', 1]])
})

describe('limits', () => {
  test('a message that is too long is refused as soon as that is known', () => {
    // A map of 2^32 - 1 pairs, each of which needs two bytes at least.
    const frames = new Frames(1000)
    frames.push(hex('df ff ff ff ff'))
    expect(() => frames.next()).toThrow(/^message of 8589934595 bytes or more; expected at most 1000/)
    const text = new Frames(1000)
    text.push(hex('db 00 00 04 00'))
    expect(() => text.next()).toThrow(/^message of 1029 bytes or more/)
    const json = new Frames(10)
    json.push(Buffer.from('["12345678'))
    expect(() => json.next()).toThrow(/^message of 11 bytes or more/)
  })

  test('maps and arrays that are nested too deep are refused', () => {
    const deep = Buffer.concat([Buffer.alloc(20_000, 0x91), Buffer.from([0x01])])
    expect(framesOf(deep, [])).toEqual([deep])
    expect(() => new MsgpackReader(deep).value()).toThrow('more than 100 maps and arrays in each other')
  })

  test('a byte that begins nothing is refused', () => {
    const frames = new Frames(1000)
    frames.push(hex('92 01 c1'))
    expect(() => frames.next()).toThrow('byte 0xc1 at 2; expected a MessagePack object')
  })

  test('what stands between texts of JSON is refused', () => {
    const frames = new Frames(1000)
    frames.push(Buffer.from('[1] x'))
    expect(frames.next()?.bytes.toString()).toBe('[1]')
    expect(() => frames.next()).toThrow('"x" between messages of JSON; expected { or [')
  })
})

test('any bytes at all: messages or an error, and no more is kept than came', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 20 }), pieces => {
      const frames = new Frames(10_000)
      let length = 0
      try {
        for (const piece of pieces) {
          frames.push(Buffer.from(piece))
          length += piece.length
          for (let frame = frames.next(); frame !== undefined; frame = frames.next()) {
            length -= frame.bytes.length
            if (!frame.isJson) new MsgpackReader(frame.bytes).value()
          }
          expect(frames.buffered).toBeLessThanOrEqual(length)
        }
      } catch (error) {
        expect((error as Error).name).toBe('ForwardError')
      }
    }),
    { numRuns: 2000 }
  )
})
