import { Encoder, ExtData } from '@msgpack/msgpack'

/** Bytes as hexadecimal digits, with spaces anywhere, and texts in quotes: `93 a3 "app" …`. */
export function hex(source: string): Buffer {
  return Buffer.concat(
    [...source.matchAll(/"([^"]*)"|([0-9a-fA-F]{2})|\S/g)].map(([whole, text, digits]) => {
      if (text !== undefined) return Buffer.from(text, 'latin1')
      if (digits === undefined) throw new Error(`"${whole}" is no byte; expected two hexadecimal digits`)
      return Buffer.from(digits, 'hex')
    })
  )
}

const encoder = new Encoder({ ignoreUndefined: true, useBigInt64: true })

/** As `@msgpack/msgpack` encodes it. */
export function pack(value: unknown): Buffer {
  return Buffer.from(encoder.encode(value))
}

/** An EventTime. */
export function eventTime(seconds: number, nanoseconds = 0): ExtData {
  const bytes = Buffer.alloc(8)
  bytes.writeUInt32BE(seconds)
  bytes.writeUInt32BE(nanoseconds, 4)
  return new ExtData(0, bytes)
}

/** A text as `str32`, whatever it holds, which is how Fluentd sends packed entries. */
export function str32(bytes: Buffer): Buffer {
  const head = Buffer.alloc(5)
  head.writeUInt8(0xdb)
  head.writeUInt32BE(bytes.length, 1)
  return Buffer.concat([head, bytes])
}
