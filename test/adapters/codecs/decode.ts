import type { Codec, CodecContext, Decoded } from '../../../adapters/codecs/codec.ts'
import type { DeadRecord, LogRecord } from '../../../plugin/record.ts'

const CONTEXT: CodecContext = { source: 'in', id: 'f:0', observedTimestamp: 1_700_000_000_000, tag: '' }

/** What a codec makes of some bytes. */
export function decode(codec: Codec, bytes: string, context: Partial<CodecContext> = {}): Decoded {
  const into = { records: [], dead: [] }
  codec(bytes, { ...CONTEXT, ...context }, into)
  return into
}

/** The one record that it makes. */
export function decodeOne(codec: Codec, bytes: string, context: Partial<CodecContext> = {}): LogRecord {
  const { records, dead } = decode(codec, bytes, context)
  const [record] = records
  if (record === undefined || records.length > 1 || dead.length > 0) {
    throw new Error(`one record expected: ${JSON.stringify({ records, dead })}`)
  }
  return record
}

/** Why it can't. */
export function decodeDead(codec: Codec, bytes: string): DeadRecord {
  const { records, dead } = decode(codec, bytes)
  const [letter] = dead
  if (letter === undefined || dead.length > 1 || records.length > 0) {
    throw new Error(`one dead record expected: ${JSON.stringify({ records, dead })}`)
  }
  return letter
}

/** UTF-8 bytes, as a latin1 string. */
export function bytesOf(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1')
}
